/* Checks of HARDEN_FULL that the heap makes before it follows a link or uses a header. At lower
   levels they do nothing. They panic in the name of `function`, the call that needs the link or
   header. */
#ifndef HEAP_GUARD_H
#define HEAP_GUARD_H

#include "heap_layout.h"

void heap_verify_bounds(const struct heap *heap, const char *function);
void heap_verify_free(const struct heap *heap, uint32_t block, const char *function);
void heap_verify_listed(const struct heap *heap, uint32_t block, const char *function);
void heap_verify_first(const struct heap *heap, uint32_t block, const char *function);
void heap_verify_leader(const struct heap *heap, uint32_t group, const char *function);
void heap_verify_object(const struct heap *heap, uint32_t object, const char *function);
void heap_verify_free_object(const struct heap *heap, uint32_t kind, uint32_t object,
                             const char *function);
void heap_verify_empty_slab(const struct heap *heap, uint32_t page, const char *function);

/* Verifies that the start, end and tail have not changed. */
static inline void guard_bounds(const struct heap *heap, const char *function)
{
    if (MM_HARDENING >= HARDEN_FULL)
        heap_verify_bounds(heap, function);
}

/* Verifies that a block lies in the heap and is a free block by its header. */
static inline void guard_free(const struct heap *heap, uint32_t block, const char *function)
{
    if (MM_HARDENING >= HARDEN_FULL)
        heap_verify_free(heap, block, function);
}

/* Verifies in addition that its neighbours in memory and on its list are consistent. */
static inline void guard_listed(const struct heap *heap, uint32_t block, const char *function)
{
    if (MM_HARDENING >= HARDEN_FULL)
        heap_verify_listed(heap, block, function);
}

/* Verifies the first block of a list; 0 if the list is empty. */
static inline void guard_first(const struct heap *heap, uint32_t block, const char *function)
{
    if (MM_HARDENING >= HARDEN_FULL && block != 0)
        heap_verify_first(heap, block, function);
}

/* Verifies that a group's leader is a slab, before its map is used or changed. */
static inline void guard_leader(const struct heap *heap, uint32_t group, const char *function)
{
    if (MM_HARDENING >= HARDEN_FULL)
        heap_verify_leader(heap, group, function);
}

/* Verifies the head of the slab of an object, and the place and the bit of the object. */
static inline void guard_object(const struct heap *heap, uint32_t object, const char *function)
{
    if (MM_HARDENING >= HARDEN_FULL)
        heap_verify_object(heap, object, function);
}

/* Verifies in addition that the object is free, on the list of its kind, and filled. */
static inline void guard_free_object(const struct heap *heap, uint32_t kind, uint32_t object,
                                     const char *function)
{
    if (MM_HARDENING >= HARDEN_FULL)
        heap_verify_free_object(heap, kind, object, function);
}

/* Verifies the first object of a list; 0 if the list is empty. */
static inline void guard_first_object(const struct heap *heap, uint32_t kind, uint32_t object,
                                      const char *function)
{
    if (MM_HARDENING >= HARDEN_FULL && object != 0)
        heap_verify_free_object(heap, kind, object, function);
}

/* ---- freed memory ---- */

/* Returns where the filled bytes of a free block start. */
static inline uint32_t filled_start(uint32_t block)
{
    return block + HEAP_LINKED_BYTES;
}

/* Verifies the first `size` bytes of a free block, which are about to be used, and the bytes behind
   them that the header and links of the rest will overwrite. */
static inline void verify_freed(uint32_t block, uint32_t whole, uint32_t size)
{
    uint32_t end = size + HEAP_LINKED_BYTES < whole - 4u ? size + HEAP_LINKED_BYTES : whole - 4u;

    if (MM_HARDENING >= HARDEN_FULL && filled_start(block) < block + end)
        fill_verify(filled_start(block), block + end, "heap_alloc");
}

/* Verifies [start, end) of the tail, as far as it is filled, before the tail is used or
   returned. */
static inline void verify_tail(const struct heap *heap, uint32_t start, uint32_t end)
{
    uint32_t stop = end < heap->filled ? end : heap->filled;

    if (MM_HARDENING >= HARDEN_FULL && start < stop)
        fill_verify(start, stop, "heap_alloc");
}

/* Fills [start, end), which is now inside a free block or the tail. */
static inline void fill_range(uint32_t start, uint32_t end)
{
    if (MM_HARDENING >= HARDEN_FULL)
        fill_freed(start, end);
}

#endif
