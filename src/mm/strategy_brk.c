/*
 * `brk`, the thread's #2: a sorted page list whose pages go out from the high end, and a heap at
 * the low end that grows by moving brk up through the direct map and taking exactly the frames
 * above it. A used frame there blocks it; when the heap's end is free, brk moves down again.
 *
 *     4 MiB                 16 MiB                            768 MiB
 *     | heap -> brk       DMA |        LOW     <- pages | metadata |   HIGH   <- pages |
 *
 * The heap starts at the bottom of low memory, as far from the pages as there is room, and knows no
 * zones: it can't promise a block below 16 MiB.
 */
#include <mm/frames_sorted.h>
#include <mm/heap.h>
#include <mm/vmalloc.h>

#include "strategy.h"

struct brk_state {
    struct frames_sorted frames;
    struct heap heap; /* its end is brk */
    uint32_t limit;   /* frame that brk can't pass: the end of RAM, or of the direct map */
    struct vmalloc_space vmalloc;
};

static struct brk_state *state_of(struct mm *mm)
{
    return mm->state;
}

static pfn_t brk_frame(struct mm *mm)
{
    return paddr_to_pfn(direct_map_inverse(vaddr(state_of(mm)->heap.end)));
}

static void count_span(struct mm *mm)
{
    mm_count_heap_span(mm, state_of(mm)->heap.end - state_of(mm)->heap.start);
}

/* Why brk can't move up by `frames`; `used` is the lowest frame in its way. */
static void fail_growth(struct mm *mm, uint32_t frames, pfn_t used)
{
    const struct frames_sorted *sorted = &state_of(mm)->frames;

    if (brk_frame(mm).value + frames > LOW_END_PFN)
        mm_fail(mm, MM_NO_ADDRESS_SPACE, PFN_NONE);
    else if (frames_sorted_free_to(sorted, ZONE_HIGH) < frames)
        mm_fail(mm, MM_NO_FRAMES, PFN_NONE);
    else if (frames_sorted_free_to(sorted, ZONE_LOW) < frames)
        mm_fail(mm, MM_ZONE, PFN_NONE);
    else
        mm_fail(mm, MM_BRK_BLOCKED, used);
}

/* The lowest frame that keeps brk from moving up to `end`, or none. */
static pfn_t frame_in_the_way(struct mm *mm, pfn_t end)
{
    uint32_t limit = state_of(mm)->limit;
    pfn_t reach = pfn(end.value < limit ? end.value : limit);
    pfn_t used = frames_sorted_first_used(&state_of(mm)->frames, brk_frame(mm), reach);

    return pfn_is_none(used) && end.value > limit ? pfn(limit) : used;
}

/* Move brk up. */
static bool brk_grow(struct mm *mm, uint32_t bytes)
{
    pfn_t start = brk_frame(mm);
    pfn_t end = pfn_add(start, bytes >> PAGE_SHIFT);
    pfn_t used = frame_in_the_way(mm, end);

    if (!pfn_is_none(used)) {
        fail_growth(mm, bytes >> PAGE_SHIFT, used);
        return false;
    }
    used = frames_sorted_take(&state_of(mm)->frames, start, end);
    MM_ASSERT(pfn_is_none(used));
    heap_extend(&state_of(mm)->heap, bytes);
    mm_count_frames_taken(mm, bytes >> PAGE_SHIFT);
    count_span(mm);
    return true;
}

/* Move brk down over what is free at the heap's end. */
static void brk_shrink(struct mm *mm, uint32_t bytes)
{
    pfn_t end = brk_frame(mm);

    heap_shrink(&state_of(mm)->heap, bytes);
    frames_sorted_free_run(&state_of(mm)->frames, brk_frame(mm), end);
    mm_count_frames_given(mm, bytes >> PAGE_SHIFT);
    count_span(mm);
}

static void brk_trim(struct mm *mm)
{
    uint32_t tail_bytes = heap_tail_bytes(&state_of(mm)->heap);

    if (tail_bytes >= HEAP_TRIM_BYTES)
        brk_shrink(mm, tail_bytes);
}

/* Out of line, so that a call that finds its block at once saves no registers. */
static __attribute__((noinline)) vaddr_t kmalloc_growing(struct mm *mm, uint32_t bytes)
{
    struct heap *heap = &state_of(mm)->heap;

    if (bytes > HEAP_REQUEST_MAX) {
        mm_fail(mm, MM_NO_ADDRESS_SPACE, PFN_NONE);
        return VADDR_NONE;
    }
    if (!brk_grow(mm, heap_shortfall(heap, bytes, HEAP_ALIGN)))
        return VADDR_NONE;
    return heap_alloc(heap, bytes, HEAP_ALIGN);
}

