/*
 * Plans: where an operation of a heap will write, told before it does. For `window`, whose heap
 * lies in pages that get their frames at the first touch: it needs the frames of a plan beforehand.
 *
 * heap_alloc() and heap_resize() write to headers (and to the word before one), to links, and in
 * slabs that were there before. Beyond that they write HEAP_LINKED_BYTES from each header that the
 * plan names; when the block becomes a slab, they also write its page. heap_free() writes to
 * headers, links and slabs only.
 */
#ifndef HEAP_PLAN_H
#define HEAP_PLAN_H

#include <mm/heap.h>

/* In ascending order. */
struct heap_plan {
    vaddr_t gap;   /* the header of the free block that is left before the block, or none */
    vaddr_t block; /* the payload; its header stands HEAP_HEADER_BYTES before it */
    vaddr_t rest;  /* the header of the free block that is left behind the block, or none */
};

/* The plan of heap_alloc(heap, bytes, HEAP_ALIGN). false: the call would fail. plan->block is what
   the call will return; or it is page aligned, and the call will make a slab there. */
bool heap_plan_alloc(const struct heap *heap, uint32_t bytes, struct heap_plan *plan);

/* The plan of heap_alloc(heap, bytes, alignment), alignment > HEAP_ALIGN. false: it would fail. */
bool heap_plan_aligned(const struct heap *heap, uint32_t bytes, uint32_t alignment,
                       struct heap_plan *plan);

/* The plan of heap_resize(heap, block, bytes), block being live: panics. false: it would fail. */
bool heap_plan_resize(const struct heap *heap, vaddr_t block, uint32_t bytes,
                      struct heap_plan *plan);

#endif
