/*
 * A buddy allocator with the structure of Linux's (mm/page_alloc.c of 6.1), written for this
 * comparison. Each zone and order has a doubly linked list of free blocks, which runs through an
 * array of 32-byte page structures; the last freed block is first. A mark and an order in its page
 * structure identify a free buddy. Blocks merge at once, and a block whose next larger buddy is
 * nearly whole goes to the tail of its list. Migrate types, per-CPU lists, watermarks and locks are
 * left out.
 */
#ifndef BENCH_FRAMES_LINUX_H
#define BENCH_FRAMES_LINUX_H

#include <mm/layout.h>

#define FRAMES_LINUX_PAGE_BYTES 32u

/* Free all frames of [start, end), in the three zones. Reuses its memory. O(frames). */
void frames_linux_init(pfn_t start, pfn_t end);

/* Returns a block from the highest zone that has one; PFN_NONE when no zone has one. O(orders). */
pfn_t frames_linux_alloc(uint32_t order);

void frames_linux_free(pfn_t first, uint32_t order);

#endif
