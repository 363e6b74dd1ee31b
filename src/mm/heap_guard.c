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
        return heap->list[list_place(at)] == block;
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

void heap_verify_leader(const struct heap *heap, uint32_t group, const char *function)
{
    expect(heap_leader_is_sound(heap, group), function, "the leader of a group is not a slab",
           group);
}

static bool is_slab(const struct heap *heap, uint32_t page)
{
    uint32_t group = heap_group(heap, page);

    if (page <= heap->start || page >= heap->top || heap->leader[group] == 0)
        return false;
    return heap_leader_is_sound(heap, group) && page_is_slab(heap, page) &&
           heap_slab_mark_is_sound(heap_slab_at(page), page);
}

static bool head_agrees(const struct heap_slab *slab, uint32_t page)
{
    uint32_t listed = slab->listed_end - HEAP_SLAB_FIRST;

    return slab->object_bytes == object_sizes[heap_slab_kind(slab, page)] &&
           slab->objects == (HEAP_SLAB_BYTES - HEAP_SLAB_FIRST) / slab->object_bytes &&
           listed % slab->object_bytes == 0 &&
           listed <= (uint32_t)slab->objects * slab->object_bytes &&
           slab->objects_used <= listed / slab->object_bytes;
}

/* Verifies the slab of an object, and that an object that was listed once is there. */
void heap_verify_object(const struct heap *heap, uint32_t object, const char *function)
{
    uint32_t page = heap_slab_page(object);
    const struct heap_slab *slab = heap_slab_at(page);

    expect(is_slab(heap, page), function, "a list of objects leads to a page that is not a slab",
           page);
    expect(head_agrees(slab, page), function, "the head of a slab is smashed", page);
    expect(heap_slab_starts_at(slab, object & PAGE_OFFSET_MASK) &&
               (object & PAGE_OFFSET_MASK) < slab->listed_end,
           function, "a slab has no object at this address", object);
}

/* Tells if there is a free object of a kind, which may be next to another one on its list. */
static bool is_free_object(const struct heap *heap, uint32_t kind, uint32_t object)
{
    const struct heap_slab *slab = heap_slab_at(heap_slab_page(object));

    return object % HEAP_ALIGN == 0 && is_slab(heap, heap_slab_page(object)) &&
           heap_slab_kind(slab, heap_slab_page(object)) == kind && !heap_object_is_used(object);
}

static bool links_agree(const struct heap *heap, uint32_t kind, uint32_t object)
{
    uint32_t next = heap_object_at(object)->next;
    uint32_t prev = heap_object_at(object)->prev;

    if (next != 0 && (!is_free_object(heap, kind, next) || heap_object_at(next)->prev != object))
        return false;
    if (prev == 0)
        return heap->object[kind] == object;
    return is_free_object(heap, kind, prev) && heap_object_at(prev)->next == object;
}

void heap_verify_free_object(const struct heap *heap, uint32_t kind, uint32_t object,
                             const char *function)
{
    heap_verify_object(heap, object, function);
    expect(is_free_object(heap, kind, object), function,
           "a list of objects leads to an object that is used, or of another kind", object);
    expect(links_agree(heap, kind, object), function, "a link of a free object is broken", object);
    fill_verify(object + HEAP_ALIGN, object + object_sizes[kind], function);
}

/* The objects have been taken from their list. */
void heap_verify_empty_slab(const struct heap *heap, uint32_t page, const char *function)
{
    const struct heap_slab *slab = heap_slab_at(page);

    expect(is_slab(heap, page) && head_agrees(slab, page), function,
           "the head of a slab is smashed", page);
    for (uint32_t word = 0; word < HEAP_SLAB_WORDS; word++)
        expect(slab->used[word] == 0, function, "the head of a slab is smashed", page);
    fill_verify(page + HEAP_SLAB_FIRST, page + HEAP_SLAB_BYTES, function);
}
