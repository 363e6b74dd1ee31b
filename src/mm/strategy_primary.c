/*
 * `primary`, the thread's #1: the heap owns low memory from the start, and pages are page-aligned
 * blocks of the heap. A block holds up to 32 pages, which limits the bytes that alignment wastes. A
 * page stack has the frames that the heap cannot own: HIGH, which the direct map does not reach,
 * and all ranges of RAM except the largest of each zone.
 */
#include <mm/frames_stack.h>
#include <mm/heap.h>
#include <mm/strategy.h>
#include <mm/vmalloc.h>

#include "heap_fast.h"
#include "heap_pages.h"
#include "owners.h"

#define HEAPS 2u /* ZONE_DMA, ZONE_LOW */

struct primary_state {
    struct frames_stack frames;
    struct heap heap[HEAPS];
    struct heap_pages pages[HEAPS];
    struct vmalloc_space vmalloc;
};

static struct primary_state *state_of(struct mm *mm)
{
    return mm->state;
}

/* Returns the number of frames that a heap's blocks use when its tail begins at `top`. */
static uint32_t heap_frames(const struct heap *heap, uint32_t top)
{
    if (top == heap->start + HEAP_HEADER_BYTES)
        return 0;
    return (align_up(top, PAGE_SIZE) - heap->start) >> PAGE_SHIFT;
}

static uint32_t spans_bytes(const struct primary_state *state)
{
    const struct heap *dma = &state->heap[ZONE_DMA];
    const struct heap *low = &state->heap[ZONE_LOW];

    return (heap_frames(dma, dma->top) + heap_frames(low, low->top)) << PAGE_SHIFT;
}

static __attribute__((noinline)) void count_frames(struct mm *mm, uint32_t before, uint32_t after)
{
    const struct primary_state *state = state_of(mm);

    mm_count_frames_given(mm, before);
    mm_count_frames_taken(mm, after);
    mm_count_heap_span(mm, spans_bytes(state));
}

/* Updates the counters of used frames and of the span after a change of a heap whose tail began at
   top_before. */
static inline void count_heap(struct mm *mm, const struct heap *heap, uint32_t top_before)
{
    if (heap->top == top_before)
        return;
    uint32_t before = heap_frames(heap, top_before);
    uint32_t after = heap_frames(heap, heap->top);
    if (before != after)
        count_frames(mm, before, after);
}

/* Returns the free bytes in the heaps of the zones up to `top`. */
static uint32_t heap_free_bytes(struct mm *mm, enum zone top)
{
    const struct primary_state *state = state_of(mm);
    uint32_t bytes = 0;

    for (uint32_t i = 0; i < HEAPS && i <= top; i++)
        bytes += state->heap[i].free_bytes + (state->pages[i].free_pages << PAGE_SHIFT);
    return bytes;
}

static uint64_t primary_free_bytes(struct mm *mm)
{
    return ((uint64_t)frames_stack_free_to(&state_of(mm)->frames, ZONE_HIGH) << PAGE_SHIFT) +
           heap_free_bytes(mm, ZONE_LOW);
}

static void fail_block(struct mm *mm, uint32_t bytes, enum zone top)
{
    if (bytes > HEAP_REQUEST_MAX)
        mm_fail(mm, MM_NO_ADDRESS_SPACE, PFN_NONE);
    else if (primary_free_bytes(mm) < bytes)
        mm_fail(mm, MM_NO_FRAMES, PFN_NONE);
    else if (heap_free_bytes(mm, top) < bytes)
        mm_fail(mm, MM_ZONE, PFN_NONE);
    else
        mm_fail(mm, MM_NO_RUN, PFN_NONE);
}

/* Allocates a block from the heaps of the zones from `top` down. */
static __attribute__((noinline)) vaddr_t block_alloc(struct mm *mm, uint32_t bytes, enum zone top)
{
    for (uint32_t i = top + 1u; i-- > 0;) {
        struct heap *heap = &state_of(mm)->heap[i];
        uint32_t top_before = heap->top;
        vaddr_t block = heap_alloc(heap, bytes, HEAP_ALIGN);
        if (vaddr_is_none(block))
            continue;
        count_heap(mm, heap, top_before);
        return block;
    }
    fail_block(mm, bytes, top);
    return VADDR_NONE;
}

/* Returns the heap of a zone. The asm statement hides the computation of the address from the
   compiler, which would repeat it for each member. */
static inline struct heap *heap_at(struct mm *mm, enum zone zone)
{
    struct heap *heap = &state_of(mm)->heap[zone];

    __asm__("" : "+r"(heap));
    return heap;
}

