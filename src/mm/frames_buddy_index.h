/* The index of the buddy allocator: finds the free blocks outside the open blocks by zone and
   order. It updates the words and all summaries, but does not count frames. */
#ifndef FRAMES_BUDDY_INDEX_H
#define FRAMES_BUDDY_INDEX_H

#include <mm/frames_buddy.h>

/* Adds a block of used frames of the zone, aligned to its size, and merges it. Panics in the name
   of `function` if a frame is free already. */
void buddy_index_put(struct frames_buddy *buddy, struct frames_buddy_zone *zone, uint32_t first,
                     uint32_t order, const char *function);

/* Removes the lowest block of exactly this order, and returns its first frame. The zone must have
   one. */
uint32_t buddy_index_take(struct frames_buddy *buddy, struct frames_buddy_zone *zone,
                          uint32_t order);

#endif
