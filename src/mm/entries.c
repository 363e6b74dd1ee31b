#include "entries.h"

#include <mm/machine.h>
#include <mm/process.h>

static uint32_t table_tally(paddr_t place, uint32_t count)
{
    const uint32_t *entries = machine_pointer(direct_map(place));
    uint32_t tally = 0;

    for (uint32_t i = 0; i < count; i++)
        tally ^= entry_tally(paddr(place.value + i * (uint32_t)sizeof(uint32_t)), entries[i]);
    return tally;
}

static void invalidate_pages(uint32_t first, uint32_t end)
{
    if (end > first)
        machine_invlpg_pages(vaddr(HEAP_AREA_BASE + (first << PAGE_SHIFT)), end - first);
}

/* The pages in [page + 1, run_end) were unmapped, and are not invalidated yet. */
uint32_t entries_heap_area_unmap(struct mm *mm, uint32_t first, uint32_t end, pfn_t *frames)
{
    uint32_t count = 0;
    uint32_t run_end = end;

    MM_ASSERT(end - first <= UNMAP_PAGES_MAX);
    for (uint32_t page = end; page-- > first;) {
        uint32_t entry = heap_area_entry(mm->heap_area_tables, page);
        if ((entry & PTE_PRESENT) != 0) {
            entry_changes(mm, heap_area_entry_place(mm->heap_area_tables, page), entry, 0);
            frames[count++] = heap_area_unmap(mm->heap_area_tables, page);
            continue;
        }
        invalidate_pages(page + 1u, run_end);
        run_end = page;
    }
    invalidate_pages(first, run_end);
    return count;
}

static uint32_t process_tally(const struct mm *mm, const struct process *process)
{
    const uint32_t *directory = pgtable_entries(process->directory);
    uint32_t entries = directory_index(vaddr(mm->user_end));
    uint32_t tally = table_tally(pfn_to_paddr(process->directory), entries);

    for (uint32_t i = 0; i < entries; i++)
        if ((directory[i] & PTE_PRESENT) != 0)
            tally ^= table_tally(paddr(directory[i] & PTE_FRAME_MASK), PAGE_TABLE_ENTRIES);
    return tally;
}

const char *entries_check(const struct mm *mm)
{
    uint32_t tally = table_tally(heap_area_entry_place(mm->heap_area_tables, 0), HEAP_AREA_PAGES);
    vaddr_t at = mm->processes;

    while (!vaddr_is_none(at)) {
        const struct process *process = machine_pointer(at);
        tally ^= process_tally(mm, process);
        at = process->next.value != mm->processes.value ? process->next : VADDR_NONE;
    }
    return tally == mm->entries_tally ? NULL : "entries: an entry has changed by itself";
}