static struct heap *heap_of(struct mm *mm, vaddr_t block)
{
    return heap_at(mm, zone_of(paddr_to_pfn(direct_map_inverse(block))) == ZONE_DMA ? ZONE_DMA
                                                                                    : ZONE_LOW);
}

static vaddr_t primary_kmalloc(struct mm *mm, uint32_t bytes, enum page_class page_class)
{
    enum zone top = class_top_zone(page_class);
    vaddr_t object = heap_alloc_object(heap_at(mm, top), bytes);

    return vaddr_is_none(object) ? block_alloc(mm, bytes, top) : object;
}

/* For a heap, large orders of pages and chunks of single pages are blocks, too. Returns the reason
   if the pointer is to such a block or to no block; NULL if its frame may belong to kmalloc(). */
static __attribute__((noinline)) const char *pages_fault(struct mm *mm, vaddr_t block)
{
    const struct primary_state *state = state_of(mm);
    pfn_t frame = paddr_to_pfn(direct_map_inverse(block));

    if (!owner_is(mm, frame, OWNER_HEAP))
        return "pointer is not into the heap's blocks";
    for (uint32_t i = 0; i < HEAPS && block.value % PAGE_SIZE == 0; i++)
        if (heap_pages_reach(&state->pages[i], frame) && heap_pages_chunk(&state->pages[i], frame))
            return "block is a chunk of pages";
    return NULL;
}

static const char *primary_block_fault(struct mm *mm, vaddr_t block)
{
    const char *fault = pages_fault(mm, block);

    return fault != NULL ? fault : heap_pointer_fault(heap_of(mm, block), block);
}

static __attribute__((noinline)) void free_no_object(struct mm *mm, struct heap *heap,
                                                     vaddr_t block)
{
    uint32_t top_before = heap->top;
    const char *fault = NULL;

    if (block.value % PAGE_SIZE == 0 ||
        !owner_is(mm, paddr_to_pfn(direct_map_inverse(block)), OWNER_HEAP))
        fault = pages_fault(mm, block);
    if (fault != NULL)
        misuse_block(mm, "kfree", block, fault);
    heap_free(heap, block);
    count_heap(mm, heap, top_before);
}

/* An object of a slab lies in the heap's own frames. */
static void primary_kfree(struct mm *mm, vaddr_t block)
{
    struct heap *heap = heap_of(mm, block);

    if (!heap_free_object(heap, block))
        free_no_object(mm, heap, block);
}

static vaddr_t primary_krealloc(struct mm *mm, vaddr_t block, uint32_t bytes)
{
    struct heap *heap = heap_of(mm, block);
    uint32_t top_before = heap->top;

    if (heap_resize(heap, block, bytes)) {
        count_heap(mm, heap, top_before);
        return block;
    }
    enum zone top = heap == &state_of(mm)->heap[ZONE_DMA] ? ZONE_DMA : ZONE_LOW;
    vaddr_t moved = block_alloc(mm, bytes, top);
    if (!vaddr_is_none(moved)) {
        copy_words(moved, block, heap_usable_bytes(heap, block));
        primary_kfree(mm, block);
    }
    return moved;
}

static uint32_t primary_ksize(struct mm *mm, vaddr_t block)
{
    return heap_usable_bytes(heap_of(mm, block), block);
}

static pfn_t stack_alloc(struct mm *mm, enum zone top)
{
    for (uint32_t zone = top + 1u; zone-- > 0;) {
        pfn_t frame = frames_stack_alloc(&state_of(mm)->frames, (enum zone)zone);
        if (pfn_is_none(frame))
            continue;
        mm_count_frames_taken(mm, 1);
        return frame;
    }
    return PFN_NONE;
}

/* Allocates pages from the heaps of the zones from `top` down; PFN_NONE if they have none. */
static pfn_t pages_from_heaps(struct mm *mm, uint32_t order, enum zone top)
{
    struct primary_state *state = state_of(mm);

    for (uint32_t i = (top == ZONE_DMA ? ZONE_DMA : ZONE_LOW) + 1u; i-- > 0;) {
        uint32_t top_before = state->heap[i].top;
        pfn_t first = heap_pages_alloc(&state->pages[i], &state->heap[i], order);
        if (pfn_is_none(first))
            continue;
        owner_set_range(mm, first, pfn_add(first, 1u << order),
                        OWNER_FREE); /* the heap owns them no more */
        count_heap(mm, &state->heap[i], top_before);
        mm->counters.heap_page_bytes += PAGE_SIZE << order;
        return first;
    }
    return PFN_NONE;
}

