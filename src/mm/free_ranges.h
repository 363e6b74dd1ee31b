/* Collects free ranges from a bitmap with one bit for each frame. */
#ifndef FREE_RANGES_H
#define FREE_RANGES_H

#include <mm/fragmentation.h>

#include "bits.h"

/* The state of the collection; all 0 before the first word. */
struct free_ranges {
    uint32_t start; /* first frame of the open range */
    uint32_t open;  /* 1 while a range is open */
};

/*
 * Adds 32 frames from `frame` on; a set bit is a free frame. The words must come in order and
 * without gaps, and end with a word that is 0. A range opens or closes where a bit differs from the
 * bit before it:
 *
 *     bits     . . 1 1  1 . . 1 | 1 1 . .
 *     edges    . . ^ .  . ^ . ^ | . . ^ .
 */
static inline void free_ranges_add_word(struct free_ranges *ranges, uint32_t frame, uint32_t bits,
                                        struct free_blocks *blocks)
{
    uint32_t edges = bits ^ (bits << 1 | ranges->open);

    for (; edges != 0; edges &= edges - 1u) {
        uint32_t at = frame + lowest_bit(edges);
        if (ranges->open != 0)
            free_blocks_add_range(blocks, pfn(ranges->start), pfn(at));
        ranges->start = at;
        ranges->open ^= 1u;
    }
}

#endif
