#include "frames_sorted_layout.h"
#include "free_ranges.h"

/* Returns a word whose bits [from, to) are set, from < to <= 32. */
static uint32_t bits_between(uint32_t from, uint32_t to)
{
    return low_bits(to - from) << from;
}

static void bitmap_set(uint32_t *map, uint32_t bit)
{
    map[bit >> WORD_SHIFT] |= 1u << (bit % WORD_BITS);
}

static void bitmap_clear(uint32_t *map, uint32_t bit)
{
    map[bit >> WORD_SHIFT] &= ~(1u << (bit % WORD_BITS));
}

/* Returns the highest set bit below `end` of a map of groups, or UINT32_MAX. Reads at most 32
   words. */
static uint32_t group_map_highest(const uint32_t *map, uint32_t end)
{
    uint32_t index = end >> WORD_SHIFT;
    uint32_t word = end % WORD_BITS != 0 ? map[index] & bits_between(0, end % WORD_BITS) : 0;

    while (word == 0) {
        if (index == 0)
            return UINT32_MAX;
        word = map[--index];
    }
    return index * WORD_BITS + highest_bit(word);
}

/* Returns the lowest set bit at or above `from` of a map of groups, or UINT32_MAX. Reads at most 32
   words. */
static uint32_t group_map_lowest(const uint32_t *map, uint32_t from)
{
    for (uint32_t index = from >> WORD_SHIFT; index < GROUP_MAP_WORDS; index++) {
        uint32_t word = map[index];
        if (index == from >> WORD_SHIFT)
            word &= WORD_FULL << from % WORD_BITS;
        if (word != 0)
            return index * WORD_BITS + lowest_bit(word);
    }
    return UINT32_MAX;
}

/* Returns the order of the largest free block in a word, or ORDER_MAX if the word is all free,
   because the block may go on in the words beside it. */
static uint32_t word_best_order(uint32_t word)
{
    uint32_t order = 0;

    if (word == WORD_FULL)
        return ORDER_MAX;
    while (word_starts(word, order + 1u) != 0)
        order++;
    return order;
}

static void group_raise_best(struct frames_sorted *sorted, uint32_t group, uint32_t order)
{
    uint8_t *best = &best_orders(sorted)[group];

    for (; *best < order; ++*best)
        bitmap_set(sorted->groups_with[*best], group);
}

static void group_lower_best(struct frames_sorted *sorted, uint32_t group, uint32_t order)
{
    uint8_t *best = &best_orders(sorted)[group];

    for (; *best > order; --*best)
        bitmap_clear(sorted->groups_with[*best - 1u], group);
}

/* Adds `frames`, which lie in the zone of the first, to the counts of free frames. A negative
   number is added modulo 2^32. Branches and an index would be slower: the zone of a frame is
   unpredictable. */
static inline void count_free(struct frames_sorted *sorted, uint32_t frame, uint32_t frames)
{
    sorted->free_to[ZONE_HIGH] += frames;
    sorted->free_to[ZONE_LOW] += frames & -(uint32_t)(frame < LOW_END_PFN);
    sorted->free_to[ZONE_DMA] += frames & -(uint32_t)(frame < DMA_END_PFN);
}

/* A word has no free frame left. The caller passes the words of its summaries, `any` of words_any
   and `groups` of groups_any. A caller that has read them on the way down saves the processor from
   waiting for its own stores. */
static inline void word_now_empty(struct frames_sorted *sorted, uint32_t word, uint32_t any,
                                  uint32_t groups)
{
    uint32_t group = word / GROUP_WORDS;
    uint32_t map = group / WORD_BITS;

    any ^= 1u << word % GROUP_WORDS;
    words_any(sorted)[group] = any;
    if (any != 0)
        return;
    groups ^= 1u << group % WORD_BITS;
    sorted->groups_any[map] = groups;
    sorted->maps_any &= ~((uint32_t)(groups == 0) << map);
}

