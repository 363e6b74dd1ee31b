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

#define WORD_NONE UINT32_MAX

/* HARDEN_FULL: panics if the addresses of the arrays have changed, or top_word is beyond them. */
static inline void sorted_guard(const struct frames_sorted *sorted, const char *function)
{
    if (MM_HARDENING >= HARDEN_FULL &&
        (sorted->seal != sorted_seal(sorted) ||
         (sorted->top_word >= sorted->groups * GROUP_WORDS && sorted->top_word != WORD_NONE)))
        machine_panic(function, "the bounds of the arrays are smashed", sorted->free.value);
}

/* HARDEN_FULL: panics if a word is empty although its summary says that it has a bit. */
static inline void summary_guard(uint32_t word, const char *function)
{
    if (MM_HARDENING >= HARDEN_FULL && word == 0)
        machine_panic(function, "a summary leads to where nothing is free", 0);
}

static inline bool bitmap_test(const uint32_t *map, uint32_t bit)
{
    return (map[bit >> WORD_SHIFT] >> (bit % WORD_BITS) & 1u) != 0;
}

#endif
