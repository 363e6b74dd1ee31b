/* The checks of slabs (heap_slabs.h). */
#include "heap_check.h"

/* Are the bits of a place in a slab right? Where an object starts, exactly one of them must be set;
   elsewhere none. */
static bool bits_are_right(const struct heap_slab *slab, uint32_t at, bool starts)
{
    const struct heap_slab_bits *bits = &slab->bits[heap_slab_word(at)];
    bool is_used = (bits->used & heap_slab_bit(at)) != 0;
    bool is_free = (bits->free & heap_slab_bit(at)) != 0;

    return starts ? is_used != is_free : !is_used && !is_free;
}

static const char *check_bits(const struct heap_slab *slab)
{
    uint32_t start = sizeof(struct heap_slab);

    for (uint32_t at = 0; at < PAGE_SIZE; at += HEAP_ALIGN) {
        bool starts = at == start && at + slab->object_bytes <= HEAP_SLAB_BYTES;
        if (!bits_are_right(slab, at, starts))
            return starts ? "heap: an object is neither used nor free, or is both"
                          : "heap: a slab has no object at this address";
        start += starts ? slab->object_bytes : 0;
    }
    return NULL;
}

static uint32_t count_free(const struct heap_slab *slab)
{
    uint32_t count = 0;

    for (uint32_t word = 0; word < HEAP_SLAB_WORDS; word++)
        for (uint32_t bits = slab->bits[word].free; bits != 0; bits &= bits - 1u)
            count++;
    return count;
}

static const char *check_counts(const struct heap_slab *slab)
{
    uint32_t words_free = 0;

    for (uint32_t word = 0; word < HEAP_SLAB_WORDS; word++)
        words_free |= (uint32_t)(slab->bits[word].free != 0) << word;
    if (slab->words_free != words_free)
        return "heap: a slab's words_free disagrees with its free objects";
    if (slab->objects != (HEAP_SLAB_BYTES - sizeof(struct heap_slab)) / slab->object_bytes)
        return "heap: a slab's number of objects is not that which fits";
    if (slab->objects_used != slab->objects - count_free(slab))
        return "heap: a slab's count of used objects is wrong";
    return slab->objects_used != 0 ? NULL : "heap: a slab has no used object";
}

const char *heap_check_slab(uint32_t block, uint32_t size, struct heap_walk *walk)
{
    uint32_t page = payload(block).value;
    const struct heap_slab *slab = heap_slab_at(page);

    if (page % PAGE_SIZE != 0 || size < HEAP_SLAB_BLOCK_BYTES ||
        size - HEAP_SLAB_BLOCK_BYTES >= HEAP_BLOCK_MIN)
        return "heap: a slab's block does not have the size of a slab";
    if (!heap_slab_mark_is_sound(slab, page))
        return "heap: a slab's mark is wrong";
    if (slab->object_bytes != object_sizes[heap_slab_kind(slab)])
        return "heap: a slab's object size is wrong";
    const char *broken = check_bits(slab);
    if (broken == NULL)
        broken = check_counts(slab);
    walk->slabs++;
    walk->slabs_linked[heap_slab_kind(slab)] += slab->words_free != 0;
    walk->free_bytes += count_free(slab) * slab->object_bytes;
    return broken;
}

static const char *check_linked(const struct heap *heap, uint32_t page, uint32_t kind)
{
    if (page % PAGE_SIZE != 0 || page >= heap->top || !page_is_slab(heap, page))
        return "heap: a list of slabs leads to a page that is not a slab";
    if (heap_slab_kind(heap_slab_at(page)) != kind)
        return "heap: a slab is on the list of another kind";
    return heap_slab_at(page)->words_free != 0 ? NULL : "heap: a full slab is on a list";
}

/* Walks one ring, which should contain `slabs` slabs. The walk ends where it began: each link back
   is checked, so no slab can have two slabs before it. */
static const char *check_list(const struct heap *heap, uint32_t kind, uint32_t slabs)
{
    uint32_t first = heap->slab[kind];
    uint32_t met = 0;

    for (uint32_t page = first; page != 0;) {
        const char *broken = check_linked(heap, page, kind);
        if (broken == NULL)
            broken = check_linked(heap, heap_slab_at(page)->next, kind);
        if (broken != NULL)
            return broken;
        if (heap_slab_at(heap_slab_at(page)->next)->prev != page)
            return "heap: a slab's link back is wrong";
        met++;
        page = heap_slab_at(page)->next != first ? heap_slab_at(page)->next : 0;
    }
    return met == slabs ? NULL : "heap: a slab with a free object is on no list";
}

static uint32_t count_pages(const struct heap *heap)
{
    uint32_t count = 0;

    for (uint32_t word = 0; word < HEAP_PAGES_MAX / 32u; word++)
        for (uint32_t bits = heap->is_slab[word]; bits != 0; bits &= bits - 1u)
            count++;
    return count;
}

const char *heap_check_slabs(const struct heap *heap, const struct heap_walk *walk)
{
    if (count_pages(heap) != walk->slabs)
        return "heap: a page that is not a slab is marked as one";
    for (uint32_t kind = 0; kind < HEAP_OBJECT_KINDS; kind++) {
        if (heap->small_used[kind] != walk->small_used[kind])
            return "heap: used blocks of a small size are miscounted";
        const char *broken = check_list(heap, kind, walk->slabs_linked[kind]);
        if (broken != NULL)
            return broken;
    }
    return NULL;
}