static inline void word_no_longer_empty(struct frames_sorted *sorted, uint32_t word)
{
    uint32_t group = word / GROUP_WORDS;

    words_any(sorted)[group] |= 1u << (word % GROUP_WORDS);
    bitmap_set(sorted->groups_any, group);
    sorted->maps_any |= 1u << (group >> WORD_SHIFT);
}

/* Clears bits of a word, all of which must be set. */
static void word_clear(struct frames_sorted *sorted, uint32_t word, uint32_t mask, uint32_t frames)
{
    uint32_t *bits = &free_words(sorted)[word];
    uint32_t left = *bits ^ mask;

    *bits = left;
    count_free(sorted, word << WORD_SHIFT, -frames);
    if (left == 0)
        word_now_empty(sorted, word, words_any(sorted)[word / GROUP_WORDS],
                       sorted->groups_any[word / GROUP_WORDS / WORD_BITS]);
}

/* A word gets free frames. While top_word is not known, the branch is predicted. */
static inline void word_gains(struct frames_sorted *sorted, uint32_t word)
{
    if (word > sorted->top_word)
        sorted->top_word = WORD_NONE;
}

/* Sets bits of a word, none of which may be set. */
static void word_set(struct frames_sorted *sorted, uint32_t word, uint32_t mask, uint32_t frames)
{
    uint32_t *bits = &free_words(sorted)[word];

    if (*bits == 0)
        word_no_longer_empty(sorted, word);
    *bits |= mask;
    word_gains(sorted, word);
    count_free(sorted, word << WORD_SHIFT, frames);
    if (best_orders(sorted)[word / GROUP_WORDS] < ORDER_MAX)
        group_raise_best(sorted, word / GROUP_WORDS, word_best_order(*bits));
}

/* Sets all bits of a group that has none. */
static void group_set(struct frames_sorted *sorted, uint32_t group)
{
    uint32_t *bits = &free_words(sorted)[group * GROUP_WORDS];

    for (uint32_t word = 0; word < GROUP_WORDS; word++)
        bits[word] = WORD_FULL;
    words_any(sorted)[group] = WORD_FULL;
    bitmap_set(sorted->groups_any, group);
    sorted->maps_any |= 1u << (group >> WORD_SHIFT);
    word_gains(sorted, group * GROUP_WORDS + GROUP_WORDS - 1u);
    count_free(sorted, group * GROUP_FRAMES, GROUP_FRAMES);
    group_raise_best(sorted, group, ORDER_MAX);
}

uint32_t frames_sorted_bytes(pfn_t end)
{
    uint32_t groups = (end.value + GROUP_FRAMES - 1u) / GROUP_FRAMES;

    return groups * (GROUP_WORDS * 4u + 4u + 1u);
}

void frames_sorted_init(struct frames_sorted *sorted, vaddr_t arrays, pfn_t end)
{
    uint32_t groups = (end.value + GROUP_FRAMES - 1u) / GROUP_FRAMES;

    *sorted = (struct frames_sorted){.groups = groups, .top_word = WORD_NONE};
    sorted->free = arrays;
    sorted->words_any = vaddr_add(arrays, groups * GROUP_WORDS * 4u);
    sorted->best_order = vaddr_add(sorted->words_any, groups * 4u);
    for (uint32_t word = 0; word < groups * GROUP_WORDS; word++)
        free_words(sorted)[word] = 0;
    for (uint32_t group = 0; group < groups; group++) {
        words_any(sorted)[group] = 0;
        best_orders(sorted)[group] = 0;
    }
    if (MM_HARDENING >= HARDEN_FULL)
        sorted->seal = sorted_seal(sorted);
}

/* Returns the bits of the part of [at, end) that lies in the word of `at`; *frames is their
   number. */
static uint32_t piece_mask(uint32_t at, uint32_t end, uint32_t *frames)
{
    uint32_t from = at % WORD_BITS;
    uint32_t to = end - at < WORD_BITS - from ? from + (end - at) : WORD_BITS;

    *frames = to - from;
    return bits_between(from, to);
}

