/* Results of strategies over sizes of RAM that are made up, for tests of the advice. */
#ifndef SUPPORT_MADE_ADVICE_H
#define SUPPORT_MADE_ADVICE_H

#include "lab/advice.h"

#define MADE_POINTS 3u

/* The results of one strategy. */
struct made_strategy {
    const char *strategy;
    uint64_t failed[MADE_POINTS]; /* with 64, 72 and 80 MiB, because memory is used up; UINT64_MAX:
                                     no room for the metadata */
    uint64_t least_mib;           /* 0: none */
    uint64_t median_ns;           /* of the whole trace; 0: no time */
    uint64_t spread_ns;
    uint32_t metadata_kib;
    uint64_t late; /* failures with 64 MiB */
};

/* The advice about a trace of 100,000 events and requests. Valid until the next call. */
struct advice *made_advice(const struct made_strategy strategies[], uint32_t count);

/* Takes the result of a strategy away: it panicked with the least RAM. */
void made_advice_lose(struct advice *advice, uint32_t result);

#endif
