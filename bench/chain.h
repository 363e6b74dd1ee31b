/* The plain load that figures are ratios to: a chain of loads, each of which waits for the one
   before. */
#ifndef BENCH_CHAIN_H
#define BENCH_CHAIN_H

#include "harness.h"

/* Each word of a chain holds where the next is, in bytes from base. Returns where the last led. */
BENCH_INLINE uint32_t chain_follow(const void *base, uint32_t at, uint32_t loads)
{
    for (uint32_t i = 0; i < loads; i++)
        at = *(const volatile uint32_t *)(const void *)((const unsigned char *)base + at);
    return at;
}

#endif
