/* The open word: the highest word with free frames, whose bits are held in the structure. */
#ifndef FRAMES_SORTED_OPEN_H
#define FRAMES_SORTED_OPEN_H

#include "frames_sorted_layout.h"

/* Opens a word, which has the free bits `bits`: the highest ones in a row are the run from which
   requests are served. */
static inline void sorted_open(struct frames_sorted *sorted, uint32_t start, uint32_t bits)
{
    uint32_t top = WORD_BITS - 1u - highest_bit(bits); /* used frames above the run */
    uint32_t below = ~(bits << top);
    uint32_t run = below == 0 ? WORD_BITS : WORD_BITS - 1u - highest_bit(below);

    sorted->open_start = start;
    sorted->open_next = start + WORD_BITS - top;
    sorted->open_first = sorted->open_next - run;
    sorted->open_bits = bits & ~(low_bits(run) << sorted->open_first % WORD_BITS);
}

/* Opens the next word of the group in place of the open one, which has no free frame left. Returns
   false if there is none. */
bool sorted_open_next(struct frames_sorted *sorted);

/* Brings everything up to date that the open words have left out. O(GROUP_WORDS). */
void sorted_close(struct frames_sorted *sorted);

/* Closes the open word if it begins below `end`. */
static inline void sorted_close_below(struct frames_sorted *sorted, uint32_t end)
{
    if (sorted->open_start < end && word_is_open(sorted))
        sorted_close(sorted);
}

#endif
