/*
 * Freed frames in HARDEN_FULL: filled when they are given back, verified when they are handed out
 * again. The map of owners says of a free frame whether it was filled, so RAM that nobody has had
 * yet need not be. Frames of HIGH are reached by a temporary mapping; where none is left they are
 * passed over. In the levels below, nothing.
 */
#ifndef MM_FRAME_FILL_H
#define MM_FRAME_FILL_H

#include <mm/harden.h>
#include <mm/mm.h>

void frames_fill_all(struct mm *mm, pfn_t start, pfn_t end);
void frames_mark_filled(struct mm *mm, pfn_t start, pfn_t end);
void frames_verify_all(struct mm *mm, pfn_t start, pfn_t end);

/* Frames [start, end) are about to be given back. O(frames * PAGE_SIZE) */
static inline void frames_fill(struct mm *mm, pfn_t start, pfn_t end)
{
    if (MM_HARDENING >= HARDEN_FULL)
        frames_fill_all(mm, start, end);
}

/* They have been, as they were filled: those whose owner is none now. O(frames) */
static inline void frames_filled(struct mm *mm, pfn_t start, pfn_t end)
{
    if (MM_HARDENING >= HARDEN_FULL)
        frames_mark_filled(mm, start, end);
}

/* Taken from the strategy, with no other owner yet; written to by nobody. O(frames * PAGE_SIZE) */
static inline void frames_verify(struct mm *mm, pfn_t start, pfn_t end)
{
    if (MM_HARDENING >= HARDEN_FULL)
        frames_verify_all(mm, start, end);
}

#endif
