/* Blocks whose payload is aligned to more than 8 bytes. */
#include "heap_blocks.h"

/* The number of free blocks that are tried first: one that was freed after a request of the same
   size and alignment fits without a gap. */
#define ALIGNED_PROBES 8u

uint32_t list_find_aligned(const struct heap *heap, uint32_t size, uint32_t alignment)
{
    struct list_index at = list_of(size);
    uint32_t block = heap->list[list_place(at)];

    for (uint32_t probe = 0; block != 0 && probe < ALIGNED_PROBES; probe++) {
        guard_free(heap, block, "heap_alloc");
        if (alignment_gap(block, alignment) + size <= header_size(*word_at(block)))
            return block;
        block = *word_at(block + LINK_NEXT);
    }
    return list_find(heap, size + alignment + HEAP_ALIGN);
}

/*
 * Takes an aligned block out of a free one:
 *
 *                | free                                 | used |
 *     becomes    | free gap | used, aligned | free rest | used |
 */
static uint32_t alloc_from_free(struct heap *heap, uint32_t block, uint32_t size, uint32_t gap)
{
    uint32_t whole = header_size(*word_at(block));

    list_remove(heap, block, whole);
    verify_freed(block, whole, gap + size);
    block_use(heap, block + gap, whole - gap, size, 0);
    if (gap != 0)
        block_make_free(heap, block, gap);
    return block + gap;
}

/*
 * Takes an aligned block out of the tail:
 *
 *     | used | tail      becomes    | used | free gap | used, aligned | tail
 */
static uint32_t alloc_from_tail(struct heap *heap, uint32_t size, uint32_t gap)
{
    uint32_t block = heap->top;

    if (tail_room(heap) < gap + size)
        return 0;
    verify_tail(heap, block, block + gap);
    heap_set_top(heap, block + gap);
    block_from_tail(heap, size);
    if (gap != 0) {
        fill_range(block, block + gap);
        block_make_free(heap, block, gap);
    }
    return block + gap;
}

uint32_t block_alloc_aligned(struct heap *heap, uint32_t size, uint32_t alignment)
{
    uint32_t block = list_find_aligned(heap, size, alignment);

    if (block != 0)
        return alloc_from_free(heap, block, size, alignment_gap(block, alignment));
    return alloc_from_tail(heap, size, alignment_gap(heap->top, alignment));
}
