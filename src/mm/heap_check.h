/* What the parts of the heap's checker share. */
#ifndef HEAP_CHECK_H
#define HEAP_CHECK_H

#include "heap_runs.h"

/* What a walk over all blocks has met. */
struct heap_walk {
    uint32_t free_bytes; /* in free blocks and in free slots */
    uint32_t free_blocks;
    uint32_t runs;
    uint32_t small_used[HEAP_SLOT_KINDS];
    uint32_t runs_linked[HEAP_SLOT_KINDS]; /* runs with a free slot */
};

/* The used block at [block, block + size) by itself, where it is a run. */
const char *heap_check_run(uint32_t block, uint32_t size, struct heap_walk *walk);

/* The bits of the pages, and the lists of runs. O(pages, runs). */
const char *heap_check_runs(const struct heap *heap, const struct heap_walk *walk);

#endif
