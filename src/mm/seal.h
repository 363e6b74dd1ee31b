/*
 * Checksums in HARDEN_FULL, for words whose values no checker can derive from others. They are
 * linear, so every changed bit changes them.
 *
 * A seal is computed from words that are written once. A tally covers words that change: each write
 * updates it by the old and the new value. So a corrupted bit stays visible even after later
 * writes.
 */
#ifndef MM_SEAL_H
#define MM_SEAL_H

#include <mm/harden.h>
#include <mm/types.h>

#define SEAL_START 0x9e3779b1u

/* Returns the seal of bytes / 4 words. Linear in the number of words. */
static inline uint32_t seal_words(const void *start, uint32_t bytes)
{
    const uint32_t *word = start;
    uint32_t seal = SEAL_START;

    for (uint32_t i = 0; i < bytes / 4u; i++)
        seal = (seal << 7 | seal >> 25) ^ word[i];
    return seal;
}

/* Returns the contribution of a word at an index, which is XORed into a tally. */
static inline uint32_t tally_of(uint32_t index, uint32_t word)
{
    uint32_t turn = index % 31u + 1u;

    return word << turn | word >> (32u - turn);
}

#endif
