/* Words as sets of 32 bits. All functions are constant time. */
#ifndef MM_BITS_H
#define MM_BITS_H

#include <mm/types.h>

#define WORD_SHIFT 5u
#define WORD_BITS  (1u << WORD_SHIFT)
#define WORD_FULL  UINT32_MAX

/* Return the number of the lowest, or highest, set bit. word is not 0. */
static inline uint32_t lowest_bit(uint32_t word)
{
    return (uint32_t)__builtin_ctz(word);
}

static inline uint32_t highest_bit(uint32_t word)
{
    return (uint32_t)__builtin_clz(word) ^ (WORD_BITS - 1u);
}

/* Returns a mask of the lowest `count` bits, 1 to 32. */
static inline uint32_t low_bits(uint32_t count)
{
    return WORD_FULL >> (WORD_BITS - count);
}

/* Counts the set bits: sums of pairs, of fours, of eights, then of the four bytes. The builtin of
   the compiler may be a call into its library, which the kernel does not have. */
static inline uint32_t count_bits(uint32_t word)
{
    word -= word >> 1 & 0x55555555u;
    word = (word & 0x33333333u) + (word >> 2 & 0x33333333u);
    word = (word + (word >> 4)) & 0x0f0f0f0fu;
    return word * 0x01010101u >> 24;
}

/*
 * Returns the positions in a word at which 2^order aligned bits are all set; order 0 to 5. If the
 * set bits are the free frames, these are the starts of the free aligned blocks:
 *
 *     word   1 1 0 1  1 1 1 1        order 1   . 1 . .  . 1 . 1        order 2   . . . .  . . . 1
 */
static inline uint32_t word_starts(uint32_t word, uint32_t order)
{
    static const uint32_t aligned[WORD_SHIFT + 1u] = {0xffffffff, 0x55555555, 0x11111111,
                                                      0x01010101, 0x00010001, 0x00000001};

    for (uint32_t k = 0; k < order; k++)
        word &= word >> (1u << k);
    return word & aligned[order];
}

#endif
