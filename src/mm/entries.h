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

/* Does heap_area_map(), and updates the tally. */
static inline void entries_heap_area_map(struct mm *mm, uint32_t page, pfn_t frame)
{
    heap_area_map(mm->heap_area_tables, page, frame);
    entry_changes(mm, heap_area_entry_place(mm->heap_area_tables, page), 0,
                  heap_area_entry(mm->heap_area_tables, page));
}

/* How many pages entries_heap_area_unmap() takes at once. */
#define UNMAP_PAGES_MAX 64u

/* Unmaps the pages of [first, end) that are mapped, the last one first, and invalidates their TLB
   entries. The range has at most UNMAP_PAGES_MAX pages. Stores their frames in the same order, and
   returns how many they are. O(pages). */
uint32_t entries_heap_area_unmap(struct mm *mm, uint32_t first, uint32_t end, pfn_t *frames);

/* Returns the violated rule, or NULL: the tally matches the entries. process_check_all() must have
   passed. O(HEAP_AREA_PAGES + entries of processes). */
__attribute__((warn_unused_result)) const char *entries_check(const struct mm *mm);

#endif
