/*
 * A tally (seal.h) of all entries of the heap area's page tables and of processes, in HARDEN_FULL:
 * which frame an entry names no rule of a checker ties to anything else. The bits accessed and
 * dirty are the CPU's, and left out.
 */
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

/* The entry at a place in memory is about to become another. */
static inline void entry_changes(struct mm *mm, paddr_t place, uint32_t was, uint32_t is)
{
    if (MM_HARDENING >= HARDEN_FULL)
        mm->entries_tally ^= entry_tally(place, was) ^ entry_tally(place, is);
}

/* heap_area_map() and heap_area_unmap(). */
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

/* The violated rule, or NULL: the tally disagrees. process_check_all() first.
   O(HEAP_AREA_PAGES + entries of processes) */
__attribute__((warn_unused_result)) const char *entries_check(const struct mm *mm);

#endif