static pfn_t primary_pages_alloc(struct mm *mm, uint32_t order, enum page_class page_class)
{
    enum zone top = class_top_zone(page_class);
    pfn_t first = order == 0 ? stack_alloc(mm, top) : PFN_NONE;

    if (pfn_is_none(first))
        first = pages_from_heaps(mm, order, top);
    if (pfn_is_none(first))
        fail_block(mm, PAGE_SIZE << order, top);
    return first;
}

static void primary_pages_free(struct mm *mm, pfn_t first, uint32_t order)
{
    struct primary_state *state = state_of(mm);

    for (uint32_t i = 0; i < HEAPS; i++) {
        uint32_t top_before = state->heap[i].top;
        if (!heap_pages_reach(&state->pages[i], first))
            continue;
        owner_set_range(mm, first, pfn_add(first, 1u << order), OWNER_HEAP);
        heap_pages_free(&state->pages[i], &state->heap[i], first, order);
        count_heap(mm, &state->heap[i], top_before);
        mm->counters.heap_page_bytes -= PAGE_SIZE << order;
        return;
    }
    frames_stack_free(&state->frames, first); /* the stack has only single frames */
    mm_count_frames_given(mm, 1);
}

static vaddr_t primary_vmalloc(struct mm *mm, uint32_t bytes)
{
    return vmalloc_alloc(mm, &state_of(mm)->vmalloc, bytes);
}

static void primary_vfree(struct mm *mm, vaddr_t block)
{
    vmalloc_free(mm, &state_of(mm)->vmalloc, block);
}

/* Adds the whole pages inside a free block of the heap. */
static void add_free_range(void *context, vaddr_t start, uint32_t bytes)
{
    uint32_t first = align_up(start.value, PAGE_SIZE);
    uint32_t end = (start.value + bytes) & ~PAGE_OFFSET_MASK;

    if (first < end)
        free_blocks_add_range(context, paddr_to_pfn(direct_map_inverse(vaddr(first))),
                              paddr_to_pfn(direct_map_inverse(vaddr(end))));
}

static void add_free_pages(void *context, pfn_t start, pfn_t end)
{
    free_blocks_add_range(context, start, end);
}

static void primary_free_blocks(struct mm *mm, struct free_blocks *blocks)
{
    const struct primary_state *state = state_of(mm);

    frames_stack_free_blocks(&state->frames, blocks);
    for (uint32_t i = 0; i < HEAPS; i++) {
        const struct heap *heap = &state->heap[i];
        uint32_t tail_bytes = heap_tail_bytes(heap);
        heap_for_each_free(heap, PAGE_SIZE, add_free_range, blocks);
        add_free_range(blocks, vaddr(heap->end - tail_bytes), tail_bytes);
        heap_pages_for_each_free(&state->pages[i], heap, add_free_pages, blocks);
    }
}

static bool primary_heap_range(struct mm *mm, uint32_t i, struct vaddr_range *range)
{
    if (i >= HEAPS)
        return false;
    const struct heap *heap = &state_of(mm)->heap[i];
    *range = (struct vaddr_range){vaddr(heap->start), vaddr(heap->end)};
    return true;
}

static void primary_heap_spans(struct mm *mm, span_visit *visit, void *context)
{
    for (uint32_t i = HEAPS; i-- > 0;) {
        const struct heap *heap = &state_of(mm)->heap[i];
        uint32_t bytes = heap_frames(heap, heap->top) << PAGE_SHIFT;
        if (bytes != 0)
            visit(context, vaddr(heap->start), vaddr(heap->start + bytes));
    }
}

/* Every frame of a heap's range belongs to the heap or to allocated pages. */
static const char *check_owners(struct mm *mm, uint32_t i)
{
    const struct heap *heap = &state_of(mm)->heap[i];
    pfn_t frame = paddr_to_pfn(direct_map_inverse(vaddr(heap->start)));
    pfn_t end = pfn_add(frame, (heap->end - heap->start) >> PAGE_SHIFT);

    for (; frame.value < end.value; frame = pfn_add(frame, 1))
        if (owner_of(mm, frame).owner == OWNER_FREE)
            return "primary: a frame of a heap is free";
    return NULL;
}

