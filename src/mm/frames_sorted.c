#include "frames_sorted_open.h"
#include "frames_sorted_orders.h"
#include "frames_sorted_runs.h"
#include "frames_sorted_summary.h"
#include "free_ranges.h"

uint32_t frames_sorted_bytes(pfn_t end)
{
    uint32_t groups = (end.value + GROUP_FRAMES - 1u) / GROUP_FRAMES;

    return groups * (GROUP_WORDS * 4u + 4u + 1u);
}

void frames_sorted_init(struct frames_sorted *sorted, vaddr_t arrays, pfn_t end)
{
    uint32_t groups = (end.value + GROUP_FRAMES - 1u) / GROUP_FRAMES;

    *sorted = (struct frames_sorted){.groups = groups, .open_start = groups * GROUP_FRAMES};
    sorted->free = arrays;
    sorted->words_any = vaddr_add(arrays, groups * GROUP_WORDS * 4u);
    sorted->best_order = vaddr_add(sorted->words_any, groups * 4u);
    uint32_t *words = free_words(sorted);
    uint8_t *best = best_orders(sorted);
    for (uint32_t word = 0; word < groups * (GROUP_WORDS + 1u); word++)
        words[word] = 0; /* and words_any, which follows */
    for (uint32_t group = 0; group < groups; group++)
        best[group] = 0;
    if (MM_HARDENING >= HARDEN_FULL)
        sorted->seal = sorted_seal(sorted);
}

/* A request for [DMA, zone] may use these maps, and these groups of each of them. */
_Static_assert(DMA_END_PFN < MAP_FRAMES && LOW_END_PFN % MAP_FRAMES == 0,
               "DMA is a part of the first map, and LOW ends with a map");
static const uint32_t zone_maps[ZONE_COUNT] = {
    1u, WORD_FULL >> (WORD_BITS - LOW_END_PFN / MAP_FRAMES), WORD_FULL};
static const uint32_t zone_groups[ZONE_COUNT] = {
    WORD_FULL >> (WORD_BITS - DMA_END_PFN / GROUP_FRAMES), WORD_FULL, WORD_FULL};

/* Returns the maps that have a bit in `maps_any`, as far as a zone may use them. */
static inline uint32_t maps_of_zone(uint32_t maps, enum zone zone)
{
    return zone == ZONE_HIGH ? maps : maps & zone_maps[zone];
}

static inline uint32_t groups_of_zone(uint32_t groups, enum zone zone)
{
    return zone == ZONE_DMA ? groups & zone_groups[zone] : groups;
}

/* Takes the highest frame of a word, which has the bits `left` without it. Opens the word, if no
   higher one has a free frame. */
static __attribute__((noinline)) pfn_t word_take(struct frames_sorted *sorted, enum zone zone,
                                                 pfn_t frame, uint32_t left)
{
    uint32_t word = frame.value >> WORD_SHIFT;
    uint32_t *bits = &free_words(sorted)[word];
    uint32_t before = *bits;

    if (MM_HARDENING < HARDEN_FULL && zone != ZONE_DMA &&
        maps_of_zone(sorted->maps_any, zone) == sorted->maps_any) {
        sorted_open(sorted, word << WORD_SHIFT, before);
        sorted->open_end = (word + 1u) << WORD_SHIFT;
        sorted->open_next--;
        return frame;
    }
    *bits = left;
    count_free(sorted, frame.value, -1u);
    if (word_has_block(before, frame.value, best_orders(sorted)[word / GROUP_WORDS]))
        orders_after_clear(sorted, word, before);
    return frame;
}

/* Takes the highest free frame. Descends from the top without branches at the levels, because the
   distance from one free frame to the next is unpredictable. */
static inline pfn_t descend(struct frames_sorted *sorted, enum zone zone)
{
    uint32_t maps = maps_of_zone(sorted->maps_any, zone);
    if (maps == 0)
        return PFN_NONE;
    uint32_t map = highest_bit(maps);
    uint32_t groups = sorted->groups_any[map];
    summary_guard(groups, "frames_sorted_alloc");
    if (groups_of_zone(groups, zone) == 0)
        return PFN_NONE;
    uint32_t group_bit = highest_bit(groups_of_zone(groups, zone));
    uint32_t group = map * WORD_BITS + group_bit;
    uint32_t any = words_any(sorted)[group];
    summary_guard(any, "frames_sorted_alloc");
    uint32_t word_bit = highest_bit(any);
    uint32_t word = group * GROUP_WORDS + word_bit;
    uint32_t *bits = &free_words(sorted)[word];
    uint32_t before = *bits;
    summary_guard(before, "frames_sorted_alloc");
    uint32_t bit = highest_bit(before);
    uint32_t left = before & ~(1u << bit);
    pfn_t frame = pfn(word * WORD_BITS + bit);

    if (left != 0)
        return word_take(sorted, zone, frame, left);
    *bits = 0;
    count_free(sorted, frame.value, -1u);
    any &= ~(1u << word_bit);
    words_any(sorted)[group] = any;
    if (any == 0) {
        groups &= ~(1u << group_bit);
        sorted->groups_any[map] = groups;
        sorted->maps_any &= ~((uint32_t)(groups == 0) << map);
    }
    return frame;
}

/* The run of the open word is used up: the next one begins at its highest free frame. */
static __attribute__((noinline)) pfn_t open_next_run(struct frames_sorted *sorted, enum zone zone)
{
    if (sorted->open_bits != 0) {
        sorted_open(sorted, sorted->open_start, sorted->open_bits);
    } else if (!sorted_open_next(sorted)) {
        sorted_close(sorted);
        return descend(sorted, zone);
    }
    return pfn(--sorted->open_next);
}

