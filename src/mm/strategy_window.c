/*
 * `window`, the thread's present system: a LIFO page stack, and a heap in its own 64 MiB of kernel
 * space, whose page tables exist from the start and whose pages get frames at the first touch.
 *
 * The heap's headers and links must always have frames, because a fault without a free frame cannot
 * be handled inside the allocator. So a call first backs the pages in which it will write headers
 * and links; if there are too few frames, it fails and changes nothing. The rest of a block gets
 * frames when it is touched; that access fails if no frame is free then.
 */
#include <mm/frames_stack.h>
#include <mm/heap.h>
#include <mm/pgtable.h>
#include <mm/process.h>
#include <mm/strategy.h>

#include "entries.h"
#include "fill.h"
#include "frame_fill.h"
#include "heap_plan.h"
#include "misuse.h"
#include "owners.h"

#define WINDOW_END (HEAP_AREA_BASE + HEAP_AREA_SIZE)

/* Areas of vmalloc() are blocks of the heap that start a page. */
struct window_state {
    struct frames_stack frames;
    struct heap heap;
    uint32_t areas;                              /* the number of live areas */
    uint32_t area_starts[HEAP_AREA_PAGES / 32u]; /* a bit for each page at which an area starts */
};

static struct window_state *state_of(struct mm *mm)
{
    return mm->state;
}

/* ---- frames ---- */

static pfn_t frame_alloc(struct mm *mm, enum zone top)
{
    for (uint32_t zone = top + 1u; zone-- > 0;) {
        pfn_t frame = frames_stack_alloc(&state_of(mm)->frames, (enum zone)zone);
        if (!pfn_is_none(frame)) {
            mm_count_frames_taken(mm, 1);
            return frame;
        }
    }
    return PFN_NONE;
}

static void frame_free(struct mm *mm, pfn_t frame)
{
    frames_stack_free(&state_of(mm)->frames, frame);
    mm_count_frames_given(mm, 1);
}

/* Backs a page of the heap with a frame. At least one frame must be free. */
static void page_back(struct mm *mm, uint32_t page)
{
    pfn_t frame = frame_alloc(mm, ZONE_HIGH);

    frames_verify(mm, frame, pfn_add(frame, 1));
    owner_set(mm, frame, 0, OWNER_HEAP);
    entries_heap_area_map(mm, page, frame);
    if (MM_HARDENING >= HARDEN_FULL) /* the free bytes of the page must have the fill pattern */
        fill_freed(HEAP_AREA_BASE + (page << PAGE_SHIFT),
                   HEAP_AREA_BASE + ((page + 1u) << PAGE_SHIFT));
}

static void page_release(struct mm *mm, uint32_t page)
{
    pfn_t frame = entries_heap_area_unmap(mm, page);

    machine_frames_freed(frame, 1);
    frames_fill(mm, frame, pfn_add(frame, 1));
    owner_set(mm, frame, 0, OWNER_FREE);
    frames_filled(mm, frame, pfn_add(frame, 1));
    frame_free(mm, frame);
}

static uint32_t frames_free(struct mm *mm)
{
    return frames_stack_free_to(&state_of(mm)->frames, ZONE_HIGH);
}

/* ---- the heap area's pages ---- */

/* Pages of the heap area, [first, end). */
struct page_range {
    uint32_t first;
    uint32_t end;
};

static struct page_range pages_of(uint32_t address, uint32_t bytes)
{
    return (struct page_range){(address - HEAP_AREA_BASE) >> PAGE_SHIFT,
                               (address - HEAP_AREA_BASE + bytes + PAGE_OFFSET_MASK) >> PAGE_SHIFT};
}

static bool page_present(struct mm *mm, uint32_t page)
{
    return (heap_area_entry(mm->heap_area_tables, page) & PTE_PRESENT) != 0;
}

static uint32_t pages_missing(struct mm *mm, struct page_range pages)
{
    uint32_t missing = 0;

    for (uint32_t page = pages.first; page < pages.end; page++)
        missing += !page_present(mm, page);
    return missing;
}

static void pages_back(struct mm *mm, struct page_range pages)
{
    for (uint32_t page = pages.first; page < pages.end; page++)
        if (!page_present(mm, page))
            page_back(mm, page);
}

/* The ranges of pages that a plan writes. The end of a block is written only in HARDEN_FULL. */
enum {
    PLAN_GAP,
    PLAN_BLOCK,
    PLAN_END,
    PLAN_REST = PLAN_END + (MM_HARDENING >= HARDEN_FULL),
    PLAN_RANGES
};

