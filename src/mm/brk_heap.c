#include "brk_heap.h"

#include <mm/strategy.h>

#include "frame_fill.h"
#include "owners.h"

/* ---- growing and shrinking ---- */

uint32_t brk_span_bytes(const struct brk_state *state)
{
    return heap_skip_span_bytes(&state->heap, &state->skip) + (state->dma_frames << PAGE_SHIFT);
}

static void count_spans(struct mm *mm)
{
    const struct brk_state *state = brk_state_of(mm);
    bool any = state->heap.end != state->heap.start;

    mm_count_heap_span(mm, brk_span_bytes(state));
    mm_count_heap_left(mm, state->skip.fences + any, state->skip.left_bytes);
}

void brk_frames_taken(struct mm *mm, pfn_t start, pfn_t end, enum frame_owner owner)
{
    frames_verify(mm, start, end);
    owner_set_range(mm, start, end, owner);
    mm_count_frames_taken(mm, end.value - start.value);
    count_spans(mm);
}

void brk_frames_given(struct mm *mm, pfn_t start, pfn_t end)
{
    machine_frames_freed(start, end.value - start.value);
    frames_fill(mm, start, end);
    owner_set_range(mm, start, end, OWNER_FREE);
    frames_filled(mm, start, end);
    frames_sorted_free_range(&brk_state_of(mm)->frames, start, end);
    mm_count_frames_given(mm, end.value - start.value);
    count_spans(mm);
}

/* Returns the lowest frame that keeps brk from moving up to `end`, or PFN_NONE. */
pfn_t brk_first_used(struct mm *mm, pfn_t end)
{
    uint32_t limit = brk_state_of(mm)->limit;
    pfn_t reach = pfn(end.value < limit ? end.value : limit);
    pfn_t used = frames_sorted_first_used(&brk_state_of(mm)->frames, brk_frame(mm), reach);

    return pfn_is_none(used) && end.value > limit ? pfn(limit) : used;
}

bool brk_extend_free(struct mm *mm, uint32_t bytes)
{
    struct brk_state *state = brk_state_of(mm);
    pfn_t start = brk_frame(mm);
    pfn_t end = pfn_add(start, bytes >> PAGE_SHIFT);

    if (end.value > state->limit || !pfn_is_none(frames_sorted_take(&state->frames, start, end)))
        return false;
    heap_extend(&state->heap, bytes);
    brk_frames_taken(mm, start, end, OWNER_HEAP);
    return true;
}

/* Moves brk down by `bytes`, which must be free at the heap's end. */
static void brk_shrink(struct mm *mm, uint32_t bytes)
{
    pfn_t end = brk_frame(mm);

    heap_shrink(&brk_state_of(mm)->heap, bytes);
    brk_frames_given(mm, brk_frame(mm), end);
}

/* If the heap is empty and starts elsewhere, moves its start back to skip.home. */
static void go_home(struct mm *mm)
{
    struct brk_state *state = brk_state_of(mm);

    if (state->heap.end != state->heap.start || state->heap.start == state->skip.home)
        return;
    heap_skip_start_at(&state->heap, &state->skip, vaddr(state->skip.home));
    count_spans(mm);
}

/* Gives back the last span as soon as it has no block, even if it is short: the span before it may
   have a free tail. */
static void step_back(struct mm *mm)
{
    struct brk_state *state = brk_state_of(mm);
    struct heap_span span;

    heap_skip_back(&state->heap, &state->skip, &span);
    brk_frames_given(mm, paddr_to_pfn(direct_map_inverse(span.start)),
                     paddr_to_pfn(direct_map_inverse(span.end)));
}

static void brk_trim(struct mm *mm)
{
    struct brk_state *state = brk_state_of(mm);

    while (state->skip.fences != 0 && heap_skip_last_is_empty(&state->heap, &state->skip))
        step_back(mm);
    uint32_t tail_bytes = heap_tail_bytes(&state->heap);
    if (tail_bytes < HEAP_TRIM_BYTES)
        return;
    brk_shrink(mm, tail_bytes);
    go_home(mm);
}

/* ---- blocks ---- */

