/*
 * The fill of free frames in HARDEN_FULL: frames are filled when they are freed, and verified when
 * they are allocated again. The map of owners records which free frames are filled, so RAM that was
 * never allocated need not be filled. Frames of HIGH are accessed by a temporary mapping; they are
 * skipped if no mapping is free. At lower levels the functions do nothing.
 */
#ifndef MM_FRAME_FILL_H
#define MM_FRAME_FILL_H

#include <mm/harden.h>
#include <mm/mm.h>

void frames_fill_all(struct mm *mm, pfn_t start, pfn_t end);
void frames_mark_filled(struct mm *mm, pfn_t start, pfn_t end);
void frames_verify_all(struct mm *mm, pfn_t start, pfn_t end);

/* Fills frames that are about to be freed. O(frames * PAGE_SIZE). */
static inline void frames_fill(struct mm *mm, pfn_t start, pfn_t end)
{
    if (MM_HARDENING >= HARDEN_FULL)
        frames_fill_all(mm, start, end);
}

/* Records that the frames have been filled, after the free: those that have no owner. O(frames). */
static inline void frames_filled(struct mm *mm, pfn_t start, pfn_t end)
{
    if (MM_HARDENING >= HARDEN_FULL)
        frames_mark_filled(mm, start, end);
}

/* Verifies frames that the strategy has just allocated, before they have an owner and before
   anything is written to them. Panics if a frame was written to while it was free. O(frames *
   PAGE_SIZE). */
static inline void frames_verify(struct mm *mm, pfn_t start, pfn_t end)
{
    if (MM_HARDENING >= HARDEN_FULL)
        frames_verify_all(mm, start, end);
}

#endif
