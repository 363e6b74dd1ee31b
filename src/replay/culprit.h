/*
 * Finds the culprit of a failed request: a frame that the request lacked, and its owner. There is
 * at most one. Which one it is depends on the cause:
 *
 * brk_blocked: the lowest frame in brk's way.
 *
 * no_run: a frame in the range that is nearest to being free. Ranges have the length and alignment
 * that the request needed, and lie in RAM of its zones. The nearest range has fewest frames without
 * an owner in the trace, then fewest used frames; a frame of a heap or slab, which may have many
 * owners, counts as two. Of equal ranges it is the lowest, and in it the lowest frame with an
 * owner.
 *
 * no_frames, zone: the first frame of the allocation or process that has most frames in the zones
 * of the request; of equals, the oldest.
 *
 * no_address_space: the first frame of the largest block in the address space that is full, which
 * is that of the heap or of vmalloc; of equals, the oldest. There is none if the request is larger
 * than the whole address space.
 *
 * unsupported, bad_access, a full address space of a process: there is none.
 */
#ifndef REPLAY_CULPRIT_H
#define REPLAY_CULPRIT_H

#include "replay.h"

/* The culprit of a failure, while on_failure is called for it. O(frames + slots + live pages) */
struct replay_culprit culprit_of(const struct replay *replay, const struct replay_failure *failure);

/* The live allocation or process of the trace that owns a frame; of several, the one in the lowest
   slot. frame may be PFN_NONE. O(slots + live pages) */
struct replay_culprit culprit_find(const struct replay *replay, pfn_t frame);

/* Is the culprit of such a failure the largest owner, rather than one that is in the way? */
static inline bool culprit_is_largest(enum mm_cause cause)
{
    return cause == MM_NO_FRAMES || cause == MM_ZONE || cause == MM_NO_ADDRESS_SPACE;
}

/* ---- its parts ---- */

/* The end of the frames that a class may get. */
static inline pfn_t culprit_class_end(const struct mm *mm, enum page_class page_class)
{
    return page_class == PAGES_DMA   ? zone_end(ZONE_DMA)
           : page_class == PAGES_LOW ? mm->low_end
                                     : zone_end(ZONE_HIGH);
}

/* The frame for no_run; PFN_NONE: RAM has no such range. */
pfn_t culprit_in_range(const struct replay *replay, const struct replay_failure *failure);

/* The culprit for no_frames, zone and no_address_space. */
struct replay_culprit culprit_largest(const struct replay *replay,
                                      const struct replay_failure *failure);

/* Visits the frames of a live allocation. */
typedef void culprit_visit(void *context, pfn_t frame);
void culprit_slot_frames(const struct mm *mm, const struct replay_slot *slot, culprit_visit *visit,
                         void *context);

/* The culprit that is the owner in a live slot, with one of its frames. */
struct replay_culprit culprit_slot(const struct replay *replay, uint32_t slot, pfn_t frame);
struct replay_culprit culprit_process(const struct replay *replay, uint32_t slot, pfn_t frame);

#endif
