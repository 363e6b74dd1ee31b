/*
 * Plans: the places to which an operation of a heap will write. `window` needs them, because the
 * pages of its heap get their frames at the first access: it adds the frames of a plan before the
 * operation.
 *
 * heap_alloc() and heap_resize() write to existing headers (and to the word before one), links and
 * slabs. In addition they write HEAP_LINKED_BYTES from each header that the plan names; if the
 * block becomes a slab, they also write its page. heap_free() writes to headers, links and slabs
 * only.
 */
#ifndef HEAP_PLAN_H
#define HEAP_PLAN_H

#include <mm/heap.h>

/* The addresses are in ascending order. */
struct heap_plan {
    vaddr_t gap;   /* the header of the free block that is left before the block, or none */
    vaddr_t block; /* the payload; its header stands HEAP_HEADER_BYTES before it */
    vaddr_t rest;  /* the header of the free block that is left behind the block, or none */
};

/* Makes the plan of heap_alloc(heap, bytes, HEAP_ALIGN). Returns false if that call would fail.
   plan->block is what the call will return; if it is page aligned, the call will make a slab
   there. */
bool heap_plan_alloc(const struct heap *heap, uint32_t bytes, struct heap_plan *plan);

/* Makes the plan of heap_alloc(heap, bytes, alignment), alignment > HEAP_ALIGN. Returns false if
   that call would fail. */
bool heap_plan_aligned(const struct heap *heap, uint32_t bytes, uint32_t alignment,
                       struct heap_plan *plan);

/* Makes the plan of heap_resize(heap, block, bytes). Returns false if that call would fail. Panics
   if block is not live. */
bool heap_plan_resize(const struct heap *heap, vaddr_t block, uint32_t bytes,
                      struct heap_plan *plan);

#endif
