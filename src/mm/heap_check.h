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
    uint32_t listed[HEAP_OBJECT_KINDS]; /* free objects that must be on a list */
    uint32_t newest[HEAP_OBJECT_KINDS]; /* 0, or the object that must end the list */
};

/* Checks the used block at [block, block + size) if it is a slab, and counts it. Returns the
   violated rule, or NULL. */
const char *heap_check_slab(const struct heap *heap, uint32_t block, uint32_t size,
                            struct heap_walk *walk);

/* Checks that the leaders of groups are slabs, so that their maps can be used, and slab_freed_in.
   Returns the violated rule, or NULL. O(groups). */
const char *heap_check_leaders(const struct heap *heap);

/* Checks the maps, the counters and the lists of objects. Returns the violated rule, or NULL.
   O(groups + free objects). */
const char *heap_check_slabs(const struct heap *heap, const struct heap_walk *walk);

#endif
