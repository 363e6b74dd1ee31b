/*
 * How long blocks and processes live, in events: a count for each power of two, and quantiles from
 * buckets of a sixteenth of one (as HdrHistogram has them, G. Tene), so that nothing need be kept.
 */
#ifndef TRACE_LIFETIMES_H
#define TRACE_LIFETIMES_H

#include <stdint.h>

#define LIFETIME_CLASSES 65u
#define LIFETIME_BUCKETS (16u * 61u)

struct lifetimes {
    uint64_t count;
    uint64_t by_log2[LIFETIME_CLASSES]; /* of (2^(k-1), 2^k] events; [0]: of one */
    uint64_t buckets[LIFETIME_BUCKETS];
};

/* A zeroed struct lifetimes has none. events: from the one that made it to the one that ended it,
   >= 1. Constant time. */
void lifetimes_add(struct lifetimes *lifetimes, uint64_t events);

/* The least number of events within which at least `permille` of them ended, rounded up by at most
   a sixteenth; 0: there are none. O(buckets) */
uint64_t lifetimes_quantile(const struct lifetimes *lifetimes, uint32_t permille);

/* The class of a number >= 1: k of (2^(k-1), 2^k]. */
uint32_t log2_class(uint64_t number);

#endif
