/* A chain of plain loads, each of which depends on the one before: the unit of ratios. */
#ifndef BENCH_CHAIN_H
#define BENCH_CHAIN_H

#include "harness.h"

/* Each word of a chain holds the offset of the next one, in bytes from base. Returns the offset
   that the last load gave. */
BENCH_INLINE uint32_t chain_follow(const void *base, uint32_t at, uint32_t loads)
{
    for (uint32_t i = 0; i < loads; i++)
        at = *(const volatile uint32_t *)(const void *)((const unsigned char *)base + at);
    return at;
}

#endif
