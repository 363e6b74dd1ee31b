/*
 * `jump`: as `brk`, but if a used frame blocks the heap, the heap continues in the lowest run of
 * free frames above that is long enough, as Mach's zalloc() took memory at any address.
 *
 *     | heap | . . X . X | heap -> brk . . . . X |     X: used   .: free, for pages
 *
 * The frames in between stay available for pages. When the last span has no block left, the heap
 * returns to the end of the span before.
 */
#include "brk_heap.h"
#include "frame_fill.h"

/* Continues the heap at `start`: an empty heap moves there, any other gets a hole. */
static void continue_at(struct mm *mm, pfn_t start, uint32_t frames)
{
    struct brk_state *state = brk_state_of(mm);
    struct heap *heap = &state->heap;

    MM_ASSERT(pfn_is_none(frames_sorted_take(&state->frames, start, pfn_add(start, frames))));
    frames_verify(mm, start, pfn_add(start, frames));
    if (heap->start == heap->end) {
        heap_skip_start_at(heap, &state->skip, direct_map_frame(start));
        heap_extend(heap, frames << PAGE_SHIFT);
    } else {
        heap_skip_over(heap, &state->skip, direct_map_frame(start), frames << PAGE_SHIFT);
    }
    brk_frames_taken(mm, start, pfn_add(start, frames), OWNER_HEAP);
}

static bool jump_over(struct mm *mm, uint32_t bytes)
{
    struct brk_state *state = brk_state_of(mm);
    uint32_t frames = heap_skip_need(bytes) >> PAGE_SHIFT;
    pfn_t start =
        frames_sorted_find_range(&state->frames, brk_frame(mm), pfn(state->limit), frames);

    if (pfn_is_none(start))
        return false;
    continue_at(mm, start, frames);
    return true;
}

static const struct brk_growth growth = {
    .extend = brk_extend_free, .elsewhere = jump_over, .blocker = brk_first_used};

static vaddr_t jump_kmalloc(struct mm *mm, uint32_t bytes, enum page_class page_class)
{
    return brk_kmalloc(mm, bytes, page_class, &growth);
}

static vaddr_t jump_krealloc(struct mm *mm, vaddr_t block, uint32_t bytes)
{
    return brk_krealloc(mm, block, bytes, &growth);
}

/* The heap may use all of low memory: it jumps over holes in RAM as over used frames. */
static bool jump_init(struct mm *mm)
{
    uint32_t last = 0;

    if (!brk_heap_init(mm, sizeof(struct brk_state)))
        return false;
    for (uint32_t i = 0; i < mm->map.count && mm->map.range[i].start.value < LOW_END_PFN; i++)
        last = i;
    brk_heap_place(mm, mm->map.range[0].start, mm->map.range[last].end);
    return true;
}

const struct strategy strategy_jump = {
    .name = "jump",
    .source = "Mach's zalloc",
    .frames = "sorted; pages from the high end",
    .heap = "as brk, but steps over a used frame and leaves a hole",
    .init = jump_init,
    .kmalloc = jump_kmalloc,
    .krealloc = jump_krealloc,
    .pages_alloc = brk_pages_alloc,
    .pages_free = brk_pages_free,
    BRK_OPERATIONS,
    .check = brk_check,
};
