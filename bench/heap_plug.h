/*
 * What a shared object defines to become a row of the heap tables: `bench --heap NAME=LIB.so`.
 *
 * A heap over one region defines the functions below. The bench program gives it the region, which
 * no other heap uses, and calls it from one thread. bench/README.md has a complete example.
 *
 * Any other allocator needs nothing of this header: a shared object that does not define
 * heap_plug_init() must define malloc(), free() and realloc(), as mimalloc and jemalloc do.
 */
#ifndef HEAP_PLUG_H
#define HEAP_PLUG_H

#include <stddef.h>

/* Makes an empty heap in [region, region + bytes) and returns what the other functions get as
   `heap`; NULL: the region is too small. The region is aligned to 4 MiB, and bytes is a multiple
   of 64. It may be called again, with the same region and another size; everything that was
   allocated before is then forgotten. */
void *heap_plug_init(void *region, size_t bytes);

/* Returns a block of `bytes` >= 1 aligned to 8 bytes; NULL: there is no room. */
void *heap_plug_alloc(void *heap, size_t bytes);

/* Frees a block of heap_plug_alloc() or heap_plug_resize(). */
void heap_plug_free(void *heap, void *block);

/* Optional. Changes the size of a block, which may move, and returns it; NULL: there is no room,
   and the block is unchanged. Without this function, a block is resized by allocating another
   one. */
void *heap_plug_resize(void *heap, void *block, size_t bytes);

/* Optional. Returns how many bytes the heap has used so far, with its own data. Without this
   function, it is the distance from the start of the region to the end of the highest block. */
size_t heap_plug_span(void *heap);

#endif