/* The pages that a plan will write, in ascending order; no page is in two ranges. */
struct plan_pages {
    struct page_range range[PLAN_RANGES];
};

/* Returns the pages of the red zone of a block of `bytes` in HARDEN_FULL. The block may be larger
   than requested by less than two of the smallest blocks. */
static struct page_range pages_of_end(const struct heap *heap, vaddr_t block, uint32_t bytes)
{
    uint32_t start = block.value + (bytes > REDZONE_ROOM_BYTES ? bytes - REDZONE_ROOM_BYTES : 0);
    uint32_t end = block.value + bytes + 2u * HEAP_BLOCK_MIN;

    return pages_of(start, (end < heap->end ? end : heap->end) - start);
}

/* Finds the pages of a plan for a request of `bytes`, of which the first `copy` will be written. */
static void pages_of_plan(const struct heap *heap, const struct heap_plan *plan, uint32_t bytes,
                          uint32_t copy, struct plan_pages *pages)
{
    uint32_t header = plan->block.value - HEAP_HEADER_BYTES;
    uint32_t used = HEAP_HEADER_BYTES + copy;

    *pages = (struct plan_pages){0};
    if (!vaddr_is_none(plan->gap))
        pages->range[PLAN_GAP] = pages_of(plan->gap.value, HEAP_LINKED_BYTES);
    pages->range[PLAN_BLOCK] =
        pages_of(header, used > HEAP_LINKED_BYTES ? used : HEAP_LINKED_BYTES);
    if (MM_HARDENING >= HARDEN_FULL)
        pages->range[PLAN_END] = pages_of_end(heap, plan->block, bytes);
    if (!vaddr_is_none(plan->rest))
        pages->range[PLAN_REST] = pages_of(plan->rest.value, HEAP_LINKED_BYTES);
    for (uint32_t i = 1, above = pages->range[0].end; i < PLAN_RANGES; i++) {
        struct page_range *range = &pages->range[i];
        range->first = range->first < above ? above : range->first;
        above = range->end > above ? range->end : above;
    }
}

/* Backs the pages of a plan. Returns false, and backs none, if too few frames are free. */
static bool plan_back(struct mm *mm, const struct heap_plan *plan, uint32_t bytes, uint32_t copy)
{
    struct plan_pages pages;
    uint32_t missing = 0;

    pages_of_plan(&state_of(mm)->heap, plan, bytes, copy, &pages);
    for (uint32_t i = 0; i < PLAN_RANGES; i++)
        missing += pages_missing(mm, pages.range[i]);
    if (missing > frames_free(mm)) {
        mm_fail(mm, MM_NO_FRAMES, PFN_NONE);
        return false;
    }
    for (uint32_t i = 0; i < PLAN_RANGES && missing != 0; i++)
        pages_back(mm, pages.range[i]);
    return true;
}

/* ---- the span ---- */

static bool span_extend(struct mm *mm, uint32_t bytes)
{
    struct heap *heap = &state_of(mm)->heap;

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
    struct heap *heap = &state_of(mm)->heap;
    struct page_range pages = pages_of(heap->end - bytes, bytes);

    heap_shrink(heap, bytes);
    mm_count_heap_span(mm, heap->end - heap->start);
    while (pages.end-- > pages.first)
        if (page_present(mm, pages.end))
            page_release(mm, pages.end);
}

/* Reverts a span_extend() of a call that failed, before a page of the extension got a frame. */
static void span_restore(struct mm *mm, uint32_t end, uint32_t peak_bytes)
{
    struct heap *heap = &state_of(mm)->heap;

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
    struct heap *heap = &state_of(mm)->heap;
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
    if (!plan_back(mm, &plan, bytes, copy)) {
        span_restore(mm, end, peak_bytes);
        return VADDR_NONE;
    }
    return heap_alloc(heap, bytes, alignment);
}

static vaddr_t window_kmalloc(struct mm *mm, uint32_t bytes, enum page_class page_class)
{
    if (page_class == PAGES_DMA) { /* the heap's frames may lie anywhere */
        mm_fail(mm, MM_UNSUPPORTED, PFN_NONE);
        return VADDR_NONE;
    }
    return block_alloc(mm, bytes, HEAP_ALIGN, 0);
}

static void span_trim(struct mm *mm)
{
    uint32_t tail_bytes = heap_tail_bytes(&state_of(mm)->heap);

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
    const struct window_state *state = state_of(mm);

    if (state->areas != 0 && is_area(state, block))
        return "block is an area of vmalloc()";
    return heap_pointer_fault(&state->heap, block);
}