static vaddr_t brk_kmalloc(struct mm *mm, uint32_t bytes, enum page_class class)
{
    if (class == PAGES_DMA) {
        mm_fail(mm, MM_UNSUPPORTED, PFN_NONE);
        return VADDR_NONE;
    }
    vaddr_t block = heap_alloc(&state_of(mm)->heap, bytes, HEAP_ALIGN);
    return vaddr_is_none(block) ? kmalloc_growing(mm, bytes) : block;
}

static void brk_kfree(struct mm *mm, vaddr_t block)
{
    heap_free(&state_of(mm)->heap, block);
    brk_trim(mm);
}

static bool resize_in_place(struct mm *mm, vaddr_t block, uint32_t bytes)
{
    struct heap *heap = &state_of(mm)->heap;

    if (heap_resize(heap, block, bytes))
        return true;
    if (bytes > HEAP_REQUEST_MAX)
        return false;
    uint32_t shortfall = heap_resize_shortfall(heap, block, bytes);
    return shortfall != HEAP_NOT_LAST && brk_grow(mm, shortfall) && heap_resize(heap, block, bytes);
}

static vaddr_t brk_krealloc(struct mm *mm, vaddr_t block, uint32_t bytes)
{
    if (resize_in_place(mm, block, bytes)) {
        brk_trim(mm);
        return block;
    }
    vaddr_t moved = brk_kmalloc(mm, bytes, PAGES_LOW);
    if (!vaddr_is_none(moved)) {
        copy_words(moved, block, heap_usable_bytes(&state_of(mm)->heap, block));
        brk_kfree(mm, block);
    }
    return moved;
}

static uint32_t brk_ksize(struct mm *mm, vaddr_t block)
{
    return heap_usable_bytes(&state_of(mm)->heap, block);
}

static void fail_pages(struct mm *mm, uint32_t order, enum zone top)
{
    const struct frames_sorted *sorted = &state_of(mm)->frames;

    if (frames_sorted_free_to(sorted, ZONE_HIGH) < 1u << order)
        mm_fail(mm, MM_NO_FRAMES, PFN_NONE);
    else if (frames_sorted_free_to(sorted, top) < 1u << order)
        mm_fail(mm, MM_ZONE, PFN_NONE);
    else
        mm_fail(mm, MM_NO_RUN, PFN_NONE);
}

/* No block is free: perhaps one is with what the heap
 * keeps at its end. What does not help stays the heap's. */
static pfn_t pages_alloc_reclaiming(struct mm *mm, uint32_t order, enum zone top)
{
    uint32_t tail_bytes = heap_tail_bytes(&state_of(mm)->heap);

    if (tail_bytes != 0)
        brk_shrink(mm, tail_bytes);
    pfn_t first = frames_sorted_alloc_block(&state_of(mm)->frames, order, top);
    if (!pfn_is_none(first))
        return first;
    fail_pages(mm, order, top);
    MM_ASSERT(brk_grow(mm, tail_bytes));
    return PFN_NONE;
}

static pfn_t brk_pages_alloc(struct mm *mm, uint32_t order, enum page_class class)
{
    enum zone top = class_top_zone(class);
    pfn_t first = frames_sorted_alloc_block(&state_of(mm)->frames, order, top);

    if (pfn_is_none(first))
        first = pages_alloc_reclaiming(mm, order, top);
    if (!pfn_is_none(first))
        mm_count_frames_taken(mm, 1u << order);
    return first;
}

/* The frames at the heap's end go to pages when those run short. */
static bool brk_frames_ready(struct mm *mm, uint32_t low, uint32_t user)
{
    const struct frames_sorted *sorted = &state_of(mm)->frames;
    uint32_t tail = heap_tail_bytes(&state_of(mm)->heap) >> PAGE_SHIFT;
    uint32_t all = frames_sorted_free_to(sorted, ZONE_HIGH) + tail;

    if (all >= low + user && frames_sorted_free_to(sorted, ZONE_LOW) + tail >= low)
        return true;
    mm_fail(mm, all < low + user ? MM_NO_FRAMES : MM_ZONE, PFN_NONE);
    return false;
}

static void brk_pages_free(struct mm *mm, pfn_t first, uint32_t order)
{
    frames_sorted_free_block(&state_of(mm)->frames, first, order);
    mm_count_frames_given(mm, 1u << order);
}

