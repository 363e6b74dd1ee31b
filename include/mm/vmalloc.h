/*
 * Virtually contiguous memory in the heap area, from any frames: one page of the heap area for each
 * page, and an unmapped guard page behind each area. The page tables are the only record of where
 * an area ends. Frames come from and go back to the strategy, through pages_alloc() and
 * pages_free() of order 0.
 */
#ifndef MM_VMALLOC_H
#define MM_VMALLOC_H

#include <mm/mm.h>

struct vmalloc_space {
    uint32_t
        used[HEAP_AREA_PAGES / 32]; /* 1 bit a page of the heap area: in an area, or its guard */
    uint32_t next;                  /* where the next search starts, page of the heap area; */
    uint32_t next_inverse;          /* ~next: a changed bit is seen */
};
_Static_assert(sizeof(struct vmalloc_space) == HEAP_AREA_PAGES / 8 + 8,
               "the same on every machine");

/* Nothing allocated. */
void vmalloc_init(struct vmalloc_space *space);

/* As vmalloc() in mm.h. O(pages + 512). Fails: no_address_space, and as pages_alloc() does. */
vaddr_t vmalloc_alloc(struct mm *mm, struct vmalloc_space *space, uint32_t bytes);

/* As vfree() in mm.h. O(pages). Panics, as vfree(), when block is not the start of an area. */
void vmalloc_free(struct mm *mm, struct vmalloc_space *space, vaddr_t block);

/* The violated rule, or NULL: every area is mapped, its guard and all else is not. */
__attribute__((warn_unused_result)) const char *vmalloc_check(const struct mm *mm,
                                                              const struct vmalloc_space *space);

#endif
