#include "frames_sorted_open.h"
#include "frames_sorted_orders.h"
#include "frames_sorted_summary.h"

/* Writes the bits of the open word, which are `now`, back, and counts what has changed. Returns
   what they were when it was opened. */
static inline uint32_t open_word_write(struct frames_sorted *sorted, uint32_t now)
{
    uint32_t *bits = &free_words(sorted)[sorted->open_start >> WORD_SHIFT];
    uint32_t before = *bits;

    *bits = now;
    count_free(sorted, sorted->open_start, count_bits(now) - count_bits(before));
    return before;
}

void sorted_close(struct frames_sorted *sorted)
{
    uint32_t start = sorted->open_start;
    uint32_t words = (sorted->open_end - start) >> WORD_SHIFT;
    uint32_t now = open_word_bits(sorted);
    uint32_t before = open_word_write(sorted, now);
    uint32_t group = start / GROUP_FRAMES;
    uint32_t empty = low_bits(words) << (start >> WORD_SHIFT) % GROUP_WORDS;

    sorted->open_start = frame_limit(sorted);
    sorted->open_end = sorted->open_first = sorted->open_next = sorted->open_bits = 0;
    if (now != 0)
        empty &= empty - 1u;
    words_now_empty(sorted, group, empty);
    if (words == 1)
        orders_after_clear(sorted, start >> WORD_SHIFT, before);
    else
        orders_lower(sorted, group);
    if ((now & ~before) != 0)
        orders_after_set(sorted, start >> WORD_SHIFT);
}

bool sorted_open_next(struct frames_sorted *sorted)
{
    uint32_t word = sorted->open_start >> WORD_SHIFT;
    uint32_t any = words_any(sorted)[word / GROUP_WORDS] & ((1u << word % GROUP_WORDS) - 1u);

    if (any == 0)
        return false;
    open_word_write(sorted, 0);
    word = (word & ~(GROUP_WORDS - 1u)) + highest_bit(any);
    sorted_open(sorted, word << WORD_SHIFT, free_words(sorted)[word]);
    return true;
}
