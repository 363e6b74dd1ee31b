#include <mm/machine.h>
#include <mm/pgtable.h>

#define DIRECT_MAP_FIRST (DIRECT_MAP_BASE >> LARGE_PAGE_SHIFT)
#define DIRECT_MAP_PAGES (DIRECT_MAP_SIZE >> LARGE_PAGE_SHIFT)
#define WINDOW_FIRST     (WINDOW_BASE >> LARGE_PAGE_SHIFT)
#define RECURSIVE_SLOT   (PAGE_TABLES >> LARGE_PAGE_SHIFT)

_Static_assert(RECURSIVE_SLOT == PAGE_TABLE_ENTRIES - 1u, "the directory is at the very end");

/*
 * Accessed and dirty are set from the start: nobody asks these bits of kernel pages, and the CPU
 * would set them by a locked update of the entry each.
 */
#define KERNEL_PAGE (PTE_PRESENT | PTE_WRITABLE | PTE_ACCESSED | PTE_DIRTY)

/* Global: the direct map is the same in every
 * directory there ever is, the boot directory included. */
static uint32_t direct_map_entry(uint32_t large_page)
{
    return large_page << LARGE_PAGE_SHIFT | KERNEL_PAGE | PTE_LARGE | PTE_GLOBAL;
}

static uint32_t table_entry(pfn_t table)
{
    return pfn_to_paddr(table).value | PTE_PRESENT | PTE_WRITABLE;
}

/* What a kernel directory holds at an index. */
static uint32_t directory_entry(pfn_t frames, uint32_t index)
{
    if (index - DIRECT_MAP_FIRST < DIRECT_MAP_PAGES)
        return direct_map_entry(index - DIRECT_MAP_FIRST);
    if (index - WINDOW_FIRST < WINDOW_TABLES)
        return table_entry(pfn_add(frames, 1u + index - WINDOW_FIRST));
    return index == RECURSIVE_SLOT ? table_entry(frames) : 0;
}

void pgtable_build_kernel(pfn_t frames)
{
    uint32_t *directory = machine_pointer(direct_map_frame(frames));
    uint32_t *tables = machine_pointer(direct_map_frame(pfn_add(frames, 1)));

    for (uint32_t i = 0; i < PAGE_TABLE_ENTRIES; i++)
        directory[i] = directory_entry(frames, i);
    for (uint32_t i = 0; i < WINDOW_PAGES; i++)
        tables[i] = 0;
}

/* Not global: another memory manager's window must
 * not be seen through what is left of this one's. */
void window_map(vaddr_t tables, uint32_t page, pfn_t frame)
{
    uint32_t *entry = machine_pointer(tables);

    MM_ASSERT((entry[page] & PTE_PRESENT) == 0);
    entry[page] = pfn_to_paddr(frame).value | KERNEL_PAGE;
}

pfn_t window_unmap(vaddr_t tables, uint32_t page)
{
    uint32_t *entry = machine_pointer(tables);
    uint32_t was = entry[page];

    if ((was & PTE_PRESENT) == 0)
        machine_panic(__func__, "page is not mapped", WINDOW_BASE + (page << PAGE_SHIFT));
    entry[page] = 0;
    machine_invlpg(vaddr(WINDOW_BASE + (page << PAGE_SHIFT)));
    return paddr_to_pfn(paddr(was));
}

bool pgtable_translate(paddr_t directory, vaddr_t va, paddr_t *pa)
{
    const uint32_t *entries = machine_pointer(direct_map(directory));
    uint32_t entry = entries[va.value >> LARGE_PAGE_SHIFT];

    if ((entry & PTE_PRESENT) == 0)
        return false;
    if ((entry & PTE_LARGE) != 0) {
        *pa = paddr((entry & PDE_LARGE_MASK) | (va.value & (LARGE_PAGE_SIZE - 1u)));
        return true;
    }
    entries = machine_pointer(direct_map(paddr(entry & PTE_FRAME_MASK)));
    entry = entries[va.value >> PAGE_SHIFT & (PAGE_TABLE_ENTRIES - 1u)];
    if ((entry & PTE_PRESENT) == 0)
        return false;
    *pa = paddr((entry & PTE_FRAME_MASK) | (va.value & PAGE_OFFSET_MASK));
    return true;
}

const char *pgtable_check_kernel(pfn_t frames)
{
    const uint32_t *directory = machine_pointer(direct_map_frame(frames));

    for (uint32_t i = 0; i < PAGE_TABLE_ENTRIES; i++) {
        uint32_t entry = directory_entry(frames, i);
        uint32_t ignored = (entry & PTE_PRESENT) != 0 ? PTE_ACCESSED | PTE_DIRTY : 0;
        if ((directory[i] & ~ignored) != (entry & ~ignored))
            return "pgtable: a directory entry is not the kernel's";
    }
    return NULL;
}
