/* What a strategy's source file needs beside the public headers. */
#ifndef MM_STRATEGY_H
#define MM_STRATEGY_H

#include <mm/machine.h>
#include <mm/mm.h>

#include "misuse.h"
#include "owners.h"

#define STRATEGY(name) extern const struct strategy strategy_##name;
#include "strategy_table.h"
#undef STRATEGY

/* A heap that has this much free at its end gives it back; less is kept, so that a call at the edge
   does not grow and shrink the heap each time. */
#define HEAP_TRIM_BYTES 0x10000u

/*
 * Metadata for a strategy's state or tables, inside init() only: whole pages of the direct map, not
 * cleared, never given back. NULL, VADDR_NONE: no room.
 */
void *mm_carve(struct mm *mm, uint32_t bytes);
vaddr_t mm_carve_address(struct mm *mm, uint32_t bytes);

/*
 * Frames of the strategy's change hands: its pages_alloc() and pages_free(), and who has the block
 * is written down. Whoever takes frames for itself, one of these or the strategy, calls them; a
 * strategy that takes frames for its heap writes that down by owner_set_range().
 */
pfn_t mm_pages_take(struct mm *mm, uint32_t order, enum page_class page_class,
                    enum frame_owner owner);
void mm_pages_give(struct mm *mm, pfn_t first, uint32_t order);

/*
 * See to it that these requests of single frames all succeed, `low` of PAGES_LOW and `user` of
 * PAGES_USER, in any order. For a call that needs several or none. false: they would not, the cause
 * is noted, nothing is changed. A strategy that never takes pages back from its heap's end for a
 * request has no frames_ready(), and gets true: there, giving back what a call has taken leaves
 * everything as it was. Constant time, but for the pages at the heap's end.
 */
bool mm_frames_ready(struct mm *mm, uint32_t low, uint32_t user);

/* A page is mapped, by this entry of a page table in the direct map alone, until it is freed: a
   strategy may move it. */
static inline void mm_page_mapped(struct mm *mm, pfn_t frame, paddr_t entry)
{
    if (mm->strategy->pages_hold != NULL)
        mm->strategy->pages_hold(mm, frame, entry.value);
}

/* Copy bytes between blocks; both are 8-byte aligned
 * and do not overlap. Rounded up to whole words. */
static inline void copy_words(vaddr_t to, vaddr_t from, uint32_t bytes)
{
    uint32_t *target = machine_pointer(to);
    const uint32_t *source = machine_pointer(from);

    for (uint32_t i = 0; i < (bytes + 3u) / 4u; i++)
        target[i] = source[i];
}

/* For strategies: the heap's span is now this long. */
static inline void mm_count_heap_span(struct mm *mm, uint32_t span_bytes)
{
    mm->counters.heap_span_bytes = span_bytes;
    if (span_bytes > mm->counters.heap_span_peak_bytes)
        mm->counters.heap_span_peak_bytes = span_bytes;
}

/* Likewise: it is in so many spans, with so much of the zone left behind between them. */
static inline void mm_count_heap_left(struct mm *mm, uint32_t spans, uint32_t left_bytes)
{
    mm->counters.heap_spans = spans;
    if (spans > mm->counters.heap_spans_peak)
        mm->counters.heap_spans_peak = spans;
    mm->counters.heap_left_bytes = left_bytes;
    if (left_bytes > mm->counters.heap_left_peak_bytes)
        mm->counters.heap_left_peak_bytes = left_bytes;
}

/* For a call that took frames and failed, `before` being the counters when it began: what it gave
   back again makes no peak. */
static inline void mm_restore_peaks(struct mm *mm, const struct mm_counters *before)
{
    mm->counters.frames_used_peak = before->frames_used_peak;
    mm->counters.heap_span_peak_bytes = before->heap_span_peak_bytes;
}

/* The zones that a class may take frames from, from DMA up to this one. */
static inline enum zone class_top_zone(enum page_class page_class)
{
    return page_class == PAGES_DMA ? ZONE_DMA : page_class == PAGES_LOW ? ZONE_LOW : ZONE_HIGH;
}

#endif
