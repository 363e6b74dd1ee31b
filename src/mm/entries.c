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
