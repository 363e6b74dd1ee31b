/* What the parts of the heap's checker share. */
#ifndef HEAP_CHECK_H
#define HEAP_CHECK_H

#include "heap_slabs.h"

/* What a walk over all blocks has met. */
struct heap_walk {
    uint32_t free_bytes; /* in free blocks and in free objects */
    uint32_t free_blocks;
    uint32_t slabs;
    uint32_t small_used[HEAP_OBJECT_KINDS];
    uint32_t slabs_linked[HEAP_OBJECT_KINDS]; /* slabs with a free object */
};

/* The used block at [block, block + size) by itself, where it is a slab. */
const char *heap_check_slab(uint32_t block, uint32_t size, struct heap_walk *walk);

/* The bits of the pages, and the lists of slabs. O(pages, slabs). */
const char *heap_check_slabs(const struct heap *heap, const struct heap_walk *walk);

#endif
