/* The layout of the arrays of the sorted allocator, for its algorithm and its checker. */
#ifndef FRAMES_SORTED_LAYOUT_H
#define FRAMES_SORTED_LAYOUT_H

#include <mm/frames_sorted.h>
#include <mm/machine.h>

#include "bits.h"
#include "seal.h"

#define GROUP_WORDS     (GROUP_FRAMES / WORD_BITS)
#define GROUP_MAP_WORDS (GROUPS_MAX / WORD_BITS)
#define MAP_FRAMES      (WORD_BITS * GROUP_FRAMES)
#define MAP_WORDS       (WORD_BITS * GROUP_WORDS)
_Static_assert(GROUP_WORDS == WORD_BITS, "a word of words_any has a bit for each word of a group");

static inline uint32_t *free_words(const struct frames_sorted *sorted)
{
    return machine_pointer(sorted->free);
}

static inline uint32_t *words_any(const struct frames_sorted *sorted)
{
    return machine_pointer(sorted->words_any);
}

static inline uint8_t *best_orders(const struct frames_sorted *sorted)
{
    return machine_pointer(sorted->best_order);
}

static inline uint32_t sorted_seal(const struct frames_sorted *sorted)
{
    return seal_words(sorted, 4u * sizeof(uint32_t));
}

static inline uint32_t frame_limit(const struct frames_sorted *sorted)
{
    return sorted->groups * GROUP_FRAMES;
}

static inline bool word_is_open(const struct frames_sorted *sorted)
{
    return sorted->open_start != frame_limit(sorted);
}

/* Returns the free bits of the open word. */
static inline uint32_t open_word_bits(const struct frames_sorted *sorted)
{
    uint32_t frames = sorted->open_next - sorted->open_first;

    return frames == 0 ? sorted->open_bits
                       : sorted->open_bits | low_bits(frames) << sorted->open_first % WORD_BITS;
}

/* Returns the free bits of a word, open or not. */
static inline uint32_t word_bits(const struct frames_sorted *sorted, uint32_t word)
{
    return word << WORD_SHIFT == sorted->open_start ? open_word_bits(sorted)
                                                    : free_words(sorted)[word];
}

/* HARDEN_FULL: panics if the addresses of the arrays have changed. No word is ever open, because
   nothing would tell when a bit of it changes by itself. */
static inline void sorted_guard(const struct frames_sorted *sorted, const char *function)
{
    if (MM_HARDENING >= HARDEN_FULL &&
        (sorted->seal != sorted_seal(sorted) || word_is_open(sorted) || sorted->open_bits != 0 ||
         sorted->open_end != 0 || sorted->open_first != 0 || sorted->open_next != 0))
        machine_panic(function, "the bounds of the arrays are smashed", sorted->free.value);
}

/* HARDEN_FULL: panics if a word is empty although its summary says that it has a bit. */
static inline void summary_guard(uint32_t word, const char *function)
{
    if (MM_HARDENING >= HARDEN_FULL && word == 0)
        machine_panic(function, "a summary leads to where nothing is free", 0);
}

/* Returns a word whose bits [from, to) are set, from < to <= 32. */
static inline uint32_t bits_between(uint32_t from, uint32_t to)
{
    return low_bits(to - from) << from;
}

static inline void bitmap_set(uint32_t *map, uint32_t bit)
{
    map[bit >> WORD_SHIFT] |= 1u << (bit % WORD_BITS);
}

static inline bool bitmap_test(const uint32_t *map, uint32_t bit)
{
    return (map[bit >> WORD_SHIFT] >> (bit % WORD_BITS) & 1u) != 0;
}

/* Returns the lowest set bit at or above `from` of a map of groups, or UINT32_MAX. Reads at most 32
   words. */
static inline uint32_t group_map_lowest(const uint32_t *map, uint32_t from)
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

#endif
