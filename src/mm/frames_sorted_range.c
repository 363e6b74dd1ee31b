/* Searches for a run of free frames, of any length and with any start. */
#include "frames_sorted_layout.h"

/* A search goes from low frames to high ones. The last `run` frames that it has passed are free. */
struct search {
    const struct frames_sorted *sorted;
    uint32_t from;
    uint32_t to;
    uint32_t frames; /* the length of the wanted run */
    uint32_t run;
};

/* Returns the free bits of a word that lie in [from, to). */
static uint32_t word_inside(const struct search *search, uint32_t word)
{
    uint32_t bits = word_bits(search->sorted, word);
    uint32_t first = word << WORD_SHIFT;

    if (first + WORD_BITS <= search->from)
        return 0;
    if (first < search->from)
        bits &= WORD_FULL << (search->from - first);
    if (search->to - first < WORD_BITS)
        bits &= ~(WORD_FULL << (search->to - first));
    return bits;
}

/* Returns the bits at which a run of `count` set bits starts: a count of 3 makes 0111 1011 into
   0001 1000. */
static uint32_t run_starts(uint32_t word, uint32_t count)
{
    for (uint32_t have = 1; have < count;) {
        uint32_t step = have < count - have ? have : count - have;
        word &= word >> step;
        have += step;
    }
    return word;
}

/* Returns the first frame of the wanted run if the run ends in this word, else UINT32_MAX. */
static uint32_t search_word(struct search *search, uint32_t word)
{
    uint32_t bits = word_inside(search, word);
    uint32_t first = word << WORD_SHIFT;
    uint32_t leading = bits == WORD_FULL ? WORD_BITS : lowest_bit(~bits);

    if (search->run + leading >= search->frames)
        return first - search->run;
    if (bits == WORD_FULL) {
        search->run += WORD_BITS;
        return UINT32_MAX;
    }
    uint32_t starts = search->frames < WORD_BITS ? run_starts(bits, search->frames) : 0;
    if (starts != 0)
        return first + lowest_bit(starts);
    search->run = WORD_BITS - 1u - highest_bit(~bits);
    return UINT32_MAX;
}

/*
 * Returns the length of the longest run that a group can have without a free block of twice 2^best
 * frames. Such a run crosses the boundary between two blocks of that size, and lacks a frame of
 * each:
 *
 *     best 1     | 0 1 1 1 | 1 1 1 0 |     a run of 6, and no block of 4
 */
static uint32_t longest_run(uint32_t best)
{
    return best == ORDER_MAX ? GROUP_FRAMES : (4u << best) - 2u;
}

/* Counts the free frames at the end of a group. */
static uint32_t run_at_end(const struct search *search, uint32_t group)
{
    uint32_t run = 0;

    for (uint32_t word = (group + 1u) * GROUP_WORDS; word-- > group * GROUP_WORDS;) {
        uint32_t bits = word_inside(search, word);
        if (bits != WORD_FULL)
            return run + (WORD_BITS - 1u - highest_bit(~bits));
        run += WORD_BITS;
    }
    return run;
}

static uint32_t search_group(struct search *search, uint32_t group)
{
    bool open = group == search->sorted->open_start / GROUP_FRAMES;
    uint32_t longest = longest_run(open ? ORDER_MAX : best_orders(search->sorted)[group]);
    uint32_t found = UINT32_MAX;
    uint32_t word = group * GROUP_WORDS;

    if (words_any(search->sorted)[group] == 0) {
        search->run = 0;
        return UINT32_MAX;
    }
    if (search->run + longest < search->frames) {
        uint32_t run = run_at_end(search, group);
        search->run = run == GROUP_FRAMES ? search->run + run : run;
        return UINT32_MAX;
    }
    if (search->from >> WORD_SHIFT > word)
        word = search->from >> WORD_SHIFT;
    for (; word < (group + 1u) * GROUP_WORDS && found == UINT32_MAX; word++) {
        if (word << WORD_SHIFT >= search->to)
            return UINT32_MAX;
        found = search_word(search, word);
    }
    return found;
}

pfn_t frames_sorted_find_range(const struct frames_sorted *sorted, pfn_t from, pfn_t to,
                               uint32_t frames)
{
    uint32_t limit = sorted->groups * GROUP_FRAMES;
    struct search search = {.sorted = sorted,
                            .from = from.value,
                            .to = to.value < limit ? to.value : limit,
                            .frames = frames};

    for (uint32_t group = from.value / GROUP_FRAMES; group * GROUP_FRAMES < search.to; group++) {
        uint32_t found = search_group(&search, group);
        if (found != UINT32_MAX)
            return pfn(found);
    }
    return PFN_NONE;
}
