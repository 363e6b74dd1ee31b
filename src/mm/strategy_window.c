/*
 * `window`, the thread's present system: a LIFO page stack, and a heap in its own 64 MiB of kernel
 * space, whose page tables exist from the start and whose pages get frames at the first touch.
 *
 * The heap's headers and links must always have frames, because a fault without a free frame cannot
 * be handled inside the allocator. So a call first backs the pages in which it will write headers
 * and links; if there are too few frames, it fails and changes nothing. The rest of a block gets
 * frames when it is touched; that access fails if no frame is free then.
 */
#include <mm/process.h>

#include "heap_fast.h"
#include "misuse.h"
#include "window_pages.h"

#define WINDOW_END (HEAP_AREA_BASE + HEAP_AREA_SIZE)

/* ---- the span ---- */

static bool span_extend(struct mm *mm, uint32_t bytes)
{
    struct heap *heap = &window_state_of(mm)->heap;

    if (bytes > WINDOW_END - heap->end) {
        mm_fail(mm, MM_NO_ADDRESS_SPACE, PFN_NONE);
        return false;
    }
    heap_extend(heap, bytes);
    mm_count_heap_span(mm, heap->end - heap->start);
    return true;
}

static void span_shrink(struct mm *mm, uint32_t bytes)
{
    struct heap *heap = &window_state_of(mm)->heap;
    struct page_range pages = pages_of(heap->end - bytes, bytes);

    heap_shrink(heap, bytes);
    mm_count_heap_span(mm, heap->end - heap->start);
    window_pages_release(mm, pages);
}

/* Reverts a span_extend() of a call that failed, before a page of the extension got a frame. */
static void span_restore(struct mm *mm, uint32_t end, uint32_t peak_bytes)
{
    struct heap *heap = &window_state_of(mm)->heap;

    heap_shrink(heap, heap->end - end);
    mm->counters.heap_span_bytes = heap->end - heap->start;
    mm->counters.heap_span_peak_bytes = peak_bytes;
}

/* ---- requests ---- */

static inline bool plan_alloc(const struct heap *heap, uint32_t bytes, uint32_t alignment,
                              struct heap_plan *plan)
{
    return alignment > HEAP_ALIGN ? heap_plan_aligned(heap, bytes, alignment, plan)
                                  : heap_plan_alloc(heap, bytes, plan);
}

/* Allocates a block whose first `copy` bytes have frames. */
static inline __attribute__((always_inline)) vaddr_t block_alloc(struct mm *mm, uint32_t bytes,
                                                                 uint32_t alignment, uint32_t copy)
{
    struct heap *heap = &window_state_of(mm)->heap;
    uint32_t end = heap->end;
    uint32_t peak_bytes = mm->counters.heap_span_peak_bytes;
    struct heap_plan plan;

    if (bytes > HEAP_AREA_SIZE) {
        mm_fail(mm, MM_NO_ADDRESS_SPACE, PFN_NONE);
        return VADDR_NONE;
    }
    if (!plan_alloc(heap, bytes, alignment, &plan)) {
        if (!span_extend(mm, heap_shortfall(heap, bytes, alignment)))
            return VADDR_NONE;
        MM_ASSERT(plan_alloc(heap, bytes, alignment, &plan));
    }
    if (!window_plan_back(mm, &plan, bytes, copy)) {
        span_restore(mm, end, peak_bytes);
        return VADDR_NONE;
    }
    return heap_alloc(heap, bytes, alignment);
}

static __attribute__((noinline)) vaddr_t alloc_no_object(struct mm *mm, uint32_t bytes)
{
    return block_alloc(mm, bytes, HEAP_ALIGN, 0);
}

static vaddr_t window_kmalloc(struct mm *mm, uint32_t bytes, enum page_class page_class)
{
    if (page_class == PAGES_DMA) { /* the heap's frames may lie anywhere */
        mm_fail(mm, MM_UNSUPPORTED, PFN_NONE);
        return VADDR_NONE;
    }
    vaddr_t object =
        heap_alloc_object(&window_state_of(mm)->heap, bytes); /* its page has a frame */
    return vaddr_is_none(object) ? alloc_no_object(mm, bytes) : object;
}

