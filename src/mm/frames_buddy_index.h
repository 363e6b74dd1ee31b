/*
 * The index of the buddy allocator: the free blocks outside the open ones, found by zone and order.
 * It keeps the words and all summaries in step; it counts no frames.
 */
#ifndef FRAMES_BUDDY_INDEX_H
#define FRAMES_BUDDY_INDEX_H

#include <mm/frames_buddy.h>

/* Put in a block of used frames, aligned, of that zone, and merge it. Panics in the name of
   `function` when one of them is free already. */
void buddy_index_put(struct frames_buddy *buddy, struct frames_buddy_zone *zone, uint32_t first,
                     uint32_t order, const char *function);

/* Take out the lowest block of exactly this order; the zone has one. Its first frame. */
uint32_t buddy_index_take(struct frames_buddy *buddy, struct frames_buddy_zone *zone,
                          uint32_t order);

#endif
