#include "random.h"

#include "replay/random.h"

static uint64_t splitmix64(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void random_seed(struct random *random, uint64_t seed)
{
    for (uint32_t i = 0; i < 4; i++)
        random->state[i] = splitmix64(&seed);
}

static uint64_t rotate_left(uint64_t x, uint32_t bits)
{
    return x << bits | x >> (64 - bits);
}

uint64_t random_next(struct random *random)
{
    uint64_t *s = random->state;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint32_t random_below(struct random *random, uint32_t bound)
{
    return random32_scale((uint32_t)(random_next(random) >> 32), bound);
}

uint32_t random_between(struct random *random, uint32_t least, uint32_t most)
{
    return least + random_below(random, most - least + 1);
}

bool random_one_in(struct random *random, uint32_t count)
{
    return random_below(random, count) == 0;
}

uint64_t random_lifetime(struct random *random, uint32_t half_life)
{
    uint64_t bits = random_next(random);
    uint32_t halves = (uint32_t)__builtin_ctzll(bits | UINT64_C(1) << 32);

    return 1 + (uint64_t)halves * half_life + random32_scale((uint32_t)(bits >> 32), half_life);
}
