/*
 * What the heap verifies in HARDEN_FULL before it follows a link or believes a header; in the
 * levels below, nothing. Panics name the call that would have followed it.
 */
#ifndef HEAP_GUARD_H
#define HEAP_GUARD_H

#include "heap_layout.h"

void heap_verify_bounds(const struct heap *heap, const char *function);
void heap_verify_free(const struct heap *heap, uint32_t block, const char *function);
void heap_verify_listed(const struct heap *heap, uint32_t block, const char *function);
void heap_verify_first(const struct heap *heap, uint32_t block, const char *function);
void heap_verify_slab(const struct heap *heap, uint32_t page, const char *function);
void heap_verify_ring(const struct heap *heap, uint32_t page, const char *function);
void heap_verify_object(const struct heap *heap, uint32_t object, const char *function);

/* Start, end and tail are as they were set. */
static inline void guard_bounds(const struct heap *heap, const char *function)
{
    if (MM_HARDENING >= HARDEN_FULL)
        heap_verify_bounds(heap, function);
}

/* It may be looked at: in the heap, and a free block by its header. */
static inline void guard_free(const struct heap *heap, uint32_t block, const char *function)
{
    if (MM_HARDENING >= HARDEN_FULL)
        heap_verify_free(heap, block, function);
}

/* And its neighbours, in memory and on the list, agree. */
static inline void guard_listed(const struct heap *heap, uint32_t block, const char *function)
{
    if (MM_HARDENING >= HARDEN_FULL)
        heap_verify_listed(heap, block, function);
}

/* The first of a list, or 0. */
static inline void guard_first(const struct heap *heap, uint32_t block, const char *function)
{
    if (MM_HARDENING >= HARDEN_FULL && block != 0)
        heap_verify_first(heap, block, function);
}

/* A slab whose head is sound; and its neighbours in the ring agree; an object of it. */
static inline void guard_slab(const struct heap *heap, uint32_t page, const char *function)
{
    if (MM_HARDENING >= HARDEN_FULL)
        heap_verify_slab(heap, page, function);
}

static inline void guard_ring(const struct heap *heap, uint32_t page, const char *function)
{
    if (MM_HARDENING >= HARDEN_FULL)
        heap_verify_ring(heap, page, function);
}

static inline void guard_object(const struct heap *heap, uint32_t object, const char *function)
{
    if (MM_HARDENING >= HARDEN_FULL)
        heap_verify_object(heap, object, function);
}

/* ---- freed memory ---- */

/* Of a free block: what is filled. */
static inline uint32_t filled_start(uint32_t block)
{
    return block + HEAP_LINKED_BYTES;
}

/* The first `size` bytes of a free block are about to be used, and the header of a rest behind. */
static inline void verify_freed(uint32_t block, uint32_t whole, uint32_t size)
{
    uint32_t end = size + HEAP_LINKED_BYTES < whole - 4u ? size + HEAP_LINKED_BYTES : whole - 4u;

    if (MM_HARDENING >= HARDEN_FULL && filled_start(block) < block + end)
        fill_verify(filled_start(block), block + end, "heap_alloc");
}

/* The tail is about to be used up to `end`, or given back from there on. */
static inline void verify_tail(const struct heap *heap, uint32_t start, uint32_t end)
{
    uint32_t stop = end < heap->filled ? end : heap->filled;

    if (MM_HARDENING >= HARDEN_FULL && start < stop)
        fill_verify(start, stop, "heap_alloc");
}

/* [start, end) is inside a free block now, or the tail's. */
static inline void fill_range(uint32_t start, uint32_t end)
{
    if (MM_HARDENING >= HARDEN_FULL)
        fill_freed(start, end);
}

#endif