static void span_trim(struct mm *mm)
{
    uint32_t tail_bytes = heap_tail_bytes(&window_state_of(mm)->heap);

    if (tail_bytes >= HEAP_TRIM_BYTES)
        span_shrink(mm, tail_bytes);
}

static bool is_area(const struct window_state *state, vaddr_t block)
{
    uint32_t page = heap_area_page(block);

    return block.value % PAGE_SIZE == 0 && page < HEAP_AREA_PAGES &&
           (state->area_starts[page / 32u] >> page % 32u & 1u) != 0;
}

/* Changes the bit of the page at which an area starts. */
static void area_flip(struct window_state *state, vaddr_t area)
{
    uint32_t page = heap_area_page(area);

    state->area_starts[page / 32u] ^= 1u << page % 32u;
}

static const char *window_block_fault(struct mm *mm, vaddr_t block)
{
    const struct window_state *state = window_state_of(mm);

    if (state->areas != 0 && is_area(state, block))
        return "block is an area of vmalloc()";
    return heap_pointer_fault(&state->heap, block);
}

static __attribute__((noinline)) void free_no_object(struct mm *mm, vaddr_t block)
{
    struct window_state *state = window_state_of(mm);

    if (state->areas != 0 && is_area(state, block))
        misuse_block(mm, "kfree", block, "block is an area of vmalloc()");
    heap_free(&state->heap, block);
    span_trim(mm);
}

/* An object of a slab is no area, because an area starts a page and an object does not. */
static void window_kfree(struct mm *mm, vaddr_t block)
{
    if (!heap_free_object(&window_state_of(mm)->heap, block))
        free_no_object(mm, block);
}

/* Copies only the pages with frames: a page that was never touched has no contents. */
static void copy_present(struct mm *mm, vaddr_t to, vaddr_t from, uint32_t bytes)
{
    for (uint32_t done = 0; done < bytes;) {
        uint32_t at = from.value + done;
        uint32_t piece = PAGE_SIZE - (at & PAGE_OFFSET_MASK);
        piece = piece < bytes - done ? piece : bytes - done;
        if (page_present(mm, heap_area_page(vaddr(at))))
            copy_words(vaddr_add(to, done), vaddr(at), piece);
        done += piece;
    }
}

static bool resize_in_place(struct mm *mm, vaddr_t block, uint32_t bytes)
{
    struct heap *heap = &window_state_of(mm)->heap;
    uint32_t end = heap->end;
    uint32_t peak_bytes = mm->counters.heap_span_peak_bytes;
    uint32_t shortfall = heap_resize_shortfall(heap, block, bytes);
    struct heap_plan plan;

    if (shortfall != HEAP_NOT_LAST && shortfall != 0 && !span_extend(mm, shortfall))
        return false;
    if (!heap_plan_resize(heap, block, bytes, &plan))
        return false;
    if (!window_plan_back(mm, &plan, bytes, 0)) {
        span_restore(mm, end, peak_bytes);
        return false;
    }
    MM_ASSERT(heap_resize(heap, block, bytes));
    span_trim(mm);
    return true;
}

static vaddr_t window_krealloc(struct mm *mm, vaddr_t block, uint32_t bytes)
{
    uint32_t usable = heap_usable_bytes(&window_state_of(mm)->heap, block);
    uint32_t keep = usable < bytes ? usable : bytes;

    if (bytes <= HEAP_AREA_SIZE && resize_in_place(mm, block, bytes))
        return block;
    vaddr_t moved = block_alloc(mm, bytes, HEAP_ALIGN, keep);
    if (!vaddr_is_none(moved)) {
        copy_present(mm, moved, block, keep);
        window_kfree(mm, block);
    }
    return moved;
}

