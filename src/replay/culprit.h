/*
 * Finds the culprit of a failed request: a frame that the request lacked, and its owner. A failure
 * has at most one culprit. Its cause decides which:
 *
 * brk_blocked: the lowest frame that keeps brk from moving up.
 *
 * no_run: a frame in the range that is nearest to being free. Ranges have the length and alignment
 * that the request needed, and lie in RAM of its zones. The nearest range has the fewest frames
 * without an owner in the trace; among equals, the fewest used frames, where a frame of a heap or
 * slab, which may have many owners, counts as two; among equals, the lowest address. The culprit is
 * the lowest frame of that range that has an owner.
 *
 * no_frames, zone: the first frame of the allocation or process that has the most frames in the
 * zones of the request; among equals, of the oldest.
 *
 * no_address_space: the first frame of the largest block in the full address space, which is that
 * of the heap or of vmalloc(); among equals, of the oldest. There is none if the request is larger
 * than the whole address space.
 *
 * unsupported, bad_access, a full address space of a process: there is none.
 */
#ifndef REPLAY_CULPRIT_H
#define REPLAY_CULPRIT_H

#include "replay.h"

/* Returns the culprit of a failure; its frame is PFN_NONE if there is none. Must be called from
   on_failure, while memory is as the request found it. O(frames + slots + live pages) */
struct replay_culprit culprit_of(const struct replay *replay, const struct replay_failure *failure);

/* Returns a frame as a culprit, with the live allocation or process of the trace that owns it, if
   there is one; of several, the one in the lowest slot. frame may be PFN_NONE. O(slots + live
   pages) */
struct replay_culprit culprit_find(const struct replay *replay, pfn_t frame);

/* Is the culprit of a failure with this cause the largest owner, and not one whose frame is in the
   way? */
static inline bool culprit_is_largest(enum mm_cause cause)
{
    return cause == MM_NO_FRAMES || cause == MM_ZONE || cause == MM_NO_ADDRESS_SPACE;
}

/* ---- its parts ---- */

/* Returns the end of the frames that a class may get. */
static inline pfn_t culprit_class_end(const struct mm *mm, enum page_class page_class)
{
    return page_class == PAGES_DMA   ? zone_end(ZONE_DMA)
           : page_class == PAGES_LOW ? mm->low_end
                                     : zone_end(ZONE_HIGH);
}

/* Returns the culprit's frame for no_run, or PFN_NONE if RAM has no range of the needed length.
   Makes a map of costs that only one replay at a time may use. O(frames + slots + live pages) */
pfn_t culprit_in_range(const struct replay *replay, const struct replay_failure *failure);

/* Returns the culprit for no_frames, zone and no_address_space. O(slots + live pages) */
struct replay_culprit culprit_largest(const struct replay *replay,
                                      const struct replay_failure *failure);

/* Visits the frames of a live allocation, in the order of its addresses. O(its frames) */
typedef void culprit_visit(void *context, pfn_t frame);
void culprit_slot_frames(const struct mm *mm, const struct replay_slot *slot, culprit_visit *visit,
                         void *context);

/* Return the owner in a live slot as a culprit; frame is one of its frames. O(its frames) */
struct replay_culprit culprit_slot(const struct replay *replay, uint32_t slot, pfn_t frame);
struct replay_culprit culprit_process(const struct replay *replay, uint32_t slot, pfn_t frame);

#endif
