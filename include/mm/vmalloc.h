/*
 * Areas: memory in the heap area that is contiguous in virtual addresses only, made of any frames.
 * An unmapped guard page follows each area. The page tables are the only record of where an area
 * ends. Single frames come from the strategy's pages_alloc() and go back to its pages_free().
 */
#ifndef MM_VMALLOC_H
#define MM_VMALLOC_H

#include <mm/mm.h>

struct vmalloc_space {
    uint32_t
        used[HEAP_AREA_PAGES / 32]; /* 1 bit a page of the heap area: in an area, or a guard page */
    uint32_t next;                  /* page of the heap area where the next search starts */
    uint32_t next_inverse;          /* ~next, to detect a changed bit */
};
_Static_assert(sizeof(struct vmalloc_space) == HEAP_AREA_PAGES / 8 + 8,
               "the layout in simulated memory is the same on every machine");

/* Makes an empty space. O(HEAP_AREA_PAGES / 32). */
void vmalloc_init(struct vmalloc_space *space);

/* Does vmalloc() of mm.h. Returns VADDR_NONE with the cause no_address_space or a cause of
   pages_alloc(). No flush is needed. O(pages + 512). */
vaddr_t vmalloc_alloc(struct mm *mm, struct vmalloc_space *space, uint32_t bytes);

/* Does vfree() of mm.h, and invalidates the TLB entries. Panics in the name of vfree() if block is
   not the start of an area. O(pages). */
void vmalloc_free(struct mm *mm, struct vmalloc_space *space, vaddr_t block);

/* Returns the violated rule, or NULL: areas are mapped, and guards and all other pages are not.
   O(HEAP_AREA_PAGES). */
__attribute__((warn_unused_result)) const char *vmalloc_check(const struct mm *mm,
                                                              const struct vmalloc_space *space);

#endif
