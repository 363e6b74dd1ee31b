#include "window_pages.h"

#include "entries.h"
#include "fill.h"
#include "frame_fill.h"
#include "owners.h"

/* ---- frames ---- */

pfn_t window_frame_alloc(struct mm *mm, enum zone top)
{
    for (uint32_t zone = top + 1u; zone-- > 0;) {
        pfn_t frame = frames_stack_alloc(&window_state_of(mm)->frames, (enum zone)zone);
        if (!pfn_is_none(frame)) {
            mm_count_frames_taken(mm, 1);
            return frame;
        }
    }
    return PFN_NONE;
}

void window_frame_free(struct mm *mm, pfn_t frame)
{
    frames_stack_free(&window_state_of(mm)->frames, frame);
    mm_count_frames_given(mm, 1);
}

void window_page_back(struct mm *mm, uint32_t page)
{
    pfn_t frame = window_frame_alloc(mm, ZONE_HIGH);

    frames_verify(mm, frame, pfn_add(frame, 1));
    owner_set(mm, frame, 0, OWNER_HEAP);
    entries_heap_area_map(mm, page, frame);
    if (MM_HARDENING >= HARDEN_FULL) /* free memory is filled, here too */
        fill_freed(HEAP_AREA_BASE + (page << PAGE_SHIFT),
                   HEAP_AREA_BASE + ((page + 1u) << PAGE_SHIFT));
}

static void frame_release(struct mm *mm, pfn_t frame)
{
    machine_frames_freed(frame, 1);
    frames_fill(mm, frame, pfn_add(frame, 1));
    owner_set(mm, frame, 0, OWNER_FREE);
    frames_filled(mm, frame, pfn_add(frame, 1));
    window_frame_free(mm, frame);
}

void window_pages_release(struct mm *mm, struct page_range pages)
{
    pfn_t frames[UNMAP_PAGES_MAX];

    while (pages.end > pages.first) {
        bool many = pages.end - pages.first > UNMAP_PAGES_MAX;
        uint32_t first = many ? pages.end - UNMAP_PAGES_MAX : pages.first;
        uint32_t count = entries_heap_area_unmap(mm, first, pages.end, frames);
        for (uint32_t i = 0; i < count; i++)
            frame_release(mm, frames[i]);
        pages.end = first;
    }
}

uint32_t window_frames_free(struct mm *mm)
{
    return frames_stack_free_to(&window_state_of(mm)->frames, ZONE_HIGH);
}

/* ---- the pages of plans ---- */

uint32_t window_pages_missing(struct mm *mm, struct page_range pages)
{
    uint32_t missing = 0;

    for (uint32_t page = pages.first; page < pages.end; page++)
        missing += !page_present(mm, page);
    return missing;
}

/* The manager writes to the pages next. */
static void pages_back(struct mm *mm, struct page_range pages)
{
    for (uint32_t page = pages.first; page < pages.end; page++)
        if (!page_present(mm, page))
            window_page_back(mm, page);
    if (pages.end > pages.first)
        machine_will_write(vaddr(HEAP_AREA_BASE + (pages.first << PAGE_SHIFT)),
                           (pages.end - pages.first) << PAGE_SHIFT);
}

/* The ranges of pages that a plan needs. Only HARDEN_FULL writes to the end of a block. */
enum {
    PLAN_GAP,
    PLAN_BLOCK,
    PLAN_END,
    PLAN_REST = PLAN_END + (MM_HARDENING >= HARDEN_FULL),
    PLAN_RANGES
};

/* The pages that need frames, in ascending order; no page is in two ranges. */
struct plan_pages {
    struct page_range range[PLAN_RANGES];
};

/* HARDEN_FULL: the pages of the red zone at the end of a block of `bytes`. The block may be longer,
   by less than two of the smallest blocks. */
static struct page_range pages_of_end(const struct heap *heap, vaddr_t block, uint32_t bytes)
{
    uint32_t start = block.value + (bytes > REDZONE_ROOM_BYTES ? bytes - REDZONE_ROOM_BYTES : 0);
    uint32_t end = block.value + bytes + 2u * HEAP_BLOCK_MIN;

    return pages_of(start, (end < heap->end ? end : heap->end) - start);
}

/* `bytes` of the block were asked for, and the first `copy` are written to. */
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

bool window_plan_back(struct mm *mm, const struct heap_plan *plan, uint32_t bytes, uint32_t copy)
{
    struct plan_pages pages;
    uint32_t missing = 0;

    pages_of_plan(&window_state_of(mm)->heap, plan, bytes, copy, &pages);
    for (uint32_t i = 0; i < PLAN_RANGES; i++)
        missing += window_pages_missing(mm, pages.range[i]);
    if (missing > window_frames_free(mm)) {
        mm_fail(mm, MM_NO_FRAMES, PFN_NONE);
        return false;
    }
    for (uint32_t i = 0; i < PLAN_RANGES && missing != 0; i++)
        pages_back(mm, pages.range[i]);
    return true;
}

/* ---- at the heap's end; the checker ---- */

uint32_t window_tail_frames(struct mm *mm, enum zone top)
{
    uint32_t tail_bytes = heap_tail_bytes(&window_state_of(mm)->heap);
    struct page_range pages = pages_of(window_state_of(mm)->heap.end - tail_bytes, tail_bytes);
    uint32_t frames = 0;

    for (uint32_t page = pages.first; page < pages.end; page++) {
        uint32_t entry = heap_area_entry(mm->heap_area_tables, page);
        frames += (entry & PTE_PRESENT) != 0 && zone_of(paddr_to_pfn(paddr(entry))) <= top;
    }
    return frames;
}

const char *window_pages_check(struct mm *mm)
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
