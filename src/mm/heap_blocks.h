/* Splits and merges blocks. The functions are constant time. */
#ifndef HEAP_BLOCKS_H
#define HEAP_BLOCKS_H

#include "heap_lists.h"

/* Returns the block size for a request. */
static inline uint32_t block_size(uint32_t bytes)
{
    uint32_t size = align_up(bytes + HEAP_HEADER_BYTES, HEAP_ALIGN);

    return size > HEAP_BLOCK_MIN ? size : HEAP_BLOCK_MIN;
}

static inline vaddr_t payload(uint32_t block)
{
    return vaddr(block + HEAP_HEADER_BYTES);
}

static inline uint32_t tail_room(const struct heap *heap)
{
    return heap->end > heap->top ? heap->end - heap->top : 0;
}

/* Returns how many bytes, in whole pages, a block of this size lacks. The difference is signed
   because an empty span lacks even the 4 bytes before its first header. */
static inline uint32_t whole_pages_missing(const struct heap *heap, uint32_t size)
{
    int32_t missing = (int32_t)(size - (heap->end - heap->top));

    return missing > 0 ? align_up((uint32_t)missing, PAGE_SIZE) : 0;
}

/* The kind of objects for a number of bytes, by (bytes + 7) / 8. */
extern const uint8_t object_kinds[HEAP_OBJECT_MAX / HEAP_ALIGN + 2u];

/* Returns the index of the counter for used blocks of a size. */
static inline uint32_t small_kind(uint32_t size)
{
    return size <= HEAP_OBJECT_MAX + HEAP_ALIGN ? object_kinds[size / HEAP_ALIGN] : 0;
}

static inline void count_used(struct heap *heap, uint32_t size)
{
    heap->free_bytes -= size;
    heap->small_used[small_kind(size)]++;
}

static inline void count_unused(struct heap *heap, uint32_t size)
{
    heap->free_bytes += size;
    heap->small_used[small_kind(size)]--;
}

/*
 * Makes [block, block + size) a free block. The blocks before and after it are used, and it is not
 * followed by the tail.
 *
 *     | used | block            | used |PF .|    becomes   | used | free ... size | used |PF 1|
 */
static inline void block_make_free(struct heap *heap, uint32_t block, uint32_t size)
{
    header_write(block, size, HEADER_FREE);
    *size_at_end(block, size) = size;
    *word_at(block + size) |= HEADER_PREV_FREE;
    list_insert(heap, block, size);
}

/* Moves the start of the tail down to a block, whose bytes are filled. */
static inline void tail_take(struct heap *heap, uint32_t block)
{
    if (MM_HARDENING >= HARDEN_FULL && heap->filled < heap->top)
        heap_set_filled(heap, heap->top);
    heap_set_top(heap, block);
}

/* Frees [block, block + size), whose header is no longer needed: merges it with a free block or the
   tail behind it. The block before it is used. Its bytes are filled. */
static inline void block_release(struct heap *heap, uint32_t block, uint32_t size)
{
    uint32_t next = block + size;

    if (next == heap->top) {
        tail_take(heap, block);
        return;
    }
    uint32_t header = *word_at(next);
    if ((header & HEADER_FREE) != 0) {
        list_remove(heap, next, header_size(header));
        fill_range(next, next + HEAP_LINKED_BYTES);
        size += header_size(header);
    }
    block_make_free(heap, block, size);
}

/* Frees a used block that has this header: merges it with its free neighbours, or the tail. Its
   payload is filled. */
static inline void block_give(struct heap *heap, uint32_t block, uint32_t header)
{
    uint32_t size = header_size(header);
    uint32_t unfilled = HEAP_HEADER_BYTES;

    count_unused(heap, size);
    *word_at(block) =
        header | HEADER_FREE; /* so that a double free inside a merged block is detected */
    if ((header & HEADER_PREV_FREE) != 0) {
        uint32_t before = *word_at(block - 4u);
        block -= before;
        size += before;
        list_remove(heap, block, before);
        fill_range(block + before - 4u, block + before + HEAP_HEADER_BYTES);
        unfilled = HEAP_LINKED_BYTES;
    }
    fill_range(block, block + unfilled);
    block_release(heap, block, size);
}

/*
 * Allocates the first `size` bytes of a free block that is no longer on a list. flags is
 * HEADER_PREV_FREE if the block before it stays free, else 0.
 *
 *     | free          size | used |PF 1|    becomes   | used | free   size | used |PF 1|
 *                                            or       | used              | used |PF 0|
 */
static inline void block_use(struct heap *heap, uint32_t block, uint32_t whole, uint32_t size,
                             uint32_t flags)
{
    if (whole - size >= HEAP_BLOCK_MIN) {
        header_write(block + size, whole - size, HEADER_FREE);
        *size_at_end(block, whole) = whole - size;
        list_insert(heap, block + size, whole - size);
    } else {
        size = whole;
        *word_at(block + whole) &= ~HEADER_PREV_FREE;
    }
    header_write(block, size, flags);
    count_used(heap, size);
}

/* Allocates a block at the start of the tail, which has room for it. */
static inline uint32_t block_from_tail(struct heap *heap, uint32_t size)
{
    uint32_t block = heap->top;

    verify_tail(heap, block, block + size);
    heap_set_top(heap, block + size);
    header_write(block, size, 0);
    count_used(heap, size);
    return block;
}

/* Allocates a block whose payload is aligned. Returns its header, or 0 if there is no room. See
   heap_aligned.c. */
uint32_t block_alloc_aligned(struct heap *heap, uint32_t size, uint32_t alignment);

/* Returns the free block from which block_alloc_aligned() would take it, or 0 for the tail. */
uint32_t list_find_aligned(const struct heap *heap, uint32_t size, uint32_t alignment);

/* Returns how many bytes to leave before a block so that its payload is aligned: 0, or room for a
   free block. */
static inline uint32_t alignment_gap(uint32_t block, uint32_t alignment)
{
    uint32_t gap = (0u - block - HEAP_HEADER_BYTES) & (alignment - 1u);

    return gap == 0 || gap >= HEAP_BLOCK_MIN ? gap : gap + alignment;
}

#endif
