/*
 * `brk`, the thread's #2: a sorted page list whose pages go out from the high end, and a heap at
 * the low end that grows by moving brk up through the direct map and taking exactly the frames
 * above it. A used frame there blocks it; when the heap's end is free, brk moves down again.
 *
 * There is one such heap in LOW, and one in DMA: what asks for memory below 16 MiB gets it from the
 * second, and so does everybody else once the first can't grow.
 *
 *     DMA  | metadata?| heap -> brk      <- pages |  LOW  | metadata | heap -> brk          <-
 * pages |  HIGH
 */
#include <mm/frames_sorted.h>
#include <mm/heap.h>
#include <mm/vmalloc.h>

#include "strategy.h"

#define HEAPS 2u /* ZONE_DMA, ZONE_LOW */

struct brk_heap {
    struct heap heap; /* its end is brk */
    uint32_t limit;   /* frame that brk can't pass: the end of this run of RAM */
    uint32_t zone;
};

struct brk_state {
    struct frames_sorted frames;
    struct brk_heap heap[HEAPS];
    struct vmalloc_space vmalloc;
};

static struct brk_state *state_of(struct mm *mm)
{
    return mm->state;
}

static pfn_t brk_frame(const struct brk_heap *brk)
{
    return paddr_to_pfn(direct_map_inverse(vaddr(brk->heap.end)));
}

static bool has_ram(const struct brk_heap *brk)
{
    return paddr_to_pfn(direct_map_inverse(vaddr(brk->heap.start))).value < brk->limit;
}

static uint32_t spans_bytes(struct mm *mm)
{
    const struct brk_heap *heap = state_of(mm)->heap;

    return heap[ZONE_DMA].heap.end - heap[ZONE_DMA].heap.start + heap[ZONE_LOW].heap.end -
           heap[ZONE_LOW].heap.start;
}

/* Why brk can't take [start, start + frames), of which `used` is the lowest that is not free. */
static void fail_growth(struct mm *mm, const struct brk_heap *brk, uint32_t frames, pfn_t used)
{
    const struct frames_sorted *sorted = &state_of(mm)->frames;

    if (brk_frame(brk).value + frames > LOW_END_PFN)
        mm_fail(mm, MM_NO_ADDRESS_SPACE, PFN_NONE);
    else if (frames_sorted_free_to(sorted, ZONE_HIGH) < frames)
        mm_fail(mm, MM_NO_FRAMES, PFN_NONE);
    else if (sorted->free_frames[brk->zone] < frames)
        mm_fail(mm, MM_ZONE, PFN_NONE);
    else
        mm_fail(mm, MM_BRK_BLOCKED, used);
}

/* Move brk up. */
static bool brk_grow(struct mm *mm, struct brk_heap *brk, uint32_t bytes)
{
    uint32_t frames = bytes >> PAGE_SHIFT;
    pfn_t start = brk_frame(brk);
    pfn_t end = pfn_add(start, frames);
    uint32_t below_limit = end.value < brk->limit ? end.value : brk->limit;
    pfn_t used = frames_sorted_first_used(&state_of(mm)->frames, start, pfn(below_limit));

    if (pfn_is_none(used) && end.value > brk->limit)
        used = pfn(brk->limit);
    if (!pfn_is_none(used)) {
        fail_growth(mm, brk, frames, used);
        return false;
    }
    used = frames_sorted_take(&state_of(mm)->frames, start, end);
    MM_ASSERT(pfn_is_none(used));
    heap_extend(&brk->heap, bytes);
    mm_count_frames_taken(mm, frames);
    mm_count_heap_span(mm, spans_bytes(mm));
    return true;
}

/* Move brk down over what is free at the heap's end. */
static void brk_shrink(struct mm *mm, struct brk_heap *brk, uint32_t bytes)
{
    pfn_t end = brk_frame(brk);

    heap_shrink(&brk->heap, bytes);
    frames_sorted_free_run(&state_of(mm)->frames, brk_frame(brk), end);
    mm_count_frames_given(mm, bytes >> PAGE_SHIFT);
    mm_count_heap_span(mm, spans_bytes(mm));
}