static const char *primary_check(struct mm *mm)
{
    struct primary_state *state = state_of(mm);
    const char *broken = frames_stack_check(&state->frames);
    uint32_t frames_free = frames_stack_free_to(&state->frames, ZONE_HIGH);

    for (uint32_t i = 0; i < HEAPS && broken == NULL; i++) {
        broken = heap_check(&state->heap[i]);
        if (broken == NULL)
            broken = heap_pages_check(&state->pages[i], &state->heap[i]);
        if (broken == NULL)
            broken = check_owners(mm, i);
        frames_free += heap_tail_bytes(&state->heap[i]) >> PAGE_SHIFT;
    }
    if (broken == NULL)
        broken = vmalloc_check(mm, &state->vmalloc);
    if (broken != NULL)
        return broken;
    if (mm->counters.frames_used != mm->frames_total - frames_free)
        return "primary: frames_used disagrees with the heaps and the stack";
    if (mm->counters.heap_span_bytes != spans_bytes(state))
        return "primary: heap_span_bytes disagrees with the heaps";
    return NULL;
}

/* The heap takes the whole largest range of its zone; the other ranges go to the stack. */
static void heap_place(struct mm *mm, uint32_t zone, vaddr_t bitmaps)
{
    struct heap *heap = &state_of(mm)->heap[zone];
    struct frame_range range = memmap_largest_range(&mm->map, (enum zone)zone);

    if (range.end.value == 0) /* no RAM in the zone: an empty span */
        range.start = range.end = zone_end((enum zone)zone);
    heap_init(heap, direct_map_frame(range.start));
    heap_extend(heap, (range.end.value - range.start.value) << PAGE_SHIFT);
    owner_set_range(mm, range.start, range.end, OWNER_HEAP);
    heap_pages_init(&state_of(mm)->pages[zone], bitmaps, heap);
}

/* Returns a size that suffices after carving, too, because carving makes no range longer. */
static uint32_t bitmaps_bytes(const struct mm *mm, enum zone zone)
{
    struct frame_range range = memmap_largest_range(&mm->map, zone);

    return heap_pages_bytes(range.end.value - range.start.value);
}

static bool shares_zone(const struct memmap *map, uint32_t range)
{
    for (uint32_t i = 0; i < map->count; i++)
        if (i != range && zone_of(map->range[i].start) == zone_of(map->range[range].start))
            return true;
    return false;
}

/* Returns the lowest frame that the stack may get: a frame of HIGH or of a zone's second range. */
static pfn_t stack_first(const struct memmap *map)
{
    for (uint32_t i = 0; i < map->count; i++)
        if (zone_of(map->range[i].start) == ZONE_HIGH || shares_zone(map, i))
            return map->range[i].start;
    return memmap_end(map);
}

static bool primary_init(struct mm *mm)
{
    pfn_t end = memmap_end(&mm->map);
    pfn_t first = stack_first(&mm->map);
    uint32_t dma_bytes = bitmaps_bytes(mm, ZONE_DMA);
    vaddr_t links = mm_carve_address(mm, frames_stack_bytes(first, end));
    vaddr_t bitmaps = mm_carve_address(mm, dma_bytes + bitmaps_bytes(mm, ZONE_LOW));

    mm->state = mm_carve(mm, sizeof(struct primary_state));
    if (vaddr_is_none(links) || vaddr_is_none(bitmaps) || mm->state == NULL)
        return false;
    frames_stack_init(&state_of(mm)->frames, links, first, end);
    heap_place(mm, ZONE_DMA, bitmaps);
    heap_place(mm, ZONE_LOW, vaddr_add(bitmaps, dma_bytes));
    for (uint32_t i = mm->map.count; i-- > 0;)
        if (!heap_pages_reach(&state_of(mm)->pages[ZONE_DMA], mm->map.range[i].start) &&
            !heap_pages_reach(&state_of(mm)->pages[ZONE_LOW], mm->map.range[i].start))
            frames_stack_add(&state_of(mm)->frames, mm->map.range[i].start, mm->map.range[i].end);
    vmalloc_init(&state_of(mm)->vmalloc);
    return true;
}

const struct strategy strategy_primary = {
    .name = "primary",
    .source = "the thread's #1",
    .frames = "HIGH: page stack; LOW: page-aligned blocks of the heap",
    .heap = "owns low memory from the start",
    .init = primary_init,
    .kmalloc = primary_kmalloc,
    .kfree = primary_kfree,
    .block_fault = primary_block_fault,
    .krealloc = primary_krealloc,
    .ksize = primary_ksize,
    .pages_alloc = primary_pages_alloc,
    .pages_free = primary_pages_free,
    .vmalloc = primary_vmalloc,
    .vfree = primary_vfree,
    .free_bytes = primary_free_bytes,
    .free_blocks = primary_free_blocks,
    .heap_range = primary_heap_range,
    .heap_spans = primary_heap_spans,
    .check = primary_check,
};
