/* A tally (seal.h), in HARDEN_FULL, of all page-table entries of the heap area and of processes.
   The other rules of the checkers cannot tell which frame an entry must name. The tally omits the
   bits accessed and dirty, which the CPU changes. */
#ifndef MM_ENTRIES_H
#define MM_ENTRIES_H

#include <mm/harden.h>
#include <mm/mm.h>
#include <mm/pgtable.h>

#include "seal.h"

static inline uint32_t entry_tally(paddr_t place, uint32_t entry)
{
    return tally_of(place.value / (uint32_t)sizeof(uint32_t), entry & ~(PTE_ACCESSED | PTE_DIRTY));
}

/* Updates the tally before the entry at a place in memory changes. */
static inline void entry_changes(struct mm *mm, paddr_t place, uint32_t was, uint32_t is)
{
    if (MM_HARDENING >= HARDEN_FULL)
        mm->entries_tally ^= entry_tally(place, was) ^ entry_tally(place, is);
}

/* Do heap_area_map() and heap_area_unmap(), and update the tally. */
static inline void entries_heap_area_map(struct mm *mm, uint32_t page, pfn_t frame)
{
    heap_area_map(mm->heap_area_tables, page, frame);
    entry_changes(mm, heap_area_entry_place(mm->heap_area_tables, page), 0,
                  heap_area_entry(mm->heap_area_tables, page));
}

static inline pfn_t entries_heap_area_unmap(struct mm *mm, uint32_t page)
{
    entry_changes(mm, heap_area_entry_place(mm->heap_area_tables, page),
                  heap_area_entry(mm->heap_area_tables, page), 0);
    return heap_area_unmap(mm->heap_area_tables, page);
}

/* Returns the violated rule, or NULL: the tally matches the entries. process_check_all() must have
   passed. O(HEAP_AREA_PAGES + entries of processes). */
__attribute__((warn_unused_result)) const char *entries_check(const struct mm *mm);

#endif
