/* The span of a heap, and the walk over its free blocks. */
#include "heap_slabs.h"

void heap_init(struct heap *heap, vaddr_t start)
{
    uint32_t *words = (uint32_t *)heap;

    /* Word by word: a copy of the structure would take 4 KiB of the kernel's stack. */
    for (uint32_t i = 0; i < sizeof *heap / sizeof *words; i++)
        words[i] = 0;
    heap->start = start.value;
    heap->end = start.value;
    heap->top = heap_first(heap);
    heap->slab_freed_in = HEAP_NO_SLAB;
    if (MM_HARDENING >= HARDEN_FULL)
        heap->tally = heap_tally(heap);
}

void heap_extend(struct heap *heap, uint32_t bytes)
{
    uint32_t room = tail_room(heap);

    MM_ASSERT(bytes <= HEAP_REQUEST_MAX - (heap->end - heap->start));
    guard_bounds(heap, __func__);
    heap_set_end(heap, heap->end + bytes);
    heap->free_bytes += tail_room(heap) - room;
}

void heap_shrink(struct heap *heap, uint32_t bytes)
{
    MM_ASSERT(bytes <= heap_tail_bytes(heap));
    guard_bounds(heap, __func__);
    uint32_t room = tail_room(heap);
    uint32_t end = heap->end - bytes;

    if (MM_HARDENING >= HARDEN_FULL && heap->filled > end) {
        verify_tail(heap, heap->top > end ? heap->top : end, heap->end);
        heap_set_filled(heap, end);
    }
    heap_set_end(heap, end);
    heap->free_bytes -= room - tail_room(heap);
}

uint32_t heap_shortfall(const struct heap *heap, uint32_t bytes, uint32_t alignment)
{
    uint32_t gap = alignment > HEAP_ALIGN ? alignment_gap(heap->top, alignment) : 0;

    return whole_pages_missing(heap, gap + block_size(bytes));
}

uint32_t heap_slab_shortfall(const struct heap *heap, uint32_t bytes)
{
    if (!heap_slab_is_wanted(heap, bytes) ||
        list_find_aligned(heap, HEAP_SLAB_BLOCK_BYTES, PAGE_SIZE) != 0)
        return 0;
    return heap_shortfall(heap, HEAP_SLAB_BYTES, PAGE_SIZE);
}

void heap_for_each_free(const struct heap *heap, uint32_t at_least,
                        void (*visit)(void *context, vaddr_t start, uint32_t bytes), void *context)
{
    uint32_t classes = heap->classes_any & UINT32_MAX << list_of(at_least).size_class;

    for (; classes != 0; classes &= classes - 1u) {
        uint32_t size_class = (uint32_t)__builtin_ctz(classes);
        for (uint32_t lists = heap->lists_any[size_class]; lists != 0; lists &= lists - 1u) {
            struct list_index at = {size_class, (uint32_t)__builtin_ctz(lists)};
            uint32_t block = heap->list[list_place(at)];
            for (; block != 0; block = *word_at(block + LINK_NEXT)) {
                guard_listed(heap, block, __func__);
                visit(context, vaddr(block), header_size(*word_at(block)));
            }
        }
    }
}
