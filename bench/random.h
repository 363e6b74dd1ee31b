/* Xorshift (G. Marsaglia, "Xorshift RNGs", 2003): a draw takes a few cycles, and each subject gets
   the same sequence. */
#ifndef BENCH_RANDOM_H
#define BENCH_RANDOM_H

#include <stdint.h>

#define RANDOM_SEED 2463534242u

static inline uint32_t random_next(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Returns a draw scaled to [0, end). */
static inline uint32_t random_scale(uint32_t draw, uint32_t end)
{
    return (uint32_t)((uint64_t)draw * end >> 32);
}

#endif
