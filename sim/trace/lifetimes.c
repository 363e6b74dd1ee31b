#include "lifetimes.h"

#define SUB_BITS 4u

uint32_t log2_class(uint64_t number)
{
    return number <= 1 ? 0 : 64u - (uint32_t)__builtin_clzll(number - 1u);
}

/* Numbers below 32 have a bucket each; above, the five leading bits make it:
 *
 *     1bbbb.....   ->   bucket  16 * (bits behind bbbb) + 16 + bbbb
 */
static uint32_t bucket_of(uint64_t number)
{
    uint32_t log2 = 63u - (uint32_t)__builtin_clzll(number | 1u);
    uint32_t dropped = log2 > SUB_BITS ? log2 - SUB_BITS : 0;

    return (dropped << SUB_BITS) + (uint32_t)(number >> dropped);
}

/* The largest number in a bucket. */
static uint64_t bucket_last(uint32_t bucket)
{
    uint32_t dropped = bucket >> SUB_BITS > 1 ? (bucket >> SUB_BITS) - 1u : 0;
    uint64_t leading = bucket - (dropped << SUB_BITS);

    return (leading << dropped) + ((UINT64_C(1) << dropped) - 1u);
}

void lifetimes_add(struct lifetimes *lifetimes, uint64_t events)
{
    lifetimes->count++;
    lifetimes->by_log2[log2_class(events)]++;
    lifetimes->buckets[bucket_of(events)]++;
}

uint64_t lifetimes_quantile(const struct lifetimes *lifetimes, uint32_t permille)
{
    uint64_t wanted = (lifetimes->count * permille + 999u) / 1000u;
    uint64_t seen = 0;

    if (lifetimes->count == 0)
        return 0;
    for (uint32_t bucket = 0; bucket < LIFETIME_BUCKETS; bucket++) {
        seen += lifetimes->buckets[bucket];
        if (seen >= wanted && seen > 0)
            return bucket_last(bucket);
    }
    return UINT64_MAX;
}