/* Records why the heap has no room for a block and cannot grow. */
static void fail_growth(struct mm *mm, uint32_t bytes, const struct brk_growth *growth)
{
    const struct frames_sorted *sorted = &brk_state_of(mm)->frames;
    uint32_t frames = heap_shortfall(&brk_state_of(mm)->heap, bytes, HEAP_ALIGN) >> PAGE_SHIFT;
    pfn_t end = pfn_add(brk_frame(mm), frames);

    if (end.value > LOW_END_PFN)
        mm_fail(mm, MM_NO_ADDRESS_SPACE, PFN_NONE);
    else if (frames_sorted_free_to(sorted, ZONE_HIGH) < frames)
        mm_fail(mm, MM_NO_FRAMES, PFN_NONE);
    else if (frames_sorted_free_to(sorted, ZONE_LOW) < frames)
        mm_fail(mm, MM_ZONE, PFN_NONE);
    else
        mm_fail(mm, MM_BRK_BLOCKED, growth->blocker(mm, end));
}

static bool brk_grow(struct mm *mm, uint32_t bytes, const struct brk_growth *growth)
{
    uint32_t shortfall = heap_shortfall(&brk_state_of(mm)->heap, bytes, HEAP_ALIGN);

    return growth->extend(mm, shortfall) ||
           (growth->elsewhere != NULL && growth->elsewhere(mm, bytes));
}

static vaddr_t alloc_growing(struct mm *mm, uint32_t bytes, const struct brk_growth *growth)
{
    if (bytes > HEAP_REQUEST_MAX) {
        mm_fail(mm, MM_NO_ADDRESS_SPACE, PFN_NONE);
        return VADDR_NONE;
    }
    if (!brk_grow(mm, bytes, growth)) {
        fail_growth(mm, bytes, growth);
        return VADDR_NONE;
    }
    return heap_alloc(&brk_state_of(mm)->heap, bytes, HEAP_ALIGN);
}

/* Moves brk up if that makes room for a slab that the request deserves. No page is moved and no
   hole is left for it: a block with a header serves the request as well. */
static void grow_for_slab(struct mm *mm, uint32_t bytes)
{
    uint32_t shortfall = heap_slab_shortfall(&brk_state_of(mm)->heap, bytes);

    if (shortfall != 0)
        (void)brk_extend_free(mm, shortfall);
}

/* Allocates what is no object of an existing slab. Out of line, so that a call that finds an object
   saves no registers. */
vaddr_t brk_alloc_no_object(struct mm *mm, uint32_t bytes, enum page_class page_class,
                            const struct brk_growth *growth)
{
    if (page_class == PAGES_DMA && bytes <= HEAP_REQUEST_MAX)
        return brk_dma_alloc(mm, bytes);
    grow_for_slab(mm, bytes);
    vaddr_t block = heap_alloc(&brk_state_of(mm)->heap, bytes, HEAP_ALIGN);
    return vaddr_is_none(block) ? alloc_growing(mm, bytes, growth) : block;
}

/* DMA blocks are rare: test the number of their frames first. */
static inline bool is_dma(struct mm *mm, vaddr_t block)
{
    return brk_state_of(mm)->dma_frames != 0 && brk_is_dma(mm, block);
}

/* The heap treats each hole between its spans as part of a block (heap_skip.h), so it cannot reject
   a pointer into a hole. The owners of the frames can: those of the payload and of the header must
   be the heap's. */
static const char *span_fault(struct mm *mm, vaddr_t block)
{
    const struct brk_state *state = brk_state_of(mm);
    vaddr_t header = vaddr(block.value - HEAP_HEADER_BYTES);

    if (header.value - DIRECT_MAP_BASE >= DIRECT_MAP_SIZE ||
        !owner_is(mm, paddr_to_pfn(direct_map_inverse(block)), OWNER_HEAP) ||
        !owner_is(mm, paddr_to_pfn(direct_map_inverse(header)), OWNER_HEAP))
        return "pointer is not into the heap's blocks";
    return heap_skip_is_fence(&state->heap, &state->skip, block)
               ? "pointer is to what the heap steps over"
               : NULL;
}

const char *brk_block_fault(struct mm *mm, vaddr_t block)
{
    const struct brk_state *state = brk_state_of(mm);
    const char *fault = NULL;

    if (is_dma(mm, block))
        return NULL;
    if (state->skip.fences != 0)
        fault = span_fault(mm, block);
    return fault != NULL ? fault : heap_pointer_fault(&state->heap, block);
}

static __attribute__((noinline)) void free_no_object(struct mm *mm, vaddr_t block)
{
    struct brk_state *state = brk_state_of(mm);

    if (is_dma(mm, block)) {
        brk_dma_free(mm, block);
        return;
    }
    if (state->skip.fences != 0) {
        const char *fault = span_fault(mm, block);
        if (fault != NULL)
            misuse_block(mm, "kfree", block, fault);
    }
    heap_free(&state->heap, block);
    brk_trim(mm);
}

