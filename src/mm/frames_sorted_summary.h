/* The counts and summaries of the sorted allocator, kept up to date when words change. */
#ifndef FRAMES_SORTED_SUMMARY_H
#define FRAMES_SORTED_SUMMARY_H

#include "frames_sorted_layout.h"

/* Adds `frames`, which lie in the zone of the first, to the counts of free frames. A negative
   number is added modulo 2^32. Branches and an index would be slower: the zone of a frame is
   unpredictable. */
static inline void count_free(struct frames_sorted *sorted, uint32_t frame, uint32_t frames)
{
    sorted->free_to[ZONE_HIGH] += frames;
    sorted->free_to[ZONE_LOW] += frames & -(uint32_t)(frame < LOW_END_PFN);
    sorted->free_to[ZONE_DMA] += frames & -(uint32_t)(frame < DMA_END_PFN);
}

/* A group has no free frame left. */
static inline void group_now_empty(struct frames_sorted *sorted, uint32_t group)
{
    uint32_t map = group / WORD_BITS;
    uint32_t groups = sorted->groups_any[map] & ~(1u << group % WORD_BITS);

    sorted->groups_any[map] = groups;
    sorted->maps_any &= ~((uint32_t)(groups == 0) << map);
}

/* Words of a group have no free frame left. */
static inline void words_now_empty(struct frames_sorted *sorted, uint32_t group, uint32_t words)
{
    uint32_t any = words_any(sorted)[group] & ~words;

    words_any(sorted)[group] = any;
    if (any == 0)
        group_now_empty(sorted, group);
}

/* Words of a group have free frames. */
static inline void words_no_longer_empty(struct frames_sorted *sorted, uint32_t group,
                                         uint32_t words)
{
    words_any(sorted)[group] |= words;
    bitmap_set(sorted->groups_any, group);
    sorted->maps_any |= 1u << (group >> WORD_SHIFT);
}

#endif