pfn_t frames_sorted_first_used(const struct frames_sorted *sorted, pfn_t start, pfn_t end)
{
    const uint32_t *bits = free_words(sorted);
    uint32_t limit = sorted->groups * GROUP_FRAMES;
    uint32_t frames;

    for (uint32_t at = start.value; at < end.value; at += frames) {
        uint32_t mask = piece_mask(at, end.value, &frames);
        if (at >= limit)
            return pfn(at);
        uint32_t used = ~bits[at >> WORD_SHIFT] & mask;
        if (used != 0)
            return pfn((at & ~(WORD_BITS - 1u)) + lowest_bit(used));
    }
    return PFN_NONE;
}

static void clear_run(struct frames_sorted *sorted, uint32_t start, uint32_t end)
{
    uint32_t frames;

    for (uint32_t at = start; at < end; at += frames) {
        uint32_t mask = piece_mask(at, end, &frames);
        word_clear(sorted, at >> WORD_SHIFT, mask, frames);
    }
}

static void set_run(struct frames_sorted *sorted, uint32_t start, uint32_t end,
                    const char *function)
{
    uint32_t frames;

    sorted_guard(sorted, function);
    if (end > sorted->groups * GROUP_FRAMES || start > end)
        machine_panic(function, "frame is beyond the end", end);
    for (uint32_t at = start; at < end; at += frames) {
        if (at % GROUP_FRAMES == 0 && end - at >= GROUP_FRAMES &&
            words_any(sorted)[at / GROUP_FRAMES] == 0) {
            group_set(sorted, at / GROUP_FRAMES);
            frames = GROUP_FRAMES;
            continue;
        }
        uint32_t mask = piece_mask(at, end, &frames);
        uint32_t both = free_words(sorted)[at >> WORD_SHIFT] & mask;
        if (both != 0)
            machine_panic(function, "frame is free already",
                          (at & ~(WORD_BITS - 1u)) + lowest_bit(both));
        word_set(sorted, at >> WORD_SHIFT, mask, frames);
    }
}

void frames_sorted_add(struct frames_sorted *sorted, pfn_t start, pfn_t end)
{
    set_run(sorted, start.value, end.value, __func__);
}

void frames_sorted_free_range(struct frames_sorted *sorted, pfn_t start, pfn_t end)
{
    set_run(sorted, start.value, end.value, __func__);
}

/* A request for [DMA, zone] may use these maps, and these groups of each of them. */
_Static_assert(DMA_END_PFN < MAP_FRAMES && LOW_END_PFN % MAP_FRAMES == 0,
               "DMA is a part of the first map, and LOW ends with a map");
static const uint32_t zone_maps[ZONE_COUNT] = {
    1u, WORD_FULL >> (WORD_BITS - LOW_END_PFN / MAP_FRAMES), WORD_FULL};
static const uint32_t zone_groups[ZONE_COUNT] = {
    WORD_FULL >> (WORD_BITS - DMA_END_PFN / GROUP_FRAMES), WORD_FULL, WORD_FULL};

/* Descends from the top without branches, because the distance from one free frame to the next is
   unpredictable. Out of line, so that a call that finds its frame in top_word saves no
   registers. */
