#include "support/model_process.h"

#include <mm/pgtable.h>
#include <mm/tempmap.h>

struct memmap model_map_zones(uint32_t high)
{
    return (struct memmap){high != 0 ? 3 : 2,
                           {{pfn(0xf00), pfn(0xf80)},
                            {pfn(0x1000), pfn(0x1400)},
                            {pfn(LOW_END_PFN), pfn(LOW_END_PFN + high)}}};
}

struct process *model_process(struct mm *mm, const struct process_image *image)
{
    struct process *process = process_create(mm, image);

    assert_non_null(process);
    assert_sound(mm);
    return process;
}

void model_process_stop(struct mm *mm, struct process *process)
{
    assert_sound(mm);
    process_exit(mm, process);
    assert_frames_conserved(mm);
    model_stop(mm);
}

bool user_read(uint32_t va, uint32_t *value)
{
    return machine_load32(vaddr(va), true, value);
}

bool user_write(uint32_t va, uint32_t value)
{
    return machine_store32(vaddr(va), true, value);
}

uint32_t user_word(uint32_t va)
{
    uint32_t value = 0;

    if (!user_read(va, &value))
        fail_msg("%08x cannot be read", va);
    return value;
}

void assert_bad_access(const struct mm *mm, uint32_t va, uint32_t error_code,
                       enum mm_access_fault why)
{
    assert_int_equal(mm->failure.cause, MM_BAD_ACCESS);
    assert_true(pfn_is_none(mm->failure.blocker));
    assert_int_equal(mm->failure.access.va.value, va);
    assert_int_equal(mm->failure.access.error_code, error_code);
    assert_int_equal(mm->failure.access.why, why);
}

void assert_names_region(const struct mm *mm, uint32_t start, uint32_t end, enum region_kind kind)
{
    assert_int_equal(mm->failure.access.region_start, start);
    assert_int_equal(mm->failure.access.region_end, end);
    if (start != end)
        assert_int_equal(mm->failure.access.region_kind, kind);
}

uint32_t user_entry_value(const struct process *process, uint32_t va)
{
    uint32_t entry = pgtable_entries(process->directory)[directory_index(vaddr(va))];

    if ((entry & PTE_PRESENT) == 0)
        return 0;
    return pgtable_entries(paddr_to_pfn(paddr(entry)))[table_index(vaddr(va))];
}

pfn_t user_frame(const struct process *process, uint32_t va)
{
    uint32_t entry = user_entry_value(process, va);

    return (entry & PTE_PRESENT) != 0 ? paddr_to_pfn(paddr(entry)) : PFN_NONE;
}

/* ---- frames ---- */

static void dirty(struct mm *mm, pfn_t frame)
{
    vaddr_t page = tempmap_claim(mm, frame);

    for (uint32_t at = 0; at < PAGE_SIZE; at += 4)
        window_write(page.value + at, 0xdeadbeef);
    tempmap_release(mm, page);
}

void model_dirty_free_frames(struct mm *mm)
{
    static struct taken_pages taken;

    take_all_frames(&taken, mm);
    for (uint32_t i = 0; i < taken.count; i++)
        dirty(mm, taken.frame[i]);
    free_all_pages(&taken, mm);
}

/* ---- all that processes show ---- */

static uint64_t fold(uint64_t hash, uint32_t word)
{
    return (hash ^ word) * 0x100000001b3u;
}

static uint64_t fold_regions(uint64_t hash, const struct region_tree *tree)
{
    const struct region *region;

    for (uint32_t at = 0; (region = region_find(tree, at)) != NULL; at = region->end) {
        hash = fold(fold(hash, region->start), region->end);
        hash = fold(hash, region->kind * 2u + region->writable);
    }
    return fold(fold(fold(hash, tree->count), tree->unused_count), tree->pages.value);
}

static uint64_t fold_pages(uint64_t hash, const struct process *process)
{
    const uint32_t *directory = pgtable_entries(process->directory);

    for (uint32_t i = 0; i < USER_DIRECTORY_ENTRIES; i++) {
        if (directory[i] == 0)
            continue;
        const uint32_t *table = pgtable_entries(paddr_to_pfn(paddr(directory[i])));
        hash = fold(hash, directory[i] & ~(PTE_ACCESSED | PTE_DIRTY));
        for (uint32_t k = 0; k < PAGE_TABLE_ENTRIES; k++)
            if (table[k] != 0)
                hash = fold(fold(hash, k), table[k] & ~(PTE_ACCESSED | PTE_DIRTY));
    }
    return hash;
}

static uint64_t fold_process(uint64_t hash, const struct process *process)
{
    hash = fold(fold(hash, process->control.value), process->directory.value);
    hash = fold(fold(hash, process->heap_start.value), process->heap_end.value);
    hash = fold(fold(hash, process->frames), process->tables);
    return fold_pages(fold_regions(hash, &process->regions), process);
}

uint64_t model_processes_hash(const struct mm *mm)
{
    uint64_t hash = fold(0, mm->processes.value);
    vaddr_t at = mm->processes;

    hash = fold(fold(hash, tempmap_claimed(mm)), machine_read_cr3().value);
    hash = fold(hash, mm->current != NULL ? mm->current->control.value : 0);
    if (vaddr_is_none(at))
        return hash;
    do {
        const struct process *process = machine_pointer(at);
        hash = fold_process(fold(hash, at.value), process);
        at = process->next;
    } while (at.value != mm->processes.value);
    return hash;
}
