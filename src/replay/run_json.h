/* Writes one run as a JSON object (sim/manual/json.md), on the host and on the image's serial line.
   No function here can fail. */
#ifndef REPLAY_RUN_JSON_H
#define REPLAY_RUN_JSON_H

#include "json.h"
#include "replay.h"

/* Returns a / b in thousandths, rounded down, or 0 if b is 0. Needs no 64-bit division. Drops low
   bits of operands of more than 22 bits. */
uint32_t ratio_permille(uint64_t a, uint64_t b);

struct run_names {
    const char *strategy;
    const char *(*site)(void *context, uint32_t site); /* the name, terminated; may be NULL */
    void *context;
    uint64_t microseconds; /* CPU time of one replay, the median of several; UINT64_MAX: the cost
                              was not measured, and its members are written as null */
    uint64_t events_per_second; /* the caller computes it: this code has no 64-bit division */
    uint64_t repetitions;       /* the number of timed replays; the next three are over all */
    uint64_t microseconds_least;
    uint64_t microseconds_most;
    uint64_t microseconds_spread; /* half the distance between the quartiles */
    uint64_t tlb_hits;
    uint64_t tlb_misses;
    uint64_t untranslated; /* accesses that needed no TLB */
};

/* Writes the members of a run into the object that is open. The caller may have written other
   members before. */
void run_json_put(struct json *json, const struct replay_result *result,
                  const struct run_names *names);

/* Writes a failure as an object, or null if its event is 0. */
void run_json_put_failure(struct json *json, const char *key, const struct replay_failure *failure,
                          const struct run_names *names);

/* Writes a memory map in the lines that Linux prints at boot: "BIOS-e820: [mem 0x...-0x...]
   usable". O(count) */
void memmap_text_put(const struct text_out *out, const struct memmap_range *ranges, uint32_t count);

#endif