/* An object of a slab lies in the heap's own frames, and is no block of DMA and no hole. */
void brk_kfree(struct mm *mm, vaddr_t block)
{
    if (!heap_free_object(&brk_state_of(mm)->heap, block))
        free_no_object(mm, block);
}

uint32_t brk_ksize(struct mm *mm, vaddr_t block)
{
    return is_dma(mm, block) ? brk_dma_usable_bytes(block)
                             : heap_usable_bytes(&brk_state_of(mm)->heap, block);
}

static bool resize_in_place(struct mm *mm, vaddr_t block, uint32_t bytes,
                            const struct brk_growth *growth)
{
    struct heap *heap = &brk_state_of(mm)->heap;

    if (heap_resize(heap, block, bytes))
        return true;
    if (bytes > HEAP_REQUEST_MAX)
        return false;
    uint32_t shortfall = heap_resize_shortfall(heap, block, bytes);
    return shortfall != HEAP_NOT_LAST && growth->extend(mm, shortfall) &&
           heap_resize(heap, block, bytes);
}

/* A block that was allocated below 16 MiB stays below 16 MiB. */
vaddr_t brk_krealloc(struct mm *mm, vaddr_t block, uint32_t bytes, const struct brk_growth *growth)
{
    bool dma = is_dma(mm, block);

    if (dma ? bytes <= brk_dma_usable_bytes(block) : resize_in_place(mm, block, bytes, growth)) {
        if (!dma)
            brk_trim(mm);
        return block;
    }
    vaddr_t moved = brk_kmalloc(mm, bytes, dma ? PAGES_DMA : PAGES_LOW, growth);
    if (!vaddr_is_none(moved)) {
        copy_words(moved, block, brk_ksize(mm, block));
        brk_kfree(mm, block);
    }
    return moved;
}

/* ---- pages ---- */

void brk_fail_range(struct mm *mm, uint32_t frames, enum zone top)
{
    const struct frames_sorted *sorted = &brk_state_of(mm)->frames;

    if (frames_sorted_free_to(sorted, ZONE_HIGH) < frames)
        mm_fail(mm, MM_NO_FRAMES, PFN_NONE);
    else if (frames_sorted_free_to(sorted, top) < frames)
        mm_fail(mm, MM_ZONE, PFN_NONE);
    else
        mm_fail(mm, MM_NO_RUN, PFN_NONE);
}

/* No block of 2^order frames is free. Tries again with the free frames at the heap's end; if that
   fails, too, the heap takes them back. */
static pfn_t pages_alloc_reclaiming(struct mm *mm, uint32_t order, enum zone top)
{
    uint32_t tail_bytes = heap_tail_bytes(&brk_state_of(mm)->heap);

    if (tail_bytes != 0)
        brk_shrink(mm, tail_bytes);
    pfn_t first = frames_sorted_alloc_block(&brk_state_of(mm)->frames, order, top);
    if (!pfn_is_none(first)) {
        go_home(mm);
        return first;
    }
    brk_fail_range(mm, 1u << order, top);
    MM_ASSERT(brk_extend_free(mm, tail_bytes));
    return PFN_NONE;
}

pfn_t brk_pages_alloc(struct mm *mm, uint32_t order, enum page_class page_class)
{
    enum zone top = class_top_zone(page_class);
    pfn_t first = frames_sorted_alloc_block(&brk_state_of(mm)->frames, order, top);

    if (pfn_is_none(first))
        first = pages_alloc_reclaiming(mm, order, top);
    if (!pfn_is_none(first))
        mm_count_frames_taken(mm, 1u << order);
    return first;
}

/* The free frames at the heap's end count as free: brk_pages_alloc() takes them when it finds no
   others. */
bool brk_frames_ready(struct mm *mm, uint32_t low, uint32_t user)
{
    const struct frames_sorted *sorted = &brk_state_of(mm)->frames;
    uint32_t tail = heap_tail_bytes(&brk_state_of(mm)->heap) >> PAGE_SHIFT;
    uint32_t all = frames_sorted_free_to(sorted, ZONE_HIGH) + tail;

    if (all >= low + user && frames_sorted_free_to(sorted, ZONE_LOW) + tail >= low)
        return true;
    mm_fail(mm, all < low + user ? MM_NO_FRAMES : MM_ZONE, PFN_NONE);
    return false;
}

void brk_pages_free(struct mm *mm, pfn_t first, uint32_t order)
{
    frames_sorted_free_block(&brk_state_of(mm)->frames, first, order);
    mm_count_frames_given(mm, 1u << order);
}

vaddr_t brk_vmalloc(struct mm *mm, uint32_t bytes)
{
    return vmalloc_alloc(mm, &brk_state_of(mm)->vmalloc, bytes);
}

