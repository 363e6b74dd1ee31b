/* A plain array of free frame numbers, used as a LIFO: the least work that an allocator of single
   frames can do. It has only order 0, and no checks. */
#ifndef BENCH_FRAMES_ARRAY_H
#define BENCH_FRAMES_ARRAY_H

#include <mm/types.h>

/* Free all frames of [start, end), the lowest on top. Reuses its memory. O(frames). */
void frames_array_init(pfn_t start, pfn_t end);

/* Returns a frame; PFN_NONE when the array is empty. */
pfn_t frames_array_alloc(void);

void frames_array_free(pfn_t frame);

#endif
