/*
 * The most frequent calls of a heap, inline for the strategies: taking an object from the list of
 * its kind, and freeing an object of a slab that keeps another used one. Neither changes a block,
 * a span or the tail, so the strategy has nothing to do besides. Both are constant time.
 */
#ifndef HEAP_FAST_H
#define HEAP_FAST_H

#include "heap_slabs.h"

/* Does heap_alloc(), or returns VADDR_NONE with nothing changed if no such object is free. */
static inline vaddr_t heap_alloc_object(struct heap *heap, uint32_t bytes)
{
    uint32_t kind = bytes <= HEAP_OBJECT_MAX ? request_kind(bytes) : 0;

    return heap->object[kind] != 0 ? heap_object_take(heap, kind) : VADDR_NONE;
}

/* Does heap_free(), or returns false with nothing changed if the pointer is not a used object, or
   is the last one of its slab. */
static inline bool heap_free_object(struct heap *heap, vaddr_t pointer)
{
    const struct heap_slab *slab = heap_slab_at(heap_slab_page(pointer.value));

    if (!heap_is_in_slab(heap, pointer.value) || slab->objects_used == 1 ||
        !heap_object_clear_used(pointer.value))
        return false;
    guard_object(heap, pointer.value, "heap_free");
    heap_object_give(heap, pointer.value);
    return true;
}

#endif
