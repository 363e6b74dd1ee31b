/* The layout of blocks and lists in memory, for the allocator and its checker. A block is
   identified by the address of its header. */
#ifndef HEAP_LAYOUT_H
#define HEAP_LAYOUT_H

#include <mm/heap.h>
#include <mm/machine.h>

#include "fill.h"
#include "seal.h"

#define HEADER_FREE       0x1u
#define HEADER_PREV_FREE  0x2u
#define HEADER_TAG_MASK   0x1cu
#define HEADER_SIZE_SHIFT 2u /* the size is a multiple of 8, and its bit 3 lies at bit 5 */

#define LINK_NEXT 4u /* offset from the header of a free block */
#define LINK_PREV 8u

_Static_assert(LINK_PREV + 4u == HEAP_LINKED_BYTES, "links follow the header");
_Static_assert(HEAP_LINKED_BYTES + 4u == HEAP_BLOCK_MIN,
               "the smallest free block has room for its links and its size");
_Static_assert(HEAP_REQUEST_MAX + HEAP_HEADER_BYTES < 1u << 30,
               "27 bits hold a size in units of 8 bytes");

static inline uint32_t *word_at(uint32_t address)
{
    return machine_pointer(vaddr(address));
}

/* Returns the top 3 bits of the address times 2^32 / phi (Knuth, TAOCP vol. 3, 6.4), at bits
   2-4. */
static inline uint32_t header_tag(uint32_t block)
{
    return block * 0x9e3779b1u >> 27 & HEADER_TAG_MASK;
}

static inline uint32_t header_size(uint32_t header)
{
    return header >> HEADER_SIZE_SHIFT & ~(HEAP_ALIGN - 1u);
}

static inline bool header_tag_matches(uint32_t header, uint32_t block)
{
    return (header & HEADER_TAG_MASK) == header_tag(block);
}

static inline void header_write(uint32_t block, uint32_t size, uint32_t flags)
{
    *word_at(block) = size << HEADER_SIZE_SHIFT | header_tag(block) | flags;
}

/* Returns the last word of a free block, which holds its size for the block behind it. */
static inline uint32_t *size_at_end(uint32_t block, uint32_t size)
{
    return word_at(block + size - 4u);
}

/* Returns the address of the first header of a heap. */
static inline uint32_t heap_first(const struct heap *heap)
{
    return heap->start + HEAP_HEADER_BYTES;
}

/* Move the start of the tail, the end of the span, or the end of the filled bytes. */
static inline void heap_set_top(struct heap *heap, uint32_t top)
{
    if (MM_HARDENING >= HARDEN_FULL)
        heap->tally ^= tally_of(1, heap->top) ^ tally_of(1, top);
    heap->top = top;
}

static inline void heap_set_end(struct heap *heap, uint32_t end)
{
    if (MM_HARDENING >= HARDEN_FULL)
        heap->tally ^= tally_of(2, heap->end) ^ tally_of(2, end);
    heap->end = end;
}

static inline void heap_set_filled(struct heap *heap, uint32_t filled)
{
    heap->tally ^= tally_of(3, heap->filled) ^ tally_of(3, filled);
    heap->filled = filled;
}

static inline uint32_t heap_tally(const struct heap *heap)
{
    return tally_of(0, heap->start) ^ tally_of(1, heap->top) ^ tally_of(2, heap->end) ^
           tally_of(3, heap->filled);
}

/* Sizes below this share one class, with the steps of the next class. */
#define LINEAR_BYTES 256u

/* Below this size, a list holds blocks of one size only. */
#define LIST_EXACT_BYTES (2u * LINEAR_BYTES)

/* Returns log2 of the step between the lists for sizes like this one: 8 bytes below 512, 1/32 of
   the power of two above. */
static inline uint32_t list_step_log2(uint32_t size)
{
    return 26u - (uint32_t)__builtin_clz(size | LINEAR_BYTES);
}

struct list_index {
    uint32_t size_class;
    uint32_t list;
};

/* Returns the list of free blocks of a size. It has no branch, because sizes are unpredictable. */
static inline struct list_index list_of(uint32_t size)
{
    uint32_t step_log2 = list_step_log2(size);

    return (struct list_index){step_log2 - 2u - (size < LINEAR_BYTES),
                               (size >> step_log2) % HEAP_LISTS};
}

_Static_assert((HEAP_REQUEST_MAX + LARGE_PAGE_SIZE + 4u * HEAP_ALIGN) >> 24 == 0x30u,
               "the largest size that is looked for has the last list");

/* Returns the place of a list in heap->list. */
static inline uint32_t list_place(struct list_index at)
{
    return at.size_class * HEAP_LISTS + at.list;
}

#endif
