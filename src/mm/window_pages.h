/*
 * The frames of `window`: the page stack, and the pages of the heap that have frames.
 *
 * A page of the heap gets its frame at the first touch. The heap's own headers and links must never
 * lie in a page without a frame, because inside the allocator nobody could handle the page fault.
 * So the pages that a call will write headers and links to get their frames before the call
 * (heap_plan.h).
 */
#ifndef MM_WINDOW_PAGES_H
#define MM_WINDOW_PAGES_H

#include <mm/frames_stack.h>
#include <mm/heap.h>
#include <mm/pgtable.h>
#include <mm/strategy.h>

#include "heap_plan.h"

/* The areas of vmalloc() are blocks of the heap that start a page. */
struct window_state {
    struct frames_stack frames;
    struct heap heap;
    uint32_t areas;                              /* live ones */
    uint32_t area_starts[HEAP_AREA_PAGES / 32u]; /* a bit for each page: an area starts there */
};

static inline struct window_state *window_state_of(struct mm *mm)
{
    return mm->state;
}

/* Pages of the heap area, [first, end). */
struct page_range {
    uint32_t first;
    uint32_t end;
};

static inline struct page_range pages_of(uint32_t address, uint32_t bytes)
{
    return (struct page_range){(address - HEAP_AREA_BASE) >> PAGE_SHIFT,
                               (address - HEAP_AREA_BASE + bytes + PAGE_OFFSET_MASK) >> PAGE_SHIFT};
}

static inline bool page_present(struct mm *mm, uint32_t page)
{
    return (heap_area_entry(mm->heap_area_tables, page) & PTE_PRESENT) != 0;
}

/* Takes the next frame of the stack, from the highest zone up to `top` that has one. PFN_NONE: no
   zone has. */
pfn_t window_frame_alloc(struct mm *mm, enum zone top);

/* Gives a frame back to the stack. Panics when it is free. */
void window_frame_free(struct mm *mm, pfn_t frame);

/* Free frames of the stack. */
uint32_t window_frames_free(struct mm *mm);

/* Frames of the zones up to `top` that are in the pages at the heap's end, behind its last block.
   They are few, because the heap is trimmed. O(pages at the end) */
uint32_t window_tail_frames(struct mm *mm, enum zone top);

/* Gives a page of the heap its frame. The caller knows that one is free. */
void window_page_back(struct mm *mm, uint32_t page);

/* Takes the frame from a page of the heap, and invalidates the page's TLB entry. */
void window_page_release(struct mm *mm, uint32_t page);

/* The pages of a range that have no frame. */
uint32_t window_pages_missing(struct mm *mm, struct page_range pages);

/* Gives frames to all pages that a plan will write, and to the pages of the first `copy` bytes of
   the block, of which `bytes` were asked for. false: no_frames; nothing is changed. */
bool window_plan_back(struct mm *mm, const struct heap_plan *plan, uint32_t bytes, uint32_t copy);

/* The violated rule, or NULL: each page that is mapped has a frame of the heap's, and no other
   frame is the heap's. */
const char *window_pages_check(struct mm *mm);

#endif
