#include "heap_guard.h"

#include "expect.h"
#include "heap_slabs.h"

void heap_verify_bounds(const struct heap *heap, const char *function)
{
    expect(heap->tally == heap_tally(heap), function, "the bounds of the heap are smashed",
           heap->start);
}

/* ---- free blocks ---- */

/* Is this the header of a free block that lies in the heap? */
static bool is_free(const struct heap *heap, uint32_t block)
{
    if (block < heap_first(heap) || block >= heap->top || block % HEAP_ALIGN != HEAP_HEADER_BYTES)
        return false;
    uint32_t header = *word_at(block);
    return header_tag_matches(header, block) && (header & HEADER_FREE) != 0 &&
           header_size(header) >= HEAP_BLOCK_MIN && header_size(header) < heap->top - block;
}

static uint32_t link_at(uint32_t block, uint32_t link)
{
    return *word_at(block + link);
}

void heap_verify_free(const struct heap *heap, uint32_t block, const char *function)
{
    expect(is_free(heap, block), function,
           "a list of free blocks leads to a block that is not free", block);
}

void heap_verify_first(const struct heap *heap, uint32_t block, const char *function)
{
    heap_verify_free(heap, block, function);
    expect(link_at(block, LINK_PREV) == 0, function,
           "the first element of a list has a predecessor", block);
}

/* Do the header of a free block, the size at its end, and the header behind it agree? */
static bool agrees_in_memory(uint32_t block)
{
    uint32_t size = header_size(*word_at(block));
    uint32_t behind = *word_at(block + size);

    return *size_at_end(block, size) == size && header_tag_matches(behind, block + size) &&
           (behind & HEADER_PREV_FREE) != 0;
}

static bool agrees_in_list(const struct heap *heap, uint32_t block)
{
    struct list_index at = list_of(header_size(*word_at(block)));
    uint32_t next = link_at(block, LINK_NEXT);
    uint32_t prev = link_at(block, LINK_PREV);

    if (next != 0 && (!is_free(heap, next) || link_at(next, LINK_PREV) != block))
        return false;
    if (prev == 0)
        return heap->list[at.size_class][at.list] == block;
    return is_free(heap, prev) && link_at(prev, LINK_NEXT) == block;
}

void heap_verify_listed(const struct heap *heap, uint32_t block, const char *function)
{
    heap_verify_free(heap, block, function);
    expect(agrees_in_memory(block), function, "a free block and the block behind it disagree",
           block);
    expect(agrees_in_list(heap, block), function, "a link of a free block is broken", block);
}

/* ---- slabs ---- */

static bool is_slab(const struct heap *heap, uint32_t page)
{
    return page % PAGE_SIZE == 0 && page > heap->start && page < heap->top &&
           page_is_slab(heap, page) && heap_slab_mark_is_sound(heap_slab_at(page), page);
}

static bool counts_agree(const struct heap_slab *slab)
{
    return slab->object_bytes == object_sizes[heap_slab_kind(slab)] &&
           slab->objects_used <= slab->objects &&
           slab->objects == (HEAP_SLAB_BYTES - sizeof(struct heap_slab)) / slab->object_bytes &&
           slab->words_free >> HEAP_SLAB_WORDS == 0 &&
           (slab->words_free == 0) == (slab->objects_used == slab->objects);
}

void heap_verify_slab(const struct heap *heap, uint32_t page, const char *function)
{
    expect(is_slab(heap, page), function, "a list of slabs leads to a page that is not a slab",
           page);
    expect(counts_agree(heap_slab_at(page)), function, "the head of a slab is smashed", page);
}

void heap_verify_ring(const struct heap *heap, uint32_t page, const char *function)
{
    uint32_t next = heap_slab_at(page)->next;
    uint32_t prev = heap_slab_at(page)->prev;

    expect(is_slab(heap, next) && heap_slab_at(next)->prev == page && is_slab(heap, prev) &&
               heap_slab_at(prev)->next == page,
           function, "a link of a slab is broken", page);
}

/* Panics unless an object starts there, and exactly one of its two bits is set. */
void heap_verify_object(const struct heap *heap, uint32_t object, const char *function)
{
    uint32_t page = object & ~PAGE_OFFSET_MASK;
    uint32_t offset = object & PAGE_OFFSET_MASK;

    heap_verify_slab(heap, page, function);
    const struct heap_slab *slab = heap_slab_at(page);
    const struct heap_slab_bits *bits = &slab->bits[heap_slab_word(object)];
    expect(offset >= sizeof(struct heap_slab) && offset + slab->object_bytes <= HEAP_SLAB_BYTES &&
               (offset - sizeof(struct heap_slab)) % slab->object_bytes == 0,
           function, "a slab has no object at this address", object);
    expect(((bits->used ^ bits->free) & heap_slab_bit(object)) != 0, function,
           "an object is neither used nor free, or is both", object);
}

void heap_verify_free_object(const struct heap *heap, uint32_t page, uint32_t object)
{
    expect((object & ~PAGE_OFFSET_MASK) == page &&
               (heap_slab_at(page)->bits[heap_slab_word(object)].free & heap_slab_bit(object)) != 0,
           "heap_alloc", "a slab's words_free disagrees with its free objects", page);
    heap_verify_object(heap, object, "heap_alloc");
    fill_verify(object, object + heap_slab_at(page)->object_bytes, "heap_alloc");
}

void heap_verify_empty_slab(const struct heap *heap, uint32_t page, const char *function)
{
    const struct heap_slab *slab = heap_slab_at(page);
    struct heap_slab_bits bits[HEAP_SLAB_WORDS] = {{0, 0}};
    uint32_t start = sizeof(struct heap_slab);

    heap_verify_slab(heap, page, function);
    for (uint32_t at = start; at + slab->object_bytes <= HEAP_SLAB_BYTES; at += slab->object_bytes)
        bits[heap_slab_word(at)].free |= heap_slab_bit(at);
    for (uint32_t word = 0; word < HEAP_SLAB_WORDS; word++)
        expect(slab->bits[word].used == 0 && slab->bits[word].free == bits[word].free &&
                   (slab->words_free >> word & 1u) == (bits[word].free != 0),
               function, "the head of a slab is smashed", page);
    fill_verify(page + start, page + HEAP_SLAB_BYTES, function);
}
