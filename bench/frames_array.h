/* A bare array of free frame numbers, used as a LIFO: the least work that any allocator of single
   frames can do. No order but 0, no checks. */
#ifndef BENCH_FRAMES_ARRAY_H
#define BENCH_FRAMES_ARRAY_H

#include <mm/types.h>

/* All of [start, end) free, the lowest on top. Reuses its memory. */
void frames_array_init(pfn_t start, pfn_t end);

/* PFN_NONE when empty. */
pfn_t frames_array_alloc(void);

void frames_array_free(pfn_t frame);

#endif
