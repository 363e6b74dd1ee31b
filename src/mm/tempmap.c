#include <mm/pgtable.h>
#include <mm/strategy.h>
#include <mm/tempmap.h>

#include "misuse.h"

/* The page after the temporary mappings belongs to the machine. */
#define MACHINE_PAGE_ENTRY ((MACHINE_PAGE - TEMPMAP_BASE) >> PAGE_SHIFT)

static uint32_t *entries_of(const struct mm *mm)
{
    return machine_pointer(mm->tempmap_table);
}

vaddr_t tempmap_claim(struct mm *mm, pfn_t frame)
{
    uint32_t *entries = entries_of(mm);

    MM_ASSERT(frame.value < FRAMES_MAX);
    if (owner_of(mm, frame).owner == OWNER_FREE)
        misuse_frame(mm, __func__, frame);
    for (uint32_t i = 0; i < TEMPMAP_PAGES; i++) {
        if ((entries[i] & PTE_PRESENT) != 0)
            continue;
        machine_write_entry(&entries[i], pfn_to_paddr(frame).value | PTE_KERNEL | PTE_GLOBAL);
        return vaddr(TEMPMAP_BASE + i * PAGE_SIZE);
    }
    mm_fail(mm, MM_NO_ADDRESS_SPACE, PFN_NONE);
    return VADDR_NONE;
}

void tempmap_release(struct mm *mm, vaddr_t page)
{
    uint32_t *entries = entries_of(mm);
    uint32_t i = (page.value - TEMPMAP_BASE) >> PAGE_SHIFT;

    if (page.value % PAGE_SIZE != 0 || i >= TEMPMAP_PAGES || (entries[i] & PTE_PRESENT) == 0)
        machine_panic(__func__, "not a claimed temporary mapping", page.value);
    machine_write_entry(&entries[i], 0);
    machine_invlpg(page);
}

uint32_t tempmap_claimed(const struct mm *mm)
{
    const uint32_t *entries = entries_of(mm);
    uint32_t claimed = 0;

    for (uint32_t i = 0; i < TEMPMAP_PAGES; i++)
        claimed += (entries[i] & PTE_PRESENT) != 0;
    return claimed;
}

const char *tempmap_check(const struct mm *mm)
{
    const uint32_t *entries = entries_of(mm);

    for (uint32_t i = 0; i < TEMPMAP_PAGES; i++) {
        uint32_t flags = entries[i] & ~PTE_FRAME_MASK;
        if (entries[i] != 0 && flags != (PTE_KERNEL | PTE_GLOBAL))
            return "tempmap: an entry is neither absent nor a kernel page";
    }
    for (uint32_t i = TEMPMAP_PAGES; i < PAGE_TABLE_ENTRIES; i++)
        if (i != MACHINE_PAGE_ENTRY && entries[i] != 0)
            return "tempmap: an entry behind the temporary mappings is not absent";
    return NULL;
}
