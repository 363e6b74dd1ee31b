/*
 * Checksums in HARDEN_FULL, of words that no rule of a checker ties to others. A changed bit always
 * changes them: they are linear.
 *
 * A seal is made of words that are written once; a tally is kept up with words that change, by what
 * each was and is. So a bit that changes by itself stays visible however often the word is written.
 */
#ifndef MM_SEAL_H
#define MM_SEAL_H

#include <mm/harden.h>
#include <mm/types.h>

#define SEAL_START 0x9e3779b1u

/* Of whole words. */
static inline uint32_t seal_words(const void *start, uint32_t bytes)
{
    const uint32_t *word = start;
    uint32_t seal = SEAL_START;

    for (uint32_t i = 0; i < bytes / 4u; i++)
        seal = (seal << 7 | seal >> 25) ^ word[i];
    return seal;
}

/* What a word at an index adds to a tally, by xor. */
static inline uint32_t tally_of(uint32_t index, uint32_t word)
{
    uint32_t turn = index % 31u + 1u;

    return word << turn | word >> (32u - turn);
}

#endif
