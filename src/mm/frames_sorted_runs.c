#include "frames_sorted_runs.h"
#include "frames_sorted_open.h"
#include "frames_sorted_orders.h"
#include "frames_sorted_summary.h"

/* Sets all bits of the 32 groups of a map, which have none. */
static void map_set(struct frames_sorted *sorted, uint32_t map)
{
    uint32_t *bits = &free_words(sorted)[map * MAP_WORDS];
    uint32_t *any = &words_any(sorted)[map * WORD_BITS];

    for (uint32_t word = 0; word < MAP_WORDS; word++)
        bits[word] = WORD_FULL;
    for (uint32_t group = 0; group < WORD_BITS; group++)
        any[group] = WORD_FULL;
    sorted->groups_any[map] = WORD_FULL;
    sorted->maps_any |= 1u << map;
    count_free(sorted, map * MAP_FRAMES, MAP_FRAMES);
    orders_set_map(sorted, map);
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
    uint32_t limit = sorted->groups * GROUP_FRAMES;
    uint32_t frames;

    for (uint32_t at = start.value; at < end.value; at += frames) {
        uint32_t mask = piece_mask(at, end.value, &frames);
        if (at >= limit)
            return pfn(at);
        uint32_t used = ~word_bits(sorted, at >> WORD_SHIFT) & mask;
        if (used != 0)
            return pfn((at & ~(WORD_BITS - 1u)) + lowest_bit(used));
    }
    return PFN_NONE;
}

/* A piece of a range of frames, in one group: a part of a word, or whole words. */
struct piece {
    uint32_t word; /* the first one */
    uint32_t words;
    uint32_t mask; /* the bits of each word */
    uint32_t frames;
};

/* Returns the piece with which [at, end) begins. */
static struct piece piece_at(uint32_t at, uint32_t end)
{
    struct piece piece = {.word = at >> WORD_SHIFT, .words = 1};
    uint32_t left = GROUP_WORDS - piece.word % GROUP_WORDS;

    piece.mask = piece_mask(at, end, &piece.frames);
    if (piece.mask == WORD_FULL) {
        uint32_t words = (end - at) >> WORD_SHIFT;
        piece.words = words < left ? words : left;
        piece.frames = piece.words << WORD_SHIFT;
    }
    return piece;
}

/* Returns the bits of the words of a piece in words_any. */
static uint32_t piece_words(const struct piece *piece)
{
    return low_bits(piece->words) << piece->word % GROUP_WORDS;
}

void sorted_clear_run(struct frames_sorted *sorted, uint32_t start, uint32_t end)
{
    for (uint32_t at = start; at < end;) {
        struct piece piece = piece_at(at, end);
        uint32_t *bits = &free_words(sorted)[piece.word];
        for (uint32_t i = 0; i < piece.words; i++)
            bits[i] ^= piece.mask;
        count_free(sorted, at, -piece.frames);
        if (bits[0] == 0)
            words_now_empty(sorted, at / GROUP_FRAMES, piece_words(&piece));
        at += piece.frames;
        if (at % GROUP_FRAMES == 0 || at == end)
            orders_lower(sorted, piece.word / GROUP_WORDS);
    }
}

/* Sets the bits of a piece, none of which may be set. */
static void piece_set(struct frames_sorted *sorted, const struct piece *piece, const char *function)
{
    uint32_t *bits = &free_words(sorted)[piece->word];

    for (uint32_t i = 0; i < piece->words; i++) {
        uint32_t both = bits[i] & piece->mask;
        if (both != 0)
            machine_panic(function, "frame is free already",
                          ((piece->word + i) << WORD_SHIFT) + lowest_bit(both));
        bits[i] |= piece->mask;
    }
    count_free(sorted, piece->word << WORD_SHIFT, piece->frames);
    words_no_longer_empty(sorted, piece->word / GROUP_WORDS, piece_words(piece));
    if (piece->mask == WORD_FULL)
        orders_after_set_words(sorted, piece->word / GROUP_WORDS);
    else
        orders_after_set(sorted, piece->word);
}

static void set_run(struct frames_sorted *sorted, uint32_t start, uint32_t end,
                    const char *function)
{
    sorted_guard(sorted, function);
    if (end > frame_limit(sorted) || start > end)
        machine_panic(function, "frame is beyond the end", end);
    sorted_close_below(sorted, end);
    for (uint32_t at = start; at < end;) {
        uint32_t map = at / MAP_FRAMES;
        if (at % MAP_FRAMES == 0 && at != 0 && end - at >= MAP_FRAMES &&
            sorted->groups_any[map] == 0) {
            map_set(sorted, map);
            at += MAP_FRAMES;
        } else {
            struct piece piece = piece_at(at, end);
            piece_set(sorted, &piece, function);
            at += piece.frames;
        }
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

pfn_t sorted_take_run(struct frames_sorted *sorted, pfn_t start, pfn_t end)
{
    pfn_t used = frames_sorted_first_used(sorted, start, end);

    if (!pfn_is_none(used) || start.value >= end.value)
        return used;
    sorted_close_below(sorted, end.value);
    sorted_clear_run(sorted, start.value, end.value);
    return PFN_NONE;
}