struct brk_ends {
    uint32_t end[HEAPS];
};

static struct brk_ends brk_ends(struct mm *mm)
{
    const struct brk_heap *heap = state_of(mm)->heap;

    return (struct brk_ends){{heap[ZONE_DMA].heap.end, heap[ZONE_LOW].heap.end}};
}

/* Undo brk_reclaim() in a call that failed all the same: the frames are free as it left them. */
static void brk_restore(struct mm *mm, const struct brk_ends *before)
{
    for (uint32_t i = 0; i < HEAPS; i++) {
        struct brk_heap *brk = &state_of(mm)->heap[i];
        MM_ASSERT(brk_grow(mm, brk, before->end[i] - brk->heap.end));
    }
}

/* Give back what the heaps keep at their ends; false: nothing. */
static bool brk_reclaim(struct mm *mm)
{
    bool any = false;

    for (uint32_t i = 0; i < HEAPS; i++) {
        struct brk_heap *brk = &state_of(mm)->heap[i];
        uint32_t tail_bytes = heap_tail_bytes(&brk->heap);
        if (tail_bytes == 0)
            continue;
        brk_shrink(mm, brk, tail_bytes);
        any = true;
    }
    return any;
}

static vaddr_t heap_alloc_growing(struct mm *mm, struct brk_heap *brk, uint32_t bytes)
{
    vaddr_t block = heap_alloc(&brk->heap, bytes, HEAP_ALIGN);

    if (!vaddr_is_none(block))
        return block;
    if (!brk_grow(mm, brk, heap_shortfall(&brk->heap, bytes, HEAP_ALIGN)))
        return VADDR_NONE;
    return heap_alloc(&brk->heap, bytes, HEAP_ALIGN);
}

/* From the class's own heap; LOW's falls back on DMA's, and a failure is the first one's. */
static vaddr_t brk_kmalloc(struct mm *mm, uint32_t bytes, enum page_class class)
{
    struct mm_failure first = {MM_OK, PFN_NONE};

    if (bytes > HEAP_REQUEST_MAX) {
        mm_fail(mm, MM_NO_ADDRESS_SPACE, PFN_NONE);
        return VADDR_NONE;
    }
    enum zone top = class_top_zone(class);
    if (!has_ram(&state_of(mm)->heap[top]))
        top = ZONE_DMA; /* whose failure says more than that of a heap that never was */
    for (uint32_t i = top + 1u; i-- > 0;) {
        vaddr_t block = heap_alloc_growing(mm, &state_of(mm)->heap[i], bytes);
        if (!vaddr_is_none(block))
            return block;
        if (first.cause == MM_OK)
            first = mm->failure;
    }
    mm->failure = first;
    return VADDR_NONE;
}

static struct brk_heap *heap_of(struct mm *mm, vaddr_t block)
{
    return &state_of(mm)
                ->heap[block.value < DIRECT_MAP_BASE + (DMA_END_PFN << PAGE_SHIFT) ? ZONE_DMA
                                                                                   : ZONE_LOW];
}

static void brk_trim(struct mm *mm, struct brk_heap *brk)
{
    uint32_t tail_bytes = heap_tail_bytes(&brk->heap);

    if (tail_bytes >= HEAP_TRIM_BYTES)
        brk_shrink(mm, brk, tail_bytes);
}

static void brk_kfree(struct mm *mm, vaddr_t block)
{
    struct brk_heap *brk = heap_of(mm, block);

    heap_free(&brk->heap, block);
    brk_trim(mm, brk);
}

static bool resize_in_place(struct mm *mm, struct brk_heap *brk, vaddr_t block, uint32_t bytes)
{
    if (heap_resize(&brk->heap, block, bytes))
        return true;
    if (bytes > HEAP_REQUEST_MAX)
        return false;
    uint32_t shortfall = heap_resize_shortfall(&brk->heap, block, bytes);
    return shortfall != HEAP_NOT_LAST && brk_grow(mm, brk, shortfall) &&
           heap_resize(&brk->heap, block, bytes);
}

