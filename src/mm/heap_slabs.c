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

/* Verifies the first slab of a ring and its neighbours, before another slab becomes the last of the
   ring. */
static void guard_slab_first(const struct heap *heap, uint32_t page)
{
    guard_slab(heap, page, "heap_slab_link");
    guard_ring(heap, page, "heap_slab_link");
}

/* The last of the ring: until it is the first, more of its objects become free, so that it lasts
   longer. */
void heap_slab_link(struct heap *heap, uint32_t page)
{
    struct heap_slab *slab = heap_slab_at(page);
    uint32_t *first = &heap->slab[heap_slab_kind(slab)];

    if (*first == 0)
        *first = slab->prev = page;
    else
        guard_slab_first(heap, *first);
    slab->next = *first;
    slab->prev = heap_slab_at(*first)->prev;
    heap_slab_at(slab->prev)->next = page;
    heap_slab_at(*first)->prev = page;
}

vaddr_t heap_slab_unlink(struct heap *heap, uint32_t page, vaddr_t object)
{
    const struct heap_slab *slab = heap_slab_at(page);
    uint32_t *first = &heap->slab[heap_slab_kind(slab)];

    guard_ring(heap, page, "heap_slab_unlink");
    heap_slab_at(slab->next)->prev = slab->prev;
    heap_slab_at(slab->prev)->next = slab->next;
    if (*first == page)
        *first = slab->next != page ? slab->next : 0;
    return object;
}

static uint32_t objects_bytes(const struct heap_slab *slab)
{
    return (uint32_t)slab->objects * slab->object_bytes;
}

bool heap_slab_open(struct heap *heap, uint32_t kind)
{
    uint32_t block = block_alloc_aligned(heap, HEAP_SLAB_BLOCK_BYTES, PAGE_SIZE);
    uint32_t page = payload(block).value;

    if (block == 0)
        return false;
    struct heap_slab *slab = heap_slab_at(page);
    *slab =
        (struct heap_slab){.mark = heap_slab_mark(page, kind), .object_bytes = object_sizes[kind]};
    for (uint32_t at = sizeof(struct heap_slab); at + slab->object_bytes <= HEAP_SLAB_BYTES;
         at += slab->object_bytes) {
        slab->bits[heap_slab_word(at)].free |= heap_slab_bit(at);
        slab->words_free |= 1u << heap_slab_word(at);
        slab->objects++;
    }
    fill_range(page + (uint32_t)sizeof(struct heap_slab), page + HEAP_SLAB_BYTES);
    page_set_slab(heap, page);
    heap->free_bytes += objects_bytes(slab);
    heap_slab_link(heap, page);
    return true;
}

void heap_slab_close(struct heap *heap, uint32_t page)
{
    struct heap_slab *slab = heap_slab_at(page);

    if (MM_HARDENING >= HARDEN_FULL)
        heap_verify_empty_slab(heap, page, "heap_free");
    heap_slab_unlink(heap, page, VADDR_NONE);
    slab->mark = 0;
    page_set_slab(heap, page);
    heap->free_bytes -= objects_bytes(slab);
}