void brk_vfree(struct mm *mm, vaddr_t block)
{
    vmalloc_free(mm, &brk_state_of(mm)->vmalloc, block);
}

/* ---- reports ---- */

uint64_t brk_free_bytes(struct mm *mm)
{
    return (uint64_t)frames_sorted_free_to(&brk_state_of(mm)->frames, ZONE_HIGH) << PAGE_SHIFT;
}

void brk_free_blocks(struct mm *mm, struct free_blocks *blocks)
{
    frames_sorted_free_blocks(&brk_state_of(mm)->frames, blocks);
}

bool brk_heap_range(struct mm *mm, uint32_t i, struct vaddr_range *range)
{
    const struct brk_state *state = brk_state_of(mm);

    *range = (struct vaddr_range){vaddr(state->skip.home), direct_map_frame(pfn(state->limit))};
    return i == 0;
}

void brk_heap_spans(struct mm *mm, span_visit *visit, void *context)
{
    const struct brk_state *state = brk_state_of(mm);

    heap_skip_spans(&state->heap, &state->skip, visit, context);
}

/* ---- the checker ---- */

/* Counts the heap's frames from its start to brk. */
static uint32_t count_span_frames(struct mm *mm)
{
    uint32_t frames = 0;
    pfn_t frame = paddr_to_pfn(direct_map_inverse(vaddr(brk_state_of(mm)->heap.start)));

    for (; frame.value < brk_frame(mm).value; frame = pfn_add(frame, 1))
        frames += owner_is(mm, frame, OWNER_HEAP);
    return frames;
}

static const char *check_owners(struct mm *mm)
{
    const struct brk_state *state = brk_state_of(mm);
    uint32_t span_frames = heap_skip_span_bytes(&state->heap, &state->skip) >> PAGE_SHIFT;
    struct owner_counts counts;

    owners_count(mm, &counts);
    if (count_span_frames(mm) != span_frames || counts.frames[OWNER_HEAP] != span_frames)
        return "brk: the frames of the heap are not those of its spans";
    return counts.frames[OWNER_BLOCK] == state->dma_frames
               ? NULL
               : "brk: dma_frames disagrees with the frames of blocks below 16 MiB";
}

static const char *check_brk(struct mm *mm)
{
    const struct brk_state *state = brk_state_of(mm);

    if (brk_frame(mm).value > state->limit)
        return "brk: brk has passed its limit";
    if (mm->counters.frames_used !=
        mm->frames_total - frames_sorted_free_to(&state->frames, ZONE_HIGH))
        return "brk: frames_used disagrees with the free frames";
    if (mm->counters.heap_span_bytes != brk_span_bytes(state))
        return "brk: heap_span_bytes disagrees with the heap";
    if (mm->counters.heap_left_bytes != state->skip.left_bytes)
        return "brk: heap_left_bytes disagrees with the heap's holes";
    return check_owners(mm);
}

const char *brk_check(struct mm *mm)
{
    const struct brk_state *state = brk_state_of(mm);
    const char *broken = frames_sorted_check(&state->frames);

    if (broken == NULL)
        broken = heap_check(&state->heap);
    if (broken == NULL)
        broken = heap_skip_check(&state->heap, &state->skip);
    if (broken == NULL)
        broken = vmalloc_check(mm, &state->vmalloc);
    return broken != NULL ? broken : check_brk(mm);
}

/* ---- the start ---- */

void brk_heap_place(struct mm *mm, pfn_t start, pfn_t limit)
{
    struct brk_state *state = brk_state_of(mm);

    state->limit = limit.value;
    heap_init(&state->heap, direct_map_frame(start));
    heap_skip_init(&state->skip, &state->heap);
}

bool brk_heap_init(struct mm *mm, uint32_t bytes)
{
    pfn_t end = memmap_end(&mm->map);
    vaddr_t arrays = mm_carve_address(mm, frames_sorted_bytes(end));

    mm->state = mm_carve(mm, bytes);
    if (vaddr_is_none(arrays) || mm->state == NULL)
        return false;
    struct brk_state *state = brk_state_of(mm);
    frames_sorted_init(&state->frames, arrays, end);
    for (uint32_t i = 0; i < mm->map.count; i++)
        frames_sorted_add(&state->frames, mm->map.range[i].start, mm->map.range[i].end);
    struct frame_range low = memmap_largest_low_range(&mm->map);
    brk_heap_place(mm, low.start, low.end);
    state->dma_frames = 0;
    vmalloc_init(&state->vmalloc);
    return true;
}
