#include "frames_bitmap.h"

#include <string.h>

#define WORD_FRAMES 64u
#define WORD_ORDER  6u
#define WORDS       (FRAMES_MAX / WORD_FRAMES)

static uint64_t used[WORDS];
static uint32_t next; /* the word in which the last single frame was found */

void frames_bitmap_init(pfn_t start)
{
    memset(used, 0, sizeof used);
    memset(used, 0xff, start.value / 8);
    next = start.value / WORD_FRAMES;
}

/* The bits of 2^order frames, order <= WORD_ORDER, at the beginning of a word. */
static uint64_t block_bits(uint32_t order)
{
    return UINT64_MAX >> (WORD_FRAMES - (1u << order));
}

static pfn_t take_in_word(uint32_t word, uint32_t order)
{
    uint32_t frames = 1u << order;

    for (uint32_t bit = 0; used[word] != UINT64_MAX && bit < WORD_FRAMES; bit += frames) {
        if (used[word] >> bit & block_bits(order))
            continue;
        used[word] |= block_bits(order) << bit;
        return pfn(word * WORD_FRAMES + bit);
    }
    return PFN_NONE;
}

static pfn_t take_words(uint32_t first, uint32_t words)
{
    for (uint32_t i = 0; i < words; i++)
        if (used[first + i] != 0)
            return PFN_NONE;
    memset(&used[first], 0xff, words * sizeof used[0]);
    return pfn(first * WORD_FRAMES);
}

static pfn_t alloc_one(void)
{
    for (uint32_t tried = 0; tried < WORDS; tried++) {
        if (used[next] != UINT64_MAX) {
            uint32_t bit = (uint32_t)__builtin_ctzll(~used[next]);
            used[next] |= UINT64_C(1) << bit;
            return pfn(next * WORD_FRAMES + bit);
        }
        next = (next + 1u) % WORDS;
    }
    return PFN_NONE;
}

pfn_t frames_bitmap_alloc(uint32_t order)
{
    uint32_t words = order > WORD_ORDER ? 1u << (order - WORD_ORDER) : 1u;
    uint32_t word = next & ~(words - 1u);

    if (order == 0)
        return alloc_one();
    for (uint32_t tried = 0; tried < WORDS; tried += words) {
        pfn_t first = order > WORD_ORDER ? take_words(word, words) : take_in_word(word, order);
        if (!pfn_is_none(first))
            return first;
        word = (word + words) % WORDS;
    }
    return PFN_NONE;
}

void frames_bitmap_free(pfn_t first, uint32_t order)
{
    uint32_t word = first.value / WORD_FRAMES;

    if (order > WORD_ORDER)
        memset(&used[word], 0, sizeof used[0] << (order - WORD_ORDER));
    else
        used[word] &= ~(block_bits(order) << first.value % WORD_FRAMES);
}

bool frames_bitmap_take(pfn_t frame)
{
    uint64_t *word = &used[frame.value / WORD_FRAMES];
    uint64_t bit = UINT64_C(1) << frame.value % WORD_FRAMES;

    if (*word & bit)
        return false;
    *word |= bit;
    return true;
}
