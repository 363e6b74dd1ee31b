/*
 * The frames of `window`: the page stack, and the pages of the heap that have frames.
 *
 * A page of the heap gets its frame at the first access. But a page that holds headers or links of
 * the heap must have its frame before, because the allocator cannot handle a page fault inside
 * itself. So each call first adds frames to the pages in which it will write headers and links
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
    uint32_t areas;                              /* number of live areas */
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

/* Allocates the next frame of the stack, from the highest zone up to `top` that has one. Returns
   PFN_NONE if none has. */
pfn_t window_frame_alloc(struct mm *mm, enum zone top);

/* Returns a frame to the stack. Panics if it is free. */
void window_frame_free(struct mm *mm, pfn_t frame);

/* Returns the number of free frames of the stack. */
uint32_t window_frames_free(struct mm *mm);

/* Returns how many frames of the zones up to `top` are in the pages at the heap's end, behind its
   last block. They are few, because the heap is trimmed. O(pages at the end). */
uint32_t window_tail_frames(struct mm *mm, enum zone top);

/* Adds a frame to a page of the heap. The caller must know that a frame is free. */
void window_page_back(struct mm *mm, uint32_t page);

/* Frees the frames of the pages of a range that have one, the last page first, and invalidates the
   TLB entries of the pages. O(pages). */
void window_pages_release(struct mm *mm, struct page_range pages);

/* Returns how many pages of a range have no frame. O(pages). */
uint32_t window_pages_missing(struct mm *mm, struct page_range pages);

/* Adds frames to all pages that a plan will write, and to the pages of the first `copy` bytes of
   the block, of which `bytes` were requested. Returns false with no_frames, and nothing else
   changed, if too few are free. O(pages). */
bool window_plan_back(struct mm *mm, const struct heap_plan *plan, uint32_t bytes, uint32_t copy);

/* Returns the violated rule, or NULL: each mapped page has a frame of the heap, and no other frame
   belongs to the heap. O(frames). */
const char *window_pages_check(struct mm *mm);

#endif
