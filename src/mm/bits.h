/* Words as sets of 32 bits. */
#ifndef MM_BITS_H
#define MM_BITS_H

#include <mm/types.h>

/* The lowest that is set; word is not 0. */
static inline uint32_t lowest_bit(uint32_t word)
{
    return (uint32_t)__builtin_ctz(word);
}

/* How many are set: sums of pairs, of fours, of eights, and all four of these. (The compiler's own
   may be a call into its library.) */
static inline uint32_t count_bits(uint32_t word)
{
    word -= word >> 1 & 0x55555555u;
    word = (word & 0x33333333u) + (word >> 2 & 0x33333333u);
    word = (word + (word >> 4)) & 0x0f0f0f0fu;
    return word * 0x01010101u >> 24;
}

#endif