static __attribute__((noinline)) pfn_t zone_take_highest(struct frames_sorted *sorted,
                                                         enum zone zone)
{
    uint32_t maps = sorted->maps_any & zone_maps[zone];
    if (maps == 0)
        return PFN_NONE;
    uint32_t map = highest_bit(maps);
    uint32_t groups = sorted->groups_any[map];
    summary_guard(groups, "frames_sorted_alloc");
    if ((groups & zone_groups[zone]) == 0)
        return PFN_NONE;
    uint32_t group = map * WORD_BITS + highest_bit(groups & zone_groups[zone]);
    uint32_t any = words_any(sorted)[group];
    summary_guard(any, "frames_sorted_alloc");
    uint32_t word = group * GROUP_WORDS + highest_bit(any);
    uint32_t *bits = &free_words(sorted)[word];
    uint32_t before = *bits;
    summary_guard(before, "frames_sorted_alloc");
    uint32_t bit = highest_bit(before);
    uint32_t left = before ^ 1u << bit;
    *bits = left;
    count_free(sorted, word << WORD_SHIFT, -1u);
    if (left == 0)
        word_now_empty(sorted, word, any, groups);
    else if (zone == ZONE_HIGH)
        sorted->top_word = word;
    return pfn(word * WORD_BITS + bit);
}

pfn_t frames_sorted_alloc_highest(struct frames_sorted *sorted, enum zone zone)
{
    uint32_t word = sorted->top_word;

    sorted_guard(sorted, __func__);
    if (word >= zone_end(zone).value / WORD_BITS)
        return zone_take_highest(sorted, zone);
    uint32_t *bits = &free_words(sorted)[word];
    uint32_t before = *bits;
    uint32_t left = before & ~(1u << highest_bit(before | 1u));
    if (left == 0) {
        sorted->top_word = WORD_NONE;
        return zone_take_highest(sorted, zone);
    }
    *bits = left;
    count_free(sorted, word << WORD_SHIFT, -1u);
    return pfn(word * WORD_BITS + highest_bit(before));
}

pfn_t frames_sorted_alloc_lowest(struct frames_sorted *sorted, pfn_t from)
{
    uint32_t word = from.value >> WORD_SHIFT;
    uint32_t group = word / GROUP_WORDS;

    sorted_guard(sorted, __func__);
    if (group >= sorted->groups)
        return PFN_NONE;
    uint32_t bits = free_words(sorted)[word] & WORD_FULL << from.value % WORD_BITS;
    if (bits == 0) {
        uint32_t any = words_any(sorted)[group] & ~bits_between(0, word % GROUP_WORDS + 1u);
        if (any == 0) {
            group = group_map_lowest(sorted->groups_any, group + 1u);
            if (group == UINT32_MAX)
                return PFN_NONE;
            any = words_any(sorted)[group];
        }
        summary_guard(any, "frames_sorted_alloc");
        word = group * GROUP_WORDS + lowest_bit(any);
        bits = free_words(sorted)[word];
        summary_guard(bits, "frames_sorted_alloc");
    }
    uint32_t bit = lowest_bit(bits);
    word_clear(sorted, word, 1u << bit, 1);
    return pfn(word * WORD_BITS + bit);
}

/* Returns the first frame of the highest free block in a group, or UINT32_MAX. Reads at most 32
   words. */
static uint32_t group_highest_block(const struct frames_sorted *sorted, uint32_t group,
                                    uint32_t order)
{
    const uint32_t *bits = &free_words(sorted)[group * GROUP_WORDS];
    uint32_t full = 0;

    for (uint32_t any = words_any(sorted)[group]; any != 0;) {
        uint32_t word = highest_bit(any);
        any &= ~(1u << word);
        uint32_t blocks = order < WORD_SHIFT ? word_starts(bits[word], order) : 0;
        if (blocks != 0)
            return group * GROUP_FRAMES + word * WORD_BITS + highest_bit(blocks);
        full |= (uint32_t)(bits[word] == WORD_FULL) << word;
    }
    if (order < WORD_SHIFT)
        return UINT32_MAX;
    uint32_t words = word_starts(full, order - WORD_SHIFT);
    return words != 0 ? group * GROUP_FRAMES + highest_bit(words) * WORD_BITS : UINT32_MAX;
}