static uint32_t window_ksize(struct mm *mm, vaddr_t block)
{
    return heap_usable_bytes(&window_state_of(mm)->heap, block);
}

/*
 * If the frames at the heap's end are needed, they go to the stack at once. Otherwise requests for
 * user pages would take LOW frames of the stack before HIGH frames of the heap's end, and later
 * requests for low pages would find none.
 */
static bool window_frames_ready(struct mm *mm, uint32_t low, uint32_t user)
{
    const struct frames_stack *stack = &window_state_of(mm)->frames;
    uint32_t all = window_frames_free(mm);
    uint32_t below_high = frames_stack_free_to(stack, ZONE_LOW);

    if (all >= low + user && below_high >= low)
        return true;
    all += window_tail_frames(mm, ZONE_HIGH);
    below_high += window_tail_frames(mm, ZONE_LOW);
    if (all >= low + user && below_high >= low) {
        span_shrink(mm, heap_tail_bytes(&window_state_of(mm)->heap));
        return true;
    }
    mm_fail(mm, all < low + user ? MM_NO_FRAMES : MM_ZONE, PFN_NONE);
    return false;
}

static pfn_t window_pages_alloc(struct mm *mm, uint32_t order, enum page_class page_class)
{
    if (order != 0) {
        mm_fail(mm, MM_UNSUPPORTED, PFN_NONE); /* a stack cannot find adjacent frames */
        return PFN_NONE;
    }
    enum zone top = class_top_zone(page_class);
    pfn_t frame = window_frame_alloc(mm, top);
    if (!pfn_is_none(frame))
        return frame;
    if (window_tail_frames(mm, top) != 0) {
        span_shrink(mm, heap_tail_bytes(&window_state_of(mm)->heap));
        return window_frame_alloc(mm, top);
    }
    mm_fail(mm, window_frames_free(mm) != 0 ? MM_ZONE : MM_NO_FRAMES, PFN_NONE);
    return PFN_NONE;
}

static void window_pages_free(struct mm *mm, pfn_t first, uint32_t order)
{
    (void)order; /* always 0 */
    window_frame_free(mm, first);
}

/* The heap itself is only virtually contiguous, so it serves vmalloc() as well. */
static vaddr_t window_vmalloc(struct mm *mm, uint32_t bytes)
{
    struct window_state *state = window_state_of(mm);
    vaddr_t area = block_alloc(mm, bytes, PAGE_SIZE, 0);

    if (vaddr_is_none(area))
        return area;
    area_flip(state, area);
    state->areas++;
    return area;
}

static void window_vfree(struct mm *mm, vaddr_t area)
{
    struct window_state *state = window_state_of(mm);

    if (!is_area(state, area))
        misuse_area(mm, area, "not the start of an area");
    area_flip(state, area);
    state->areas--;
    window_kfree(mm, area);
}

static uint32_t window_area_bytes(struct mm *mm, vaddr_t area)
{
    return is_area(window_state_of(mm), area) ? heap_usable_bytes(&window_state_of(mm)->heap, area)
                                              : 0;
}

/* Gives a frame to a page of the heap at its first touch. */
static bool window_page_fault(struct mm *mm, vaddr_t va, uint32_t error_code)
{
    const struct heap *heap = &window_state_of(mm)->heap;

    if ((error_code & FAULT_PRESENT) != 0 || va.value < heap->start || va.value >= heap->end)
        return process_fault(mm, va, error_code); /* the page is not the heap's */
    if (window_frames_free(mm) == 0) {
        mm_fail(mm, MM_NO_FRAMES, PFN_NONE);
        return false;
    }
    window_page_back(mm, heap_area_page(va));
    return true;
}

static uint64_t window_free_bytes(struct mm *mm)
{
    return (uint64_t)window_frames_free(mm) << PAGE_SHIFT;
}

static void window_free_blocks(struct mm *mm, struct free_blocks *blocks)
{
    frames_stack_free_blocks(&window_state_of(mm)->frames, blocks);
}

