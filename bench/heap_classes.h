/* A bound for heaps: lists of free blocks by size class, last in, first out. A block is cut from
   the end of one region, and is never merged and never checked. */
#ifndef BENCH_HEAP_CLASSES_H
#define BENCH_HEAP_CLASSES_H

#include <stdbool.h>
#include <stdint.h>

/* Start with an empty region. Returns false when the host has no memory for it. */
bool heap_classes_open(const char *name);
void heap_classes_close(void);

/* Starts again with an empty region of `bytes`, at most that of heap_classes_open(). Returns
   true. */
bool heap_classes_restart(uint32_t bytes);

/* Returns a block, or 0 when the region is used up. */
uintptr_t heap_classes_alloc(uint32_t bytes);
void heap_classes_free(uintptr_t block);

/* Returns the bytes of the region that were ever part of a block; `highest` is not used. */
uint64_t heap_classes_span_bytes(uint64_t highest);

#endif