pfn_t frames_sorted_alloc_block(struct frames_sorted *sorted, uint32_t order, enum zone zone)
{
    uint32_t end = zone_end(zone).value / GROUP_FRAMES;

    if (order == 0)
        return frames_sorted_alloc_highest(sorted, zone);
    sorted_guard(sorted, __func__);
    for (;;) {
        end = group_map_highest(sorted->groups_with[order - 1u], end);
        if (end == UINT32_MAX)
            return PFN_NONE;
        uint32_t first = group_highest_block(sorted, end, order);
        if (first != UINT32_MAX) {
            clear_run(sorted, first, first + (1u << order));
            return pfn(first);
        }
        group_lower_best(sorted, end, order - 1u);
    }
}

static __attribute__((noinline)) pfn_t take_words(struct frames_sorted *sorted, pfn_t start,
                                                  pfn_t end)
{
    pfn_t used = frames_sorted_first_used(sorted, start, end);

    if (pfn_is_none(used))
        clear_run(sorted, start.value, end.value);
    return used;
}

pfn_t frames_sorted_take(struct frames_sorted *sorted, pfn_t start, pfn_t end)
{
    uint32_t from = start.value % WORD_BITS;
    uint32_t frames = end.value - start.value;

    sorted_guard(sorted, __func__);
    if (frames - 1u >= WORD_BITS - from || start.value >= sorted->groups * GROUP_FRAMES)
        return take_words(sorted, start, end);
    uint32_t mask = bits_between(from, from + frames);
    uint32_t used = ~free_words(sorted)[start.value >> WORD_SHIFT] & mask;
    if (used != 0)
        return pfn(start.value - from + lowest_bit(used));
    word_clear(sorted, start.value >> WORD_SHIFT, mask, frames);
    return PFN_NONE;
}

/* Out of line, so that freeing a frame whose buddy is used saves no registers. */
static __attribute__((noinline)) void word_raise_best(struct frames_sorted *sorted, uint32_t word)
{
    group_raise_best(sorted, word / GROUP_WORDS, word_best_order(free_words(sorted)[word]));
}

void frames_sorted_free(struct frames_sorted *sorted, pfn_t frame)
{
    uint32_t word = frame.value >> WORD_SHIFT;
    uint32_t bit = 1u << frame.value % WORD_BITS;

    sorted_guard(sorted, __func__);
    if (word >= sorted->groups * GROUP_WORDS)
        machine_panic(__func__, "frame is beyond the end", frame.value);
    uint32_t *bits = &free_words(sorted)[word];
    uint32_t before = *bits;
    if ((before & bit) != 0)
        machine_panic(__func__, "frame is free already", frame.value);
    *bits = before | bit;
    word_gains(sorted, word);
    count_free(sorted, frame.value, 1);
    if (before == 0)
        word_no_longer_empty(sorted, word);
    else if (best_orders(sorted)[word / GROUP_WORDS] < ORDER_MAX &&
             (before >> (frame.value % WORD_BITS ^ 1u) & 1u) != 0)
        word_raise_best(sorted, word);
}

void frames_sorted_free_block(struct frames_sorted *sorted, pfn_t first, uint32_t order)
{
    if (order == 0) {
        frames_sorted_free(sorted, first);
        return;
    }
    if ((first.value & ((1u << order) - 1u)) != 0)
        machine_panic(__func__, "block is not aligned to its order", first.value);
    set_run(sorted, first.value, first.value + (1u << order), __func__);
}

uint32_t frames_sorted_free_to(const struct frames_sorted *sorted, enum zone zone)
{
    return sorted->free_to[zone];
}

void frames_sorted_free_blocks(const struct frames_sorted *sorted, struct free_blocks *blocks)
{
    const uint32_t *bits = free_words(sorted);
    uint32_t words = sorted->groups * GROUP_WORDS;
    struct free_ranges ranges = {0, 0};

    for (uint32_t word = 0; word < words; word++)
        free_ranges_add_word(&ranges, word * WORD_BITS, bits[word], blocks);
    free_ranges_add_word(&ranges, words * WORD_BITS, 0, blocks);
}
