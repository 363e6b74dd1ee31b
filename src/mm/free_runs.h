/* Free runs off a bitmap, one bit a frame. */
#ifndef FREE_RUNS_H
#define FREE_RUNS_H

#include <mm/fragmentation.h>

#include "bits.h"

/* All 0 before the first word. */
struct free_runs {
    uint32_t start; /* of the run that is open */
    uint32_t open;  /* 1 inside a run */
};

/*
 * The 32 frames from `frame` on, those that are free as set bits; words come in order and leave
 * none out, and the last of all is 0. A run opens and closes where a bit differs from the one
 * before it:
 *
 *     bits     . . 1 1  1 . . 1 | 1 1 . .
 *     edges    . . ^ .  . ^ . ^ | . . ^ .
 */
static inline void free_runs_add_word(struct free_runs *runs, uint32_t frame, uint32_t bits,
                                      struct free_blocks *blocks)
{
    uint32_t edges = bits ^ (bits << 1 | runs->open);

    for (; edges != 0; edges &= edges - 1u) {
        uint32_t at = frame + lowest_bit(edges);
        if (runs->open != 0)
            free_blocks_add_run(blocks, pfn(runs->start), pfn(at));
        runs->start = at;
        runs->open ^= 1u;
    }
}

#endif
