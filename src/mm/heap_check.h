/* The common part of the checker of heaps. */
#ifndef HEAP_CHECK_H
#define HEAP_CHECK_H

#include "heap_slabs.h"

/* The totals of a walk over all blocks. */
struct heap_walk {
    uint32_t free_bytes; /* bytes in free blocks and in free objects */
    uint32_t free_blocks;
    uint32_t slabs;
    uint32_t small_used[HEAP_OBJECT_KINDS];
    uint32_t slabs_linked[HEAP_OBJECT_KINDS]; /* slabs with a free object */
};

/* Checks the used block at [block, block + size) if it is a slab, and counts it. Returns the
   violated rule, or NULL. */
const char *heap_check_slab(uint32_t block, uint32_t size, struct heap_walk *walk);

/* Checks the bits of the pages and the lists of slabs. Returns the violated rule, or NULL. O(pages
   + slabs). */
const char *heap_check_slabs(const struct heap *heap, const struct heap_walk *walk);

#endif
