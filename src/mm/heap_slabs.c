#include "heap_slabs.h"

// clang-format off
const uint16_t object_sizes[HEAP_OBJECT_KINDS] = {
    0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120,
    128, 136, 144, 152, 160, 168, 176, 184, 192, 200, 208, 216, 224, 232, 240, 248,
    256, 280, 296, 328, 352, 392, 432, 488,
};

const uint8_t object_kinds[HEAP_OBJECT_MAX / HEAP_ALIGN + 2u] = {
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
    16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
    32, 33, 33, 33, 34, 34, 35, 35, 35, 35, 36, 36, 36, 37, 37, 37,
    37, 37, 38, 38, 38, 38, 38, 39, 39, 39, 39, 39, 39, 39, 39,
};
// clang-format on

static uint32_t objects_bytes(const struct heap_slab *slab)
{
    return (uint32_t)slab->objects * slab->object_bytes;
}

/* ---- the maps ---- */

/* Changes the bit of a page in the map of its group, which has a leader. */
static void map_flip(const struct heap *heap, uint32_t page)
{
    uint32_t bit = (page - heap->start) >> PAGE_SHIFT;
    struct heap_slab *leader = heap_slab_at(heap_leader_page(heap, heap_group(heap, page)));

    leader->map[bit % HEAP_GROUP_PAGES / 32u] ^= 1u << bit % 32u;
}

static void map_add(struct heap *heap, uint32_t page)
{
    uint32_t group = heap_group(heap, page);

    if (heap->leader[group] == 0)
        heap->leader[group] =
            (uint16_t)(((page - heap->start) >> PAGE_SHIFT) % HEAP_GROUP_PAGES + 1u);
    else
        guard_leader(heap, group, "heap_alloc");
    map_flip(heap, page);
}

/* Moves the map of a group to the first slab in it, or drops it if there is none. */
static void map_move(struct heap *heap, uint32_t group)
{
    const struct heap_slab *old = heap_slab_at(heap_leader_page(heap, group));
    uint32_t word = 0;

    while (word < HEAP_GROUP_PAGES / 32u && old->map[word] == 0)
        word++;
    if (word == HEAP_GROUP_PAGES / 32u) {
        heap->leader[group] = 0;
        return;
    }
    heap->leader[group] = (uint16_t)(32u * word + (uint32_t)__builtin_ctz(old->map[word]) + 1u);
    struct heap_slab *leader = heap_slab_at(heap_leader_page(heap, group));
    for (word = 0; word < HEAP_GROUP_PAGES / 32u; word++)
        leader->map[word] = old->map[word];
}

static void map_remove(struct heap *heap, uint32_t page)
{
    uint32_t group = heap_group(heap, page);

    guard_leader(heap, group, "heap_free");
    map_flip(heap, page);
    if (heap_leader_page(heap, group) == page)
        map_move(heap, group);
}

/* ---- slabs ---- */

bool heap_slab_open(struct heap *heap, uint32_t kind)
{
    uint32_t block = block_alloc_aligned(heap, HEAP_SLAB_BLOCK_BYTES, PAGE_SIZE);
    uint32_t page = payload(block).value;

    if (block == 0)
        return false;
    struct heap_slab *slab = heap_slab_at(page);
    *slab = (struct heap_slab){.mark = heap_slab_mark(page, kind),
                               .object_bytes = object_sizes[kind],
                               .listed_end = HEAP_SLAB_FIRST};
    slab->objects = (uint16_t)((HEAP_SLAB_BYTES - HEAP_SLAB_FIRST) / slab->object_bytes);
    fill_range(page + HEAP_SLAB_FIRST, page + HEAP_SLAB_BYTES);
    map_add(heap, page);
    heap->free_bytes += objects_bytes(slab);
    heap_slab_list_next(heap, page);
    return true;
}

/* Takes a free object from its list. */
static void object_unlink(struct heap *heap, uint32_t kind, uint32_t object)
{
    guard_free_object(heap, kind, object, "heap_free");
    const struct heap_object links = *heap_object_at(object);

    if (links.next != 0)
        heap_object_at(links.next)->prev = links.prev;
    if (links.prev != 0)
        heap_object_at(links.prev)->next = links.next;
    else
        heap->object[kind] = links.next;
    fill_range(object, object + HEAP_ALIGN);
}

void heap_slab_close(struct heap *heap, uint32_t page)
{
    struct heap_slab *slab = heap_slab_at(page);
    uint32_t kind = heap_slab_kind(slab, page);

    for (uint32_t at = HEAP_SLAB_FIRST; at < slab->listed_end; at += slab->object_bytes)
        object_unlink(heap, kind, page + at);
    if (MM_HARDENING >= HARDEN_FULL)
        heap_verify_empty_slab(heap, page, "heap_free");
    map_remove(heap, page);
    slab->mark = 0;
    heap->slab_freed_in = HEAP_NO_SLAB;
    heap->free_bytes -= objects_bytes(slab);
}
