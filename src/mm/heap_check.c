#include "heap_check.h"

static const char *check_span(const struct heap *heap)
{
    if (heap->start == 0 || heap->start % PAGE_SIZE != 0 || heap->end % PAGE_SIZE != 0)
        return "heap: the span is not made of whole pages";
    if (MM_HARDENING >= HARDEN_FULL && heap->tally != heap_tally(heap))
        return "heap: the tally disagrees with the bounds";
    if (heap->end < heap->start)
        return "heap: the span ends before it starts";
    if (heap->top < heap_first(heap) || heap->top % HEAP_ALIGN != HEAP_HEADER_BYTES)
        return "heap: the tail does not begin where a header could stand";
    if (heap->top > heap->end && heap->top != heap_first(heap))
        return "heap: the tail begins beyond the span";
    return NULL;
}

/* Checks one header, by itself and against the block before it. */
static const char *check_header(const struct heap *heap, uint32_t block, bool before_free)
{
    uint32_t header = *word_at(block);
    uint32_t size = header_size(header);

    if (!header_tag_matches(header, block))
        return "heap: a header's tag is wrong";
    if (size < HEAP_BLOCK_MIN)
        return "heap: a block is smaller than the smallest";
    if (size > heap->top - block)
        return "heap: a block reaches into the tail";
    if (((header & HEADER_PREV_FREE) != 0) != before_free)
        return "heap: a header disagrees with the block before it";
    if ((header & HEADER_FREE) == 0)
        return NULL;
    if (before_free)
        return "heap: two free blocks touch";
    if (block + size == heap->top)
        return "heap: the block before the tail is free";
    if (*size_at_end(block, size) != size)
        return "heap: a free block's size at its end is wrong";
    return NULL;
}

static const char *count_block(const struct heap *heap, uint32_t block, struct heap_walk *walk)
{
    uint32_t header = *word_at(block);
    uint32_t size = header_size(header);

    if ((header & HEADER_FREE) != 0) {
        walk->free_blocks++;
        walk->free_bytes += size;
        return NULL;
    }
    walk->small_used[small_kind(size)]++;
    return page_is_slab(heap, payload(block).value) ? heap_check_slab(heap, block, size, walk)
                                                    : NULL;
}

static const char *check_blocks(const struct heap *heap, struct heap_walk *walk)
{
    bool before_free = false;

    for (uint32_t block = heap_first(heap); block != heap->top;) {
        uint32_t header = *word_at(block);
        const char *broken = check_header(heap, block, before_free);
        if (broken == NULL)
            broken = count_block(heap, block, walk);
        if (broken != NULL)
            return broken;
        before_free = (header & HEADER_FREE) != 0;
        block += header_size(header);
    }
    return NULL;
}

static const char *check_listed(const struct heap *heap, uint32_t block, struct list_index at)
{
    if (block < heap_first(heap) || block >= heap->top || block % HEAP_ALIGN != HEAP_HEADER_BYTES)
        return "heap: a list leads out of the heap";
    uint32_t header = *word_at(block);
    if (!header_tag_matches(header, block) || (header & HEADER_FREE) == 0)
        return "heap: a list leads to a block that is not free";
    struct list_index right = list_of(header_size(header));
    if (right.size_class != at.size_class || right.list != at.list)
        return "heap: a free block is on the list of another size";
    return NULL;
}

/* Walks one list. *budget is the number of free blocks that the remaining lists may contain, so
   that the walk ends even if the links form a ring. */
static const char *check_list(const struct heap *heap, struct list_index at, uint32_t *budget)
{
    uint32_t prev = 0;

    for (uint32_t block = heap->list[list_place(at)]; block != 0;) {
        const char *broken = check_listed(heap, block, at);
        if (broken != NULL)
            return broken;
        if (*word_at(block + LINK_PREV) != prev)
            return "heap: a link back is wrong";
        if (*budget == 0)
            return "heap: the lists hold more blocks than are free";
        --*budget;
        prev = block;
        block = *word_at(block + LINK_NEXT);
    }
    return NULL;
}

static uint32_t lists_of_class(uint32_t size_class)
{
    uint32_t first = size_class * HEAP_LISTS;

    return HEAP_LISTS_USED - first < HEAP_LISTS ? HEAP_LISTS_USED - first : HEAP_LISTS;
}

static const char *check_lists(const struct heap *heap, uint32_t free_blocks)
{
    for (uint32_t size_class = 0; size_class < HEAP_CLASSES; size_class++) {
        uint32_t any = 0;
        for (uint32_t list = 0; list < lists_of_class(size_class); list++) {
            struct list_index at = {size_class, list};
            any |= (uint32_t)(heap->list[list_place(at)] != 0) << list;
            const char *broken = check_list(heap, at, &free_blocks);
            if (broken != NULL)
                return broken;
        }
        if (heap->lists_any[size_class] != any)
            return "heap: lists_any disagrees with the lists";
        if ((heap->classes_any >> size_class & 1u) != (any != 0))
            return "heap: classes_any disagrees with lists_any";
    }
    if (heap->classes_any >> HEAP_CLASSES != 0)
        return "heap: classes_any names a class above the largest";
    return free_blocks == 0 ? NULL : "heap: a free block is on no list";
}

const char *heap_check(const struct heap *heap)
{
    struct heap_walk walk = {0};
    const char *broken = check_span(heap);

    if (broken == NULL)
        broken = heap_check_leaders(heap);
    if (broken == NULL)
        broken = check_blocks(heap, &walk);
    if (broken == NULL)
        broken = check_lists(heap, walk.free_blocks);
    if (broken == NULL)
        broken = heap_check_slabs(heap, &walk);
    if (broken != NULL)
        return broken;
    walk.free_bytes += heap->end > heap->top ? heap->end - heap->top : 0;
    return walk.free_bytes == heap->free_bytes ? NULL
                                               : "heap: free_bytes disagrees with the blocks";
}