/* This is out of line, because few kernels call vmalloc(). */
static __attribute__((noinline)) void kfree_beside_areas(struct mm *mm, vaddr_t block)
{
    if (is_area(state_of(mm), block))
        misuse_block(mm, "kfree", block, "block is an area of vmalloc()");
    heap_free(&state_of(mm)->heap, block);
    span_trim(mm);
}

static void window_kfree(struct mm *mm, vaddr_t block)
{
    if (__builtin_expect(state_of(mm)->areas != 0, 0)) {
        kfree_beside_areas(mm, block);
        return;
    }
    heap_free(&state_of(mm)->heap, block);
    span_trim(mm);
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
    struct heap *heap = &state_of(mm)->heap;
    uint32_t end = heap->end;
    uint32_t peak_bytes = mm->counters.heap_span_peak_bytes;
    uint32_t shortfall = heap_resize_shortfall(heap, block, bytes);
    struct heap_plan plan;

    if (shortfall != HEAP_NOT_LAST && shortfall != 0 && !span_extend(mm, shortfall))
        return false;
    if (!heap_plan_resize(heap, block, bytes, &plan))
        return false;
    if (!plan_back(mm, &plan, bytes, 0)) {
        span_restore(mm, end, peak_bytes);
        return false;
    }
    MM_ASSERT(heap_resize(heap, block, bytes));
    span_trim(mm);
    return true;
}

static vaddr_t window_krealloc(struct mm *mm, vaddr_t block, uint32_t bytes)
{
    uint32_t usable = heap_usable_bytes(&state_of(mm)->heap, block);
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
    return heap_usable_bytes(&state_of(mm)->heap, block);
}

/* Returns the number of frames from the zones up to `top` in the pages at the end of the heap. They
   are few, because the heap is trimmed. */
static uint32_t tail_frames(struct mm *mm, enum zone top)
{
    uint32_t tail_bytes = heap_tail_bytes(&state_of(mm)->heap);
    struct page_range pages = pages_of(state_of(mm)->heap.end - tail_bytes, tail_bytes);
    uint32_t frames = 0;

    for (uint32_t page = pages.first; page < pages.end; page++) {
        uint32_t entry = heap_area_entry(mm->heap_area_tables, page);
        frames += (entry & PTE_PRESENT) != 0 && zone_of(paddr_to_pfn(paddr(entry))) <= top;
    }
    return frames;
}

/*
 * If the frames at the heap's end are needed, they go to the stack at once. Otherwise requests for
 * user pages would take LOW frames of the stack before HIGH frames of the heap's end, and later
 * requests for low pages would find none.
 */