static vaddr_t brk_krealloc(struct mm *mm, vaddr_t block, uint32_t bytes)
{
    struct brk_heap *brk = heap_of(mm, block);

    if (resize_in_place(mm, brk, block, bytes)) {
        brk_trim(mm, brk);
        return block;
    }
    vaddr_t moved = brk_kmalloc(mm, bytes, brk->zone == ZONE_DMA ? PAGES_DMA : PAGES_LOW);
    if (!vaddr_is_none(moved)) {
        copy_words(moved, block, heap_usable_bytes(&brk->heap, block));
        brk_kfree(mm, block);
    }
    return moved;
}

static uint32_t brk_ksize(struct mm *mm, vaddr_t block)
{
    return heap_usable_bytes(&heap_of(mm, block)->heap, block);
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

static pfn_t brk_pages_alloc(struct mm *mm, uint32_t order, enum page_class class)
{
    struct frames_sorted *sorted = &state_of(mm)->frames;
    enum zone top = class_top_zone(class);
    struct brk_ends before = brk_ends(mm);
    pfn_t first = frames_sorted_alloc_block(sorted, order, top);

    if (pfn_is_none(first) && brk_reclaim(mm))
        first = frames_sorted_alloc_block(sorted, order, top);
    if (!pfn_is_none(first)) {
        mm_count_frames_taken(mm, 1u << order);
        return first;
    }
    fail_pages(mm, order, top);
    brk_restore(mm, &before);
    return PFN_NONE;
}

static void brk_pages_free(struct mm *mm, pfn_t first, uint32_t order)
{
    struct frames_sorted *sorted = &state_of(mm)->frames;

    if (order == 0)
        frames_sorted_free(sorted, first);
    else
        frames_sorted_free_block(sorted, first, order);
    mm_count_frames_given(mm, 1u << order);
}

static vaddr_t brk_vmalloc(struct mm *mm, uint32_t bytes)
{
    struct brk_ends before = brk_ends(mm);
    vaddr_t block = vmalloc_alloc(mm, &state_of(mm)->vmalloc, bytes);

    if (vaddr_is_none(block))
        brk_restore(mm, &before);
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

static const char *check_heap(struct mm *mm, const struct brk_heap *brk)
{
    const char *broken = heap_check(&brk->heap);
    pfn_t frame = paddr_to_pfn(direct_map_inverse(vaddr(brk->heap.start)));

    if (broken != NULL)
        return broken;
    if (brk_frame(brk).value > brk->limit)
        return "brk: brk has passed its limit";
    for (; frame.value < brk_frame(brk).value; frame = pfn_add(frame, 1))
        if (pfn_is_none(frames_sorted_first_used(&state_of(mm)->frames, frame, pfn_add(frame, 1))))
            return "brk: a frame below brk is free";
    return NULL;
}

static const char *brk_check(struct mm *mm)
{
    struct brk_state *state = state_of(mm);
    const char *broken = frames_sorted_check(&state->frames);

    for (uint32_t i = 0; broken == NULL && i < HEAPS; i++)
        broken = check_heap(mm, &state->heap[i]);
    if (broken == NULL)
        broken = vmalloc_check(mm, &state->vmalloc);
    if (broken != NULL)
        return broken;
    if (mm->counters.frames_used !=
        mm->frames_total - frames_sorted_free_to(&state->frames, ZONE_HIGH))
        return "brk: frames_used disagrees with the free frames";
    if (mm->counters.heap_span_bytes != spans_bytes(mm))
        return "brk: heap_span_bytes disagrees with the heaps";
    return NULL;
}

static void heap_place(struct mm *mm, uint32_t zone)
{
    struct brk_heap *brk = &state_of(mm)->heap[zone];
    struct frame_run run = memmap_largest_run(&mm->map, (enum zone)zone);

    if (run.end.value == 0) /* no RAM in the zone: a span that can't grow */
        run.start = run.end = zone_end((enum zone)zone);
    brk->zone = zone;
    brk->limit = run.end.value;
    heap_init(&brk->heap, direct_map_frame(run.start));
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
    for (uint32_t zone = 0; zone < HEAPS; zone++)
        heap_place(mm, zone);
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
    .free_bytes = brk_free_bytes,
    .free_blocks = brk_free_blocks,
    .check = brk_check,
};
