/* Cutting and merging blocks: shared by the parts of the allocator that give and take them. */
#ifndef HEAP_BLOCKS_H
#define HEAP_BLOCKS_H

#include "heap_lists.h"

/* The block size that serves a request. */
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

/* Signed: an empty span lacks even the 4 bytes before its first header. */
static inline uint32_t whole_pages_missing(const struct heap *heap, uint32_t size)
{
    int32_t missing = (int32_t)(size - (heap->end - heap->top));

    return missing > 0 ? align_up((uint32_t)missing, PAGE_SIZE) : 0;
}

/* The kind of objects for a number of bytes, by (bytes + 7) / 8. */
extern const uint8_t object_kinds[HEAP_OBJECT_MAX / HEAP_ALIGN + 2u];

/* Where used blocks of a size are counted. */
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
 * Make [block, block + size) a free block. What is before and behind it is used, and not the tail.
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

/* The tail begins with [block, top) now, all of which is filled. */
static inline void tail_take(struct heap *heap, uint32_t block)
{
    if (MM_HARDENING >= HARDEN_FULL && heap->filled < heap->top)
        heap_set_filled(heap, heap->top);
    heap_set_top(heap, block);
}

/*
 * Give [block, block + size) back, whose header is not needed any more and before which is a used
 * block: merge it with what is behind it. It is filled.
 */
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

/* Give back a used block that has this header: merge it with its free neighbours, or the tail. Its
   payload is filled. */
static inline void block_give(struct heap *heap, uint32_t block, uint32_t header)
{
    uint32_t size = header_size(header);
    uint32_t unfilled = HEAP_HEADER_BYTES;

    count_unused(heap, size);
    *word_at(block) =
        header | HEADER_FREE; /* inside a merged block it still tells of a double free */
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
 * Use the first `size` bytes of a free block that is on no list any more, before which is a used
 * block or one that stays free (flags: HEADER_PREV_FREE or 0).
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

/* A used block at the beginning of the tail, which has room for it. */
static inline uint32_t block_from_tail(struct heap *heap, uint32_t size)
{
    uint32_t block = heap->top;

    verify_tail(heap, block, block + size);
    heap_set_top(heap, block + size);
    header_write(block, size, 0);
    count_used(heap, size);
    return block;
}

/* A used block whose payload is aligned: its header, or 0: no room. See heap_aligned.c. */
uint32_t block_alloc_aligned(struct heap *heap, uint32_t size, uint32_t alignment);

/* Where block_alloc_aligned() would take it from: a free block, or the tail (0). */
uint32_t list_find_aligned(const struct heap *heap, uint32_t size, uint32_t alignment);

/* What to leave before a block so that its payload is aligned: nothing, or room for a free
   block. */
static inline uint32_t alignment_gap(uint32_t block, uint32_t alignment)
{
    uint32_t gap = (0u - block - HEAP_HEADER_BYTES) & (alignment - 1u);

    return gap == 0 || gap >= HEAP_BLOCK_MIN ? gap : gap + alignment;
}

#endif