pfn_t frames_sorted_alloc_closed(struct frames_sorted *sorted, enum zone zone)
{
    sorted_guard(sorted, "frames_sorted_alloc_highest");
    if (word_is_open(sorted) && sorted->open_start < zone_end(zone).value)
        return open_next_run(sorted, zone);
    return descend(sorted, zone);
}

pfn_t frames_sorted_alloc_lowest(struct frames_sorted *sorted, pfn_t from)
{
    uint32_t word = from.value >> WORD_SHIFT;
    uint32_t group = word / GROUP_WORDS;

    sorted_guard(sorted, __func__);
    if (group >= sorted->groups)
        return PFN_NONE;
    sorted_close_below(sorted, UINT32_MAX);
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
    uint32_t first = word * WORD_BITS + lowest_bit(bits);
    sorted_clear_run(sorted, first, first + 1u);
    return pfn(first);
}

pfn_t frames_sorted_alloc_block(struct frames_sorted *sorted, uint32_t order, enum zone zone)
{
    if (order == 0)
        return frames_sorted_alloc_highest(sorted, zone);
    sorted_guard(sorted, __func__);
    sorted_close_below(sorted, UINT32_MAX);
    uint32_t maps = sorted->maps_with[order - 1u] & zone_maps[zone];
    if (maps == 0)
        return PFN_NONE;
    uint32_t map = highest_bit(maps);
    uint32_t groups = groups_of_zone(sorted->groups_with[order - 1u][map], zone);
    if (groups == 0)
        return PFN_NONE;
    uint32_t first = orders_highest_block(sorted, map * WORD_BITS + highest_bit(groups), order);
    sorted_clear_run(sorted, first, first + (1u << order));
    return pfn(first);
}

pfn_t frames_sorted_take(struct frames_sorted *sorted, pfn_t start, pfn_t end)
{
    uint32_t frame = start.value;
    uint32_t word = frame >> WORD_SHIFT;

    sorted_guard(sorted, __func__);
    if (end.value - frame != 1u || frame >= sorted->open_start)
        return sorted_take_run(sorted, start, end);
    uint32_t *bits = &free_words(sorted)[word];
    uint32_t before = *bits;
    uint32_t left = before & ~(1u << frame % WORD_BITS);
    if (left == before)
        return start;
    *bits = left;
    count_free(sorted, frame, -1u);
    if (left == 0)
        words_now_empty(sorted, word / GROUP_WORDS, 1u << word % GROUP_WORDS);
    else if (word_has_block(before, frame, best_orders(sorted)[word / GROUP_WORDS]))
        orders_after_clear(sorted, word, before);
    return PFN_NONE;
}

/* Frees a frame below the open word. */
static inline void free_below(struct frames_sorted *sorted, uint32_t frame)
{
    uint32_t word = frame >> WORD_SHIFT;
    uint32_t *bits = &free_words(sorted)[word];
    uint32_t before = *bits;
    uint32_t after = before | 1u << frame % WORD_BITS;

    if (after == before)
        machine_panic("frames_sorted_free", "frame is free already", frame);
    *bits = after;
    count_free(sorted, frame, 1);
    if (before == 0)
        words_no_longer_empty(sorted, word / GROUP_WORDS, 1u << word % GROUP_WORDS);
    else if (word_has_block(after, frame, best_orders(sorted)[word / GROUP_WORDS] + 1u))
        orders_after_set(sorted, word);
}

/* Frees a frame of the open word that is not the one above its run. */
static void free_in_open_word(struct frames_sorted *sorted, uint32_t frame)
{
    uint32_t bits = open_word_bits(sorted);
    uint32_t bit = 1u << frame % WORD_BITS;

    if ((bits & bit) != 0)
        machine_panic("frames_sorted_free", "frame is free already", frame);
    sorted_open(sorted, sorted->open_start, bits | bit);
}

/* Out of line, so that frames_sorted_free() saves no registers. */
static __attribute__((noinline)) void free_above(struct frames_sorted *sorted, uint32_t frame)
{
    if (frame >= frame_limit(sorted))
        machine_panic("frames_sorted_free", "frame is beyond the end", frame);
    if (frame - sorted->open_start < WORD_BITS) {
        free_in_open_word(sorted, frame);
        return;
    }
    sorted_close(sorted);
    free_below(sorted, frame);
}

void frames_sorted_free(struct frames_sorted *sorted, pfn_t frame)
{
    sorted_guard(sorted, __func__);
    if (frame.value < sorted->open_start)
        free_below(sorted, frame.value);
    else if (frame.value == sorted->open_next && frame.value - sorted->open_start < WORD_BITS)
        sorted->open_next++;
    else
        free_above(sorted, frame.value);
}

uint32_t frames_sorted_free_to(const struct frames_sorted *sorted, enum zone zone)
{
    uint32_t start = sorted->open_start;

    if (!word_is_open(sorted) || start >= zone_end(zone).value)
        return sorted->free_to[zone];
    return sorted->free_to[zone] - count_bits(free_words(sorted)[start >> WORD_SHIFT]) +
           count_bits(open_word_bits(sorted));
}

void frames_sorted_free_blocks(const struct frames_sorted *sorted, struct free_blocks *blocks)
{
    uint32_t words = sorted->groups * GROUP_WORDS;
    struct free_ranges ranges = {0, 0};

    for (uint32_t word = 0; word < words; word++)
        free_ranges_add_word(&ranges, word * WORD_BITS, word_bits(sorted, word), blocks);
    free_ranges_add_word(&ranges, words * WORD_BITS, 0, blocks);
}
