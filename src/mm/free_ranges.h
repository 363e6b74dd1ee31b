/* Free ranges off a bitmap, one bit a frame. */
#ifndef FREE_RANGES_H
#define FREE_RANGES_H

#include <mm/fragmentation.h>

#include "bits.h"

/* All 0 before the first word. */
struct free_ranges {
    uint32_t start; /* of the range that is open */
    uint32_t open;  /* 1 inside a range */
};

/*
 * The 32 frames from `frame` on, those that are free as set bits; words come in order and leave
 * none out, and the last of all is 0. A range opens and closes where a bit differs from the one
 * before it:
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
