/*
 * A buddy allocator with the structure of Linux's (mm/page_alloc.c, as of 6.1), written for this
 * comparison: per zone and order a doubly linked list of free blocks through an array of 32-byte
 * page structures, the last freed first; a buddy is told by its page's mark and order; merging is
 * immediate, and a block whose next larger buddy is nearly whole goes to the tail of its list.
 * Without what Linux has besides: migrate types, per-CPU lists, watermarks, locks.
 */
#ifndef BENCH_FRAMES_LINUX_H
#define BENCH_FRAMES_LINUX_H

#include <mm/layout.h>

#define FRAMES_LINUX_PAGE_BYTES 32u

/* All frames of [start, end), of the three zones, free. Reuses its memory. */
void frames_linux_init(pfn_t start, pfn_t end);

/* From the highest zone that has one; PFN_NONE when none has. */
pfn_t frames_linux_alloc(uint32_t order);

void frames_linux_free(pfn_t first, uint32_t order);

#endif