static bool window_heap_range(struct mm *mm, uint32_t i, struct vaddr_range *range)
{
    *range = (struct vaddr_range){vaddr(HEAP_AREA_BASE), vaddr(WINDOW_END)};
    (void)mm;
    return i == 0;
}

static void window_heap_spans(struct mm *mm, span_visit *visit, void *context)
{
    const struct heap *heap = &window_state_of(mm)->heap;

    if (heap->start != heap->end)
        visit(context, vaddr(heap->start), vaddr(heap->end));
}

/* Every area is a live block. */
static const char *check_areas(const struct window_state *state)
{
    uint32_t areas = 0;

    for (uint32_t page = 0; page < HEAP_AREA_PAGES; page++) {
        vaddr_t area = vaddr(HEAP_AREA_BASE + (page << PAGE_SHIFT));
        if (!is_area(state, area))
            continue;
        if (heap_pointer_fault(&state->heap, area) != NULL)
            return "window: an area is not a block of the heap";
        areas++;
    }
    return areas == state->areas ? NULL : "window: `areas` disagrees with the number of areas";
}

static const char *window_check(struct mm *mm)
{
    struct window_state *state = window_state_of(mm);
    const char *broken = frames_stack_check(&state->frames);

    if (broken == NULL)
        broken = heap_check(&state->heap);
    if (broken != NULL)
        return broken;
    if (mm->counters.frames_used != mm->frames_total - window_frames_free(mm))
        return "window: frames_used disagrees with the stack";
    if (mm->counters.heap_span_bytes != state->heap.end - state->heap.start)
        return "window: heap_span_bytes disagrees with the heap";
    struct page_range outside = {(state->heap.end - HEAP_AREA_BASE) >> PAGE_SHIFT, HEAP_AREA_PAGES};
    if (window_pages_missing(mm, outside) != outside.end - outside.first)
        return "window: a page beyond the heap is mapped";
    broken = check_areas(state);
    return broken != NULL ? broken : window_pages_check(mm);
}

static bool window_init(struct mm *mm)
{
    pfn_t first = mm->map.range[0].start;
    pfn_t end = memmap_end(&mm->map);
    vaddr_t links = mm_carve_address(mm, frames_stack_bytes(first, end));

    mm->state = mm_carve(mm, sizeof(struct window_state));
    if (vaddr_is_none(links) || mm->state == NULL)
        return false;
    frames_stack_init(&window_state_of(mm)->frames, links, first, end);
    for (uint32_t i = mm->map.count; i-- > 0;)
        frames_stack_add(&window_state_of(mm)->frames, mm->map.range[i].start,
                         mm->map.range[i].end);
    heap_init(&window_state_of(mm)->heap, vaddr(HEAP_AREA_BASE));
    window_state_of(mm)->areas = 0;
    for (uint32_t word = 0; word < HEAP_AREA_PAGES / 32u; word++)
        window_state_of(mm)->area_starts[word] = 0;
    return true;
}

const struct strategy strategy_window = {
    .name = "window",
    .source = "the thread's present system",
    .frames = "LIFO page stack",
    .heap = "64 MiB heap area, frames on first touch",
    .vmalloc_in_heap = true,
    .init = window_init,
    .kmalloc = window_kmalloc,
    .kfree = window_kfree,
    .block_fault = window_block_fault,
    .krealloc = window_krealloc,
    .ksize = window_ksize,
    .pages_alloc = window_pages_alloc,
    .pages_free = window_pages_free,
    .vmalloc = window_vmalloc,
    .vfree = window_vfree,
    .area_bytes = window_area_bytes,
    .frames_ready = window_frames_ready,
    .page_fault = window_page_fault,
    .free_bytes = window_free_bytes,
    .free_blocks = window_free_blocks,
    .heap_range = window_heap_range,
    .heap_spans = window_heap_spans,
    .check = window_check,
};
