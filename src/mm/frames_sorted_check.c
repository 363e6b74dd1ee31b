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

static const char *check_summaries(const struct frames_sorted *sorted, uint32_t group)
{
    const uint32_t *bits = &free_words(sorted)[group * GROUP_WORDS];
    uint32_t any = 0;
    uint32_t best = best_orders(sorted)[group];

    for (uint32_t word = 0; word < GROUP_WORDS; word++)
        any |= (uint32_t)(bits[word] != 0) << word;
    if (words_any(sorted)[group] != any)
        return "frames_sorted: words_any disagrees with the free bits";
    if (bitmap_test(sorted->groups_any, group) != (any != 0))
        return "frames_sorted: groups_any disagrees with words_any";
    if (best > ORDER_MAX)
        return "frames_sorted: best_order is beyond the largest order";
    if (any != 0 && group_best_order(bits) > best)
        return "frames_sorted: a group has a larger block than its best_order";
    for (uint32_t order = 0; order < ORDER_MAX; order++)
        if (bitmap_test(sorted->groups_with[order], group) != (best > order))
            return "frames_sorted: groups_with disagrees with best_order";
    return NULL;
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
            if (free != 0 && word > sorted->top_word)
                return "frames_sorted: a free frame lies above top_word";
            frames += free;
        }
        if (frames != sorted->free_to[zone])
            return "frames_sorted: free_to disagrees with the free bits";
    }
    return NULL;
}

const char *frames_sorted_check(const struct frames_sorted *sorted)
{
    if (MM_HARDENING >= HARDEN_FULL && sorted->seal != sorted_seal(sorted))
        return "frames_sorted: the seal disagrees with the addresses of the arrays";
    if (sorted->top_word != WORD_NONE && sorted->top_word >= sorted->groups * GROUP_WORDS)
        return "frames_sorted: top_word is beyond the end";
    const char *broken = check_beyond(sorted);

    for (uint32_t group = 0; broken == NULL && group < sorted->groups; group++)
        broken = check_summaries(sorted, group);
    if (broken == NULL)
        broken = check_maps(sorted);
    return broken != NULL ? broken : check_counts(sorted);
}