static bool window_frames_ready(struct mm *mm, uint32_t low, uint32_t user)
{
    const struct frames_stack *stack = &state_of(mm)->frames;
    uint32_t all = frames_free(mm);
    uint32_t below_high = frames_stack_free_to(stack, ZONE_LOW);

    if (all >= low + user && below_high >= low)
        return true;
    all += tail_frames(mm, ZONE_HIGH);
    below_high += tail_frames(mm, ZONE_LOW);
    if (all >= low + user && below_high >= low) {
        span_shrink(mm, heap_tail_bytes(&state_of(mm)->heap));
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
    pfn_t frame = frame_alloc(mm, top);
    if (!pfn_is_none(frame))
        return frame;
    if (tail_frames(mm, top) != 0) {
        span_shrink(mm, heap_tail_bytes(&state_of(mm)->heap));
        return frame_alloc(mm, top);
    }
    mm_fail(mm, frames_free(mm) != 0 ? MM_ZONE : MM_NO_FRAMES, PFN_NONE);
    return PFN_NONE;
}

static void window_pages_free(struct mm *mm, pfn_t first, uint32_t order)
{
    (void)order; /* always 0 */
    frame_free(mm, first);
}

/* The heap itself is only virtually contiguous, so it serves vmalloc() as well. */
static vaddr_t window_vmalloc(struct mm *mm, uint32_t bytes)
{
    struct window_state *state = state_of(mm);
    vaddr_t area = block_alloc(mm, bytes, PAGE_SIZE, 0);

    if (vaddr_is_none(area))
        return area;
    area_flip(state, area);
    state->areas++;
    return area;
}

static void window_vfree(struct mm *mm, vaddr_t area)
{
    struct window_state *state = state_of(mm);

    if (!is_area(state, area))
        misuse_area(mm, area, "not the start of an area");
    area_flip(state, area);
    state->areas--;
    window_kfree(mm, area);
}

static uint32_t window_area_bytes(struct mm *mm, vaddr_t area)
{
    return is_area(state_of(mm), area) ? heap_usable_bytes(&state_of(mm)->heap, area) : 0;
}

/* The first touch of a page of the heap. */
static bool window_page_fault(struct mm *mm, vaddr_t va, uint32_t error_code)
{
    const struct heap *heap = &state_of(mm)->heap;

    if ((error_code & FAULT_PRESENT) != 0 || va.value < heap->start || va.value >= heap->end)
        return process_fault(mm, va, error_code); /* the page is not the heap's */
    if (frames_free(mm) == 0) {
        mm_fail(mm, MM_NO_FRAMES, PFN_NONE);
        return false;
    }
    page_back(mm, heap_area_page(va));
    return true;
}

static uint64_t window_free_bytes(struct mm *mm)
{
    return (uint64_t)frames_free(mm) << PAGE_SHIFT;
}

static void window_free_blocks(struct mm *mm, struct free_blocks *blocks)
{
    frames_stack_free_blocks(&state_of(mm)->frames, blocks);
}

static bool window_heap_range(struct mm *mm, uint32_t i, struct vaddr_range *range)
{
    *range = (struct vaddr_range){vaddr(HEAP_AREA_BASE), vaddr(WINDOW_END)};
    (void)mm;
    return i == 0;
}

/* Every mapped page has a frame that the heap owns, and the heap owns no other frame. */
static const char *check_pages(struct mm *mm)
{
    struct owner_counts counts;
    uint32_t mapped = 0;

    for (uint32_t page = 0; page < HEAP_AREA_PAGES; page++) {
        uint32_t entry = heap_area_entry(mm->heap_area_tables, page);
        if ((entry & PTE_PRESENT) == 0)
            continue;
        if (!owner_is(mm, paddr_to_pfn(paddr(entry)), OWNER_HEAP))
            return "window: a page of the heap has a frame that is not the heap's";
        mapped++;
    }
    owners_count(mm, &counts);
    return counts.frames[OWNER_HEAP] == mapped ? NULL
                                               : "window: a frame of the heap's is not mapped";
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
            return "window: an area is no block of the heap";
        areas++;
    }
    return areas == state->areas ? NULL : "window: areas disagrees with the areas";
}

static const char *window_check(struct mm *mm)
{
    struct window_state *state = state_of(mm);
    const char *broken = frames_stack_check(&state->frames);

    if (broken == NULL)
        broken = heap_check(&state->heap);
    if (broken != NULL)
        return broken;
    if (mm->counters.frames_used != mm->frames_total - frames_free(mm))
        return "window: frames_used disagrees with the stack";
    if (mm->counters.heap_span_bytes != state->heap.end - state->heap.start)
        return "window: heap_span_bytes disagrees with the heap";
    struct page_range outside = {(state->heap.end - HEAP_AREA_BASE) >> PAGE_SHIFT, HEAP_AREA_PAGES};
    if (pages_missing(mm, outside) != outside.end - outside.first)
        return "window: a page beyond the heap is mapped";
    broken = check_areas(state);
    return broken != NULL ? broken : check_pages(mm);
}

static bool window_init(struct mm *mm)
{
    pfn_t first = mm->map.range[0].start;
    pfn_t end = memmap_end(&mm->map);
    vaddr_t links = mm_carve_address(mm, frames_stack_bytes(first, end));

    mm->state = mm_carve(mm, sizeof(struct window_state));
    if (vaddr_is_none(links) || mm->state == NULL)
        return false;
    frames_stack_init(&state_of(mm)->frames, links, first, end);
    for (uint32_t i = mm->map.count; i-- > 0;)
        frames_stack_add(&state_of(mm)->frames, mm->map.range[i].start, mm->map.range[i].end);
    heap_init(&state_of(mm)->heap, vaddr(HEAP_AREA_BASE));
    state_of(mm)->areas = 0;
    for (uint32_t word = 0; word < HEAP_AREA_PAGES / 32u; word++)
        state_of(mm)->area_starts[word] = 0;
    return true;
}

const struct strategy strategy_window = {
    .name = "window",
    .source = "the thread's present system",
    .frames = "LIFO page stack",
    .heap = "64 MiB window, frames on first touch",
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
    .check = window_check,
};
