/*
 * Random numbers that a seed decides, the same on every machine: xoshiro256** 1.0, its state
 * seeded by SplitMix64 (D. Blackman, S. Vigna, "Scrambled Linear Pseudorandom Number Generators",
 * 2018; both published in the public domain). Integers only. The bytes of a generated trace depend
 * on this generator, so it stays; everything else takes its random numbers from replay/random.h.
 */
#ifndef TRACE_RANDOM_H
#define TRACE_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t state[4]; /* not all 0 */
};

void random_seed(struct random *random, uint64_t seed);

/* 64 bits, each 0 or 1 with equal chance. */
uint64_t random_next(struct random *random);

/* A number from 0 to bound - 1, bound > 0. The chances of two numbers differ by at most bound /
   2^32 of each. */
uint32_t random_below(struct random *random, uint32_t bound);

/* A number from least to most, least <= most. The range must not be that of all 32-bit numbers. */
uint32_t random_between(struct random *random, uint32_t least, uint32_t most);

/* True once in `count` times on average. */
bool random_one_in(struct random *random, uint32_t count);

/*
 * A lifetime >= 1 of something that decays with half_life > 0: half of all lifetimes are longer
 * than half_life, half of those longer than two, and so on up to 32; within each half-life they are
 * uniform. This is close to an exponential distribution, without a logarithm. The mean is
 * 1.5 * half_life.
 */
uint64_t random_lifetime(struct random *random, uint32_t half_life);

#endif
