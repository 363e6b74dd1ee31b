/* Writes one run as the JSON object of the contract, on the host and on the image's serial line. */
#ifndef REPLAY_RUN_JSON_H
#define REPLAY_RUN_JSON_H

#include "json.h"
#include "replay.h"

/* a / b in thousandths, rounded down; 0 when b is 0. No 64-bit division. */
uint32_t ratio_permille(uint64_t a, uint64_t b);

struct run_names {
    const char *strategy;
    const char *(*site)(void *context, uint32_t site); /* terminated; may be NULL */
    void *context;
    uint64_t microseconds; /* CPU time of one replay, the median of several; UINT64_MAX: the cost
                              was not measured, and all of it is written as null */
    uint64_t events_per_second; /* the caller computes it: this code has no 64-bit division */
    uint64_t repetitions;       /* how often the time was taken; the next three are over these */
    uint64_t microseconds_least;
    uint64_t microseconds_most;
    uint64_t microseconds_spread; /* half the distance between the quartiles */
    uint64_t tlb_hits;
    uint64_t tlb_misses;
    uint64_t untranslated; /* accesses that needed no TLB */
};

/* The members of a run, into an object that is open: `replay` and the image put their own before.
 */
void run_json_put(struct json *json, const struct replay_result *result,
                  const struct run_names *names);

/* A failure as an object; null where its event is 0. */
void run_json_put_failure(struct json *json, const char *key, const struct replay_failure *failure,
                          const struct run_names *names);

/* A memory map in the lines that Linux prints at boot: "BIOS-e820: [mem 0x...-0x...] usable". */
void memmap_text_put(const struct text_out *out, const struct memmap_range *ranges, uint32_t count);

#endif
