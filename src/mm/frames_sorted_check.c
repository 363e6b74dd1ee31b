#include "frames_sorted_layout.h"

/* Computes the order of the largest aligned free block of a group from its bits alone. The group
   must have a free frame. */
static uint32_t group_best_order(const uint32_t *bits)
{
    uint32_t full = 0;
    uint32_t best = 0;

    for (uint32_t word = 0; word < GROUP_WORDS; word++) {
        full |= (uint32_t)(bits[word] == WORD_FULL) << word;
        while (best < WORD_SHIFT && word_starts(bits[word], best + 1u) != 0)
            best++;
    }
    while (best >= WORD_SHIFT && best < ORDER_MAX && word_starts(full, best + 1u - WORD_SHIFT) != 0)
        best++;
    return best;
}

/* Returns the words of a group that the open word has left behind without a free frame. */
static uint32_t words_left_behind(const struct frames_sorted *sorted, uint32_t group)
{
    uint32_t words = (sorted->open_end - sorted->open_start) / WORD_BITS;

    if (!word_is_open(sorted) || sorted->open_start / GROUP_FRAMES != group || words == 1)
        return 0;
    return low_bits(words - 1u) << (sorted->open_start / WORD_BITS + 1u) % GROUP_WORDS;
}

static const char *check_orders(const struct frames_sorted *sorted, uint32_t group, bool any)
{
    uint32_t best = best_orders(sorted)[group];
    uint32_t largest = any ? group_best_order(&free_words(sorted)[group * GROUP_WORDS]) : 0;
    bool open = word_is_open(sorted) && sorted->open_start / GROUP_FRAMES == group;

    if (best > ORDER_MAX)
        return "frames_sorted: best_order is beyond the largest order";
    if (open ? best < largest : best != largest)
        return "frames_sorted: best_order is not the order of the largest block of the group";
    for (uint32_t order = 0; order < ORDER_MAX; order++)
        if (bitmap_test(sorted->groups_with[order], group) != (best > order))
            return "frames_sorted: groups_with disagrees with best_order";
    return NULL;
}

static const char *check_summaries(const struct frames_sorted *sorted, uint32_t group)
{
    const uint32_t *bits = &free_words(sorted)[group * GROUP_WORDS];
    uint32_t any = 0;

    for (uint32_t word = 0; word < GROUP_WORDS; word++)
        any |= (uint32_t)(bits[word] != 0) << word;
    if ((words_any(sorted)[group] & ~words_left_behind(sorted, group)) != any)
        return "frames_sorted: words_any disagrees with the free bits";
    if (bitmap_test(sorted->groups_any, group) != (words_any(sorted)[group] != 0))
        return "frames_sorted: groups_any disagrees with words_any";
    return check_orders(sorted, group, any != 0);
}

static const char *check_beyond(const struct frames_sorted *sorted)
{
    for (uint32_t group = sorted->groups; group < GROUPS_MAX; group++) {
        if (bitmap_test(sorted->groups_any, group))
            return "frames_sorted: a group beyond the end has free frames";
        for (uint32_t order = 0; order < ORDER_MAX; order++)
            if (bitmap_test(sorted->groups_with[order], group))
                return "frames_sorted: a group beyond the end has blocks";
    }
    return NULL;
}

static const char *check_maps(const struct frames_sorted *sorted)
{
    for (uint32_t index = 0; index < GROUP_MAP_WORDS; index++)
        if ((sorted->maps_any >> index & 1u) != (sorted->groups_any[index] != 0))
            return "frames_sorted: maps_any disagrees with groups_any";
    for (uint32_t order = 0; order < ORDER_MAX; order++)
        for (uint32_t index = 0; index < GROUP_MAP_WORDS; index++)
            if ((sorted->maps_with[order] >> index & 1u) !=
                (sorted->groups_with[order][index] != 0))
                return "frames_sorted: maps_with disagrees with groups_with";
    return NULL;
}

static const char *check_counts(const struct frames_sorted *sorted)
{
    uint32_t frames = 0;
    uint32_t word = 0;

    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++) {
        uint32_t words = sorted->groups * GROUP_WORDS;
        uint32_t end = zone_end((enum zone)zone).value / WORD_BITS;
        for (; word < words && word < end; word++) {
            uint32_t free = count_bits(free_words(sorted)[word]);
            if (free != 0 && word < RESERVED_END_PFN / WORD_BITS)
                return "frames_sorted: a reserved frame is free";
            if (free != 0 && word > sorted->open_start / WORD_BITS)
                return "frames_sorted: a free frame lies above the open word";
            frames += free;
        }
        if (frames != sorted->free_to[zone])
            return "frames_sorted: free_to disagrees with the free bits";
    }
    return NULL;
}

/* The arrays, counts and summaries are as they were when the open word was opened. */
static const char *check_open_word(const struct frames_sorted *sorted)
{
    uint32_t start = sorted->open_start;
    uint32_t end = sorted->open_end;
    uint32_t first = sorted->open_first;
    uint32_t next = sorted->open_next;

    if (start > frame_limit(sorted) || start % WORD_BITS != 0)
        return "frames_sorted: open_start is not the start of a word";
    if (start == frame_limit(sorted))
        return (end | first | next | sorted->open_bits) != 0
                   ? "frames_sorted: no word is open, but it has free frames"
                   : NULL;
    if (end <= start || end % WORD_BITS != 0 || (end - 1u) / GROUP_FRAMES != start / GROUP_FRAMES)
        return "frames_sorted: open_end is not in the group of the open word";
    if (free_words(sorted)[start / WORD_BITS] == 0)
        return "frames_sorted: the open word had no free frame";
    if (first < start || first > next || next > start + WORD_BITS)
        return "frames_sorted: the run is not in the open word";
    if (first != start + WORD_BITS && sorted->open_bits >> (first - start) != 0)
        return "frames_sorted: open_bits has bits that are not below the run";
    return NULL;
}

const char *frames_sorted_check(const struct frames_sorted *sorted)
{
    if (MM_HARDENING >= HARDEN_FULL && sorted->seal != sorted_seal(sorted))
        return "frames_sorted: the seal disagrees with the addresses of the arrays";
    const char *open = check_open_word(sorted);
    if (open != NULL)
        return open;
    const char *broken = check_beyond(sorted);

    for (uint32_t group = 0; broken == NULL && group < sorted->groups; group++)
        broken = check_summaries(sorted, group);
    if (broken == NULL)
        broken = check_maps(sorted);
    return broken != NULL ? broken : check_counts(sorted);
}