/* Its frames may come from the heap's end: an area that fails gives that back too. */
static vaddr_t brk_vmalloc(struct mm *mm, uint32_t bytes)
{
    uint32_t end = state_of(mm)->heap.end;
    vaddr_t block = vmalloc_alloc(mm, &state_of(mm)->vmalloc, bytes);

    if (vaddr_is_none(block))
        MM_ASSERT(brk_grow(mm, end - state_of(mm)->heap.end));
    return block;
}

static void brk_vfree(struct mm *mm, vaddr_t block)
{
    vmalloc_free(mm, &state_of(mm)->vmalloc, block);
}

static uint64_t brk_free_bytes(struct mm *mm)
{
    return (uint64_t)frames_sorted_free_to(&state_of(mm)->frames, ZONE_HIGH) << PAGE_SHIFT;
}

static void brk_free_blocks(struct mm *mm, struct free_blocks *blocks)
{
    frames_sorted_free_blocks(&state_of(mm)->frames, blocks);
}

static enum frame_kind brk_frame_kind(struct mm *mm, pfn_t frame)
{
    const struct brk_state *state = state_of(mm);
    pfn_t start = paddr_to_pfn(direct_map_inverse(vaddr(state->heap.start)));

    if (pfn_is_none(frames_sorted_first_used(&state->frames, frame, pfn_add(frame, 1))))
        return FRAME_FREE;
    return frame.value >= start.value && frame.value < brk_frame(mm).value ? FRAME_HEAP
                                                                           : FRAME_KERNEL;
}

static const char *check_brk(struct mm *mm)
{
    const struct brk_state *state = state_of(mm);
    pfn_t frame = paddr_to_pfn(direct_map_inverse(vaddr(state->heap.start)));

    if (brk_frame(mm).value > state->limit)
        return "brk: brk has passed its limit";
    for (; frame.value < brk_frame(mm).value; frame = pfn_add(frame, 1))
        if (pfn_is_none(frames_sorted_first_used(&state->frames, frame, pfn_add(frame, 1))))
            return "brk: a frame below brk is free";
    if (mm->counters.frames_used !=
        mm->frames_total - frames_sorted_free_to(&state->frames, ZONE_HIGH))
        return "brk: frames_used disagrees with the free frames";
    if (mm->counters.heap_span_bytes != state->heap.end - state->heap.start)
        return "brk: heap_span_bytes disagrees with the heap";
    return NULL;
}

static bool brk_heap_range(struct mm *mm, uint32_t i, struct vaddr_range *range)
{
    const struct brk_state *state = state_of(mm);

    *range = (struct vaddr_range){vaddr(state->heap.start), direct_map_frame(pfn(state->limit))};
    return i == 0;
}

static const char *brk_check(struct mm *mm)
{
    const char *broken = frames_sorted_check(&state_of(mm)->frames);

    if (broken == NULL)
        broken = heap_check(&state_of(mm)->heap);
    if (broken == NULL)
        broken = vmalloc_check(mm, &state_of(mm)->vmalloc);
    return broken != NULL ? broken : check_brk(mm);
}

static bool brk_init(struct mm *mm)
{
    pfn_t end = memmap_end(&mm->map);
    vaddr_t arrays = mm_carve_address(mm, frames_sorted_bytes(end));

    mm->state = mm_carve(mm, sizeof(struct brk_state));
    if (vaddr_is_none(arrays) || mm->state == NULL)
        return false;
    struct brk_state *state = state_of(mm);
    frames_sorted_init(&state->frames, arrays, end);
    for (uint32_t i = 0; i < mm->map.count; i++)
        frames_sorted_add(&state->frames, mm->map.run[i].start, mm->map.run[i].end);
    struct frame_run low = memmap_largest_low_run(&mm->map);
    state->limit = low.end.value;
    heap_init(&state->heap, direct_map_frame(low.start));
    vmalloc_init(&state->vmalloc);
    return true;
}

const struct strategy strategy_brk = {
    .name = "brk",
    .source = "the thread's #2",
    .frames = "sorted; pages from the high end",
    .heap = "brk up through the direct map, exactly the frames above it",
    .init = brk_init,
    .kmalloc = brk_kmalloc,
    .krealloc = brk_krealloc,
    .kfree = brk_kfree,
    .ksize = brk_ksize,
    .pages_alloc = brk_pages_alloc,
    .pages_free = brk_pages_free,
    .vmalloc = brk_vmalloc,
    .vfree = brk_vfree,
    .frames_ready = brk_frames_ready,
    .free_bytes = brk_free_bytes,
    .free_blocks = brk_free_blocks,
    .heap_range = brk_heap_range,
    .frame_kind = brk_frame_kind,
    .check = brk_check,
};
