/* Searches for a run of free frames, of any length and with any start. */
#include "frames_sorted_layout.h"

/* A search goes from low frames to high ones. The last `run` frames that it has passed are free. */
struct search {
    const struct frames_sorted *sorted;
    uint32_t from;
    uint32_t to;
    uint32_t frames; /* the length of the wanted run */
    uint32_t run;
    uint32_t shift[WORD_SHIFT]; /* of run_starts() */
};

/* Returns the free bits of a word that lie in [from, to). */
static uint32_t word_inside(const struct search *search, uint32_t word)
{
    uint32_t bits = word_bits(search->sorted, word);
    uint32_t first = word << WORD_SHIFT;

    if (first + WORD_BITS <= search->from || first >= search->to)
        return 0;
    if (first < search->from)
        bits &= WORD_FULL << (search->from - first);
    if (search->to - first < WORD_BITS)
        bits &= ~(WORD_FULL << (search->to - first));
    return bits;
}

/* Returns whether the group lies in [from, to) as a whole, and none of its words is open. */
static bool group_is_inside(const struct search *search, uint32_t group)
{
    uint32_t first = group * GROUP_FRAMES;

    return search->from <= first && search->to - first >= GROUP_FRAMES &&
           search->sorted->open_start / GROUP_FRAMES != group;
}

/* Computes the shifts of run_starts() for runs of `frames`, at most 32. */
static void set_shifts(struct search *search, uint32_t frames)
{
    for (uint32_t i = 0, have = 1; i < WORD_SHIFT; i++) {
        search->shift[i] = have < frames - have ? have : frames - have;
        have += search->shift[i];
    }
}

/* Returns the bits at which a run of the wanted length starts: a length of 3 makes 0111 1011 into
   0001 1000. Shifts always five times, by 0 in the end: that needs fewer instructions than a loop
   that computes the shifts. */
static inline uint32_t run_starts(const struct search *search, uint32_t word)
{
    word &= word >> search->shift[0];
    word &= word >> search->shift[1];
    word &= word >> search->shift[2];
    word &= word >> search->shift[3];
    return word & word >> search->shift[4];
}

/* Returns the first frame of the wanted run if the run ends in this group, else UINT32_MAX. */
static uint32_t search_group(struct search *search, uint32_t group)
{
    const uint32_t *free = free_words(search->sorted);
    bool inside = group_is_inside(search, group);
    uint32_t frames = search->frames;
    uint32_t run = search->run;

    for (uint32_t word = group * GROUP_WORDS; word < (group + 1u) * GROUP_WORDS; word++) {
        uint32_t bits = inside ? free[word] : word_inside(search, word);
        uint32_t used = ~bits;
        uint32_t leading = used == 0 ? WORD_BITS : lowest_bit(used);
        if (run + leading >= frames)
            return (word << WORD_SHIFT) - run;
        if (used == 0) {
            run += WORD_BITS;
            continue;
        }
        uint32_t starts = frames < WORD_BITS ? run_starts(search, bits) : 0;
        if (starts != 0)
            return (word << WORD_SHIFT) + lowest_bit(starts);
        run = WORD_BITS - 1u - highest_bit(used);
    }
    search->run = run;
    return UINT32_MAX;
}

/* Sets the run to the free frames at the end of a group that has a used frame. */
static void search_end(struct search *search, uint32_t group)
{
    uint32_t word = (group + 1u) * GROUP_WORDS - 1u;
    uint32_t bits;

    search->run = 0;
    while ((bits = word_inside(search, word)) == WORD_FULL) {
        search->run += WORD_BITS;
        word--;
    }
    search->run += WORD_BITS - 1u - highest_bit(~bits);
}

/*
 * Returns the order of an aligned block that each run of `frames` contains, at most ORDER_MAX. A
 * run of 2^(k+1) - 1 frames contains an aligned block of 2^k, and a shorter one need not:
 *
 *     k = 2     | . X X X | X X X X | . . . . |     7 frames     | . X X X | X X X . |     6 frames
 */
static uint32_t block_of_run(uint32_t frames)
{
    uint32_t order = frames >= 2u * GROUP_FRAMES ? ORDER_MAX + 1u : highest_bit(frames + 1u);

    return order - 1u;
}

/* Returns the first group at or above `group` that may have a free block of an order, or
   UINT32_MAX. The group of the open word may have a larger one than the index of blocks says. */
static uint32_t next_group(const struct frames_sorted *sorted, uint32_t order, uint32_t group)
{
    const uint32_t *map = order == 0 ? sorted->groups_any : sorted->groups_with[order - 1u];
    uint32_t next = group_map_lowest(map, group);
    uint32_t open = sorted->open_start / GROUP_FRAMES;

    return word_is_open(sorted) && open >= group && open < next ? open : next;
}

/*
 * Every wanted run has frames of a group with a free block of the order that the run must contain.
 * The search goes from one such group to the next. The run may begin in the group before, and may
 * end in the group after.
 */
pfn_t frames_sorted_find_range(const struct frames_sorted *sorted, pfn_t from, pfn_t to,
                               uint32_t frames)
{
    uint32_t limit = frame_limit(sorted);
    uint32_t order = block_of_run(frames);
    struct search search = {.sorted = sorted,
                            .from = from.value,
                            .to = to.value < limit ? to.value : limit,
                            .frames = frames};

    if (frames < WORD_BITS)
        set_shifts(&search, frames);
    for (uint32_t group = from.value / GROUP_FRAMES; group < sorted->groups; group++) {
        uint32_t next = search.run != 0 ? group : next_group(sorted, order, group);
        if (next >= sorted->groups || next * GROUP_FRAMES >= search.to)
            break;
        if (next != group)
            search_end(&search, next - 1u);
        group = next;
        uint32_t found = search_group(&search, group);
        if (found != UINT32_MAX)
            return pfn(found);
    }
    return PFN_NONE;
}
