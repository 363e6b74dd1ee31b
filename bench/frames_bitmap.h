/* One bit a frame, and a search that begins where the last one ended (next fit): the least memory
   that a frame allocator can take. It has all orders, and no checks. */
#ifndef BENCH_FRAMES_BITMAP_H
#define BENCH_FRAMES_BITMAP_H

#include <mm/types.h>

/* Free all frames of [start, FRAMES_MAX). Reuses its memory. */
void frames_bitmap_init(pfn_t start);

/* Returns the first of 2^order free frames, aligned to their size, or PFN_NONE. O(frames). */
pfn_t frames_bitmap_alloc(uint32_t order);

void frames_bitmap_free(pfn_t first, uint32_t order);

/* Allocate one given frame. Returns false when it is used. */
bool frames_bitmap_take(pfn_t frame);

#define FRAMES_BITMAP_BYTES (1.0 / 8)

#endif
