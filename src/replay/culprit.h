/*
 * Who had the frames that a failed request lacked. One culprit at most, by the cause:
 *
 * brk_blocked: the lowest frame in brk's way.
 *
 * no_run: a frame of the run that came nearest to being free. Runs are of the length and alignment
 * that the request needed, inside RAM of its zones. The nearest has fewest frames that nobody of
 * the trace has, then fewest that are used; one of a heap or slab, which may have many owners,
 * counts as two. The lowest run of equals, and in it the lowest frame that somebody has.
 *
 * no_frames, zone: the allocation or process that has most frames, of the zones asked; the one made
 * first of equals. Its first frame.
 *
 * no_address_space: the largest block in the address space that is full, which is the heap's or
 * vmalloc's; the one made first of equals. Its first frame. None where the request is larger than
 * all of that.
 *
 * unsupported, bad_access, a process's own address space: none.
 *
 * Found for the one failure that is reported, not for each.
 */
#ifndef REPLAY_CULPRIT_H
#define REPLAY_CULPRIT_H

#include "replay.h"

/* Of a failure as on_failure gets it, at that moment. O(frames + slots + live pages) */
struct replay_culprit culprit_of(const struct replay *replay, const struct replay_failure *failure);

/* The live allocation or process of the trace that holds a frame, the one in the lowest slot of
   many; frame may be none. O(slots + live pages) */
struct replay_culprit culprit_find(const struct replay *replay, pfn_t frame);

/* Is the culprit of such a failure who has most, rather than who is in the way? */
static inline bool culprit_is_largest(enum mm_cause cause)
{
    return cause == MM_NO_FRAMES || cause == MM_ZONE || cause == MM_NO_ADDRESS_SPACE;
}

/* ---- its parts ---- */

/* Where the frames of a class end. */
static inline pfn_t culprit_class_end(const struct mm *mm, enum page_class page_class)
{
    return page_class == PAGES_DMA   ? zone_end(ZONE_DMA)
           : page_class == PAGES_LOW ? mm->low_end
                                     : zone_end(ZONE_HIGH);
}

/* no_run: the frame; none, where RAM has no such run. */
pfn_t culprit_of_run(const struct replay *replay, const struct replay_failure *failure);

/* no_frames, zone, no_address_space. */
struct replay_culprit culprit_largest(const struct replay *replay,
                                      const struct replay_failure *failure);

/* Visit the frames of a live allocation. */
typedef void culprit_visit(void *context, pfn_t frame);
void culprit_slot_frames(const struct mm *mm, const struct replay_slot *slot, culprit_visit *visit,
                         void *context);

/* The owner in a live slot, of one of its frames. */
struct replay_culprit culprit_slot(const struct replay *replay, uint32_t slot, pfn_t frame);
struct replay_culprit culprit_process(const struct replay *replay, uint32_t slot, pfn_t frame);

#endif
