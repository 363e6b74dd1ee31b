/*
 * Pseudo-random numbers for workloads, tests and benchmarks: the generator xorshift32 (G.
 * Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8(14), 2003). The same state gives
 * the same numbers on every machine. The image uses it too, so there is no 64-bit division.
 *
 * The state is a 32-bit number, which the caller sets to a seed before the first call. It must not
 * be 0. It takes all 2^32 - 1 other values before it repeats. After a seed of a few bits, the first
 * two or three numbers are small.
 *
 * Only the traces of `mmsim generate` use another generator, because they need 64 bits:
 * sim/trace/generate/random.h.
 */
#ifndef REPLAY_RANDOM_H
#define REPLAY_RANDOM_H

#include <stdint.h>

#define RANDOM32_SEED 2463534242u /* the seed in Marsaglia's paper */

/* Advances *state, and returns it: a number from 1 to 2^32 - 1. */
static inline uint32_t random32(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Scales a random 32-bit number to one from 0 to bound - 1, where bound > 0. The chances of two
 * results differ by less than bound / 2^32 of each (D. Lemire, "Fast Random Integer Generation in
 * an Interval", 2019, without the rejection). */
static inline uint32_t random32_scale(uint32_t number, uint32_t bound)
{
    return (uint32_t)((uint64_t)number * bound >> 32);
}

/* Returns the next number of the sequence, scaled to one from 0 to bound - 1. */
static inline uint32_t random32_below(uint32_t *state, uint32_t bound)
{
    return random32_scale(random32(state), bound);
}

#endif
