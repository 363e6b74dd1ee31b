/* The checks of slabs (heap_slabs.h). */
#include "bits.h"
#include "heap_check.h"

/* ---- one slab ---- */

static const char *check_head(const struct heap_slab *slab, uint32_t page)
{
    uint32_t listed = slab->listed_end - HEAP_SLAB_FIRST;

    if (slab->object_bytes != object_sizes[heap_slab_kind(slab, page)])
        return "heap: a slab's object size is wrong";
    if (slab->objects != (HEAP_SLAB_BYTES - HEAP_SLAB_FIRST) / slab->object_bytes)
        return "heap: a slab's number of objects is not that which fits";
    if (listed % slab->object_bytes != 0 || listed > (uint32_t)slab->objects * slab->object_bytes)
        return "heap: a slab's listed_end is not the end of an object";
    return NULL;
}

/* Used objects must start where objects start that were on the list once. */
static const char *check_used(const struct heap_slab *slab)
{
    uint32_t used = 0;

    for (uint32_t at = 0; at < PAGE_SIZE; at += HEAP_ALIGN) {
        if ((slab->used[heap_slab_word(at)] >> heap_slab_bit(at) & 1u) == 0)
            continue;
        if (!heap_slab_starts_at(slab, at) || at >= slab->listed_end)
            return "heap: a slab has no object at this address";
        used++;
    }
    if (slab->objects_used != used)
        return "heap: a slab's count of used objects is wrong";
    return used != 0 ? NULL : "heap: a slab has no used object";
}

/* The map of a slab that is no leader is not used, but it must not look as if it were. */
static const char *check_map(const struct heap *heap, uint32_t page)
{
    if (heap_leader_page(heap, heap_group(heap, page)) == page)
        return NULL;
    for (uint32_t word = 0; word < HEAP_GROUP_PAGES / 32u; word++)
        if (heap_slab_at(page)->map[word] != 0)
            return "heap: a slab that leads no group has a map";
    return NULL;
}

static const char *count_slab(uint32_t page, struct heap_walk *walk)
{
    const struct heap_slab *slab = heap_slab_at(page);
    uint32_t kind = heap_slab_kind(slab, page);
    uint32_t listed = (slab->listed_end - HEAP_SLAB_FIRST) / slab->object_bytes;

    walk->slabs++;
    walk->listed[kind] += listed - slab->objects_used;
    walk->free_bytes += (uint32_t)(slab->objects - slab->objects_used) * slab->object_bytes;
    if (listed == slab->objects)
        return NULL;
    if (walk->newest[kind] != 0)
        return "heap: two slabs of a kind have objects that were never on the list";
    walk->newest[kind] = page + slab->listed_end - slab->object_bytes;
    return NULL;
}

const char *heap_check_slab(const struct heap *heap, uint32_t block, uint32_t size,
                            struct heap_walk *walk)
{
    uint32_t page = payload(block).value;
    const struct heap_slab *slab = heap_slab_at(page);

    if (page % PAGE_SIZE != 0 || size < HEAP_SLAB_BLOCK_BYTES ||
        size - HEAP_SLAB_BLOCK_BYTES >= HEAP_BLOCK_MIN)
        return "heap: a slab's block does not have the size of a slab";
    if (!heap_slab_mark_is_sound(slab, page))
        return "heap: a slab's mark is wrong";
    const char *broken = check_head(slab, page);
    if (broken == NULL)
        broken = check_used(slab);
    if (broken == NULL)
        broken = check_map(heap, page);
    return broken != NULL ? broken : count_slab(page, walk);
}

/* ---- the maps ---- */

const char *heap_check_leaders(const struct heap *heap)
{
    for (uint32_t group = 0; group < HEAP_GROUPS; group++)
        if (heap->leader[group] != 0 && !heap_leader_is_sound(heap, group))
            return "heap: the leader of a group is not a slab";
    if (heap->slab_freed_in != HEAP_NO_SLAB &&
        (heap->slab_freed_in % PAGE_SIZE != 0 || !page_is_slab(heap, heap->slab_freed_in)))
        return "heap: slab_freed_in is not a slab";
    return NULL;
}

static uint32_t count_pages(const struct heap *heap)
{
    uint32_t count = 0;

    for (uint32_t group = 0; group < HEAP_GROUPS; group++)
        for (uint32_t word = 0; heap->leader[group] != 0 && word < HEAP_GROUP_PAGES / 32u; word++)
            count += count_bits(heap_slab_at(heap_leader_page(heap, group))->map[word]);
    return count;
}

/* ---- the lists of objects ---- */

static const char *check_listed(const struct heap *heap, uint32_t object, uint32_t kind)
{
    uint32_t page = heap_slab_page(object);
    const struct heap_slab *slab = heap_slab_at(page);

    if (object % HEAP_ALIGN != 0 || page <= heap->start || page >= heap->top ||
        !page_is_slab(heap, page))
        return "heap: a list of objects leads to a page that is not a slab";
    if (heap_slab_kind(slab, page) != kind)
        return "heap: an object is on the list of another kind";
    if (!heap_slab_starts_at(slab, object - page) || object - page >= slab->listed_end)
        return "heap: a list leads to an address where no object starts";
    return heap_object_is_used(object) ? "heap: a used object is on a list" : NULL;
}

/* Walks one list. The walk ends: each link back is checked, so no object can have two objects
   before it. */
static const char *check_list(const struct heap *heap, uint32_t kind, const struct heap_walk *walk)
{
    uint32_t prev = 0;
    uint32_t met = 0;

    for (uint32_t object = heap->object[kind]; object != 0; met++) {
        const char *broken = check_listed(heap, object, kind);
        if (broken != NULL)
            return broken;
        if (heap_object_at(object)->prev != prev)
            return "heap: an object's link back is wrong";
        prev = object;
        object = heap_object_at(object)->next;
    }
    if (met != walk->listed[kind])
        return "heap: a free object is on no list";
    if (walk->newest[kind] != 0 && walk->newest[kind] != prev)
        return "heap: the newest object of a slab is not the last of its list";
    return NULL;
}

const char *heap_check_slabs(const struct heap *heap, const struct heap_walk *walk)
{
    if (count_pages(heap) != walk->slabs)
        return "heap: a page that is not a slab is marked as one";
    for (uint32_t kind = 0; kind < HEAP_OBJECT_KINDS; kind++) {
        if (heap->small_used[kind] != walk->small_used[kind])
            return "heap: used blocks of a small size are miscounted";
        const char *broken = check_list(heap, kind, walk);
        if (broken != NULL)
            return broken;
    }
    return NULL;
}
