/* Writes one run as the JSON object of the contract, on the host and on the image's serial line. */
#ifndef REPLAY_RUN_JSON_H
#define REPLAY_RUN_JSON_H

#include "replay.h"

struct text_out {
    void (*put)(void *context, const char *text, size_t bytes);
    void *context;
};

void text_put(const struct text_out *out, const char *text);
void text_put_u64(const struct text_out *out, uint64_t value);
void text_put_i32(const struct text_out *out, int32_t value);
void text_put_hex(const struct text_out *out, uint64_t value, uint32_t digits);
/* 345 as 0.345; 1000 as 1.000 */
void text_put_permille(const struct text_out *out, uint32_t value);
/* 1234567 as 1.234567 */
void text_put_millionths(const struct text_out *out, uint64_t value);
/* The bytes of the UTF-8 sequence that starts a text of bytes >= 1 (RFC 3629, 4); 0: it is none. */
size_t text_utf8_sequence(const char *sequence, size_t bytes);
/* A JSON string, quoted and escaped; text need not be terminated. Bytes that are not UTF-8 are
   taken as Latin-1, so that the result is valid whatever a trace holds. */
void text_put_json_string(const struct text_out *out, const char *text, size_t bytes);

/* a / b in thousandths, rounded down; 0 when b is 0. No 64-bit division. */
uint32_t ratio_permille(uint64_t a, uint64_t b);

struct run_names {
    const char *strategy;
    const char *(*site)(void *context, uint32_t site); /* terminated; may be NULL */
    void *context;
    uint64_t microseconds; /* CPU time of one replay, the median of several; UINT64_MAX: nothing of
                              the cost was measured, and all of it is printed as null */
    uint64_t events_per_second; /* as the caller divides it: this code has no 64-bit division */
    uint64_t repetitions;       /* how often the time was taken: by this the next three are */
    uint64_t microseconds_least;
    uint64_t microseconds_most;
    uint64_t microseconds_spread; /* half the distance between the quartiles */
    uint64_t tlb_hits;
    uint64_t tlb_misses;
    uint64_t untranslated; /* accesses that no TLB had a part in */
};

/* The keys of a run, without the braces: `replay` and the image put their own keys before them. */
void run_json_put(const struct text_out *out, const struct replay_result *result,
                  const struct run_names *names);

/* One failure of it as an object; null where its event is 0. */
void run_json_put_failure(const struct text_out *out, const struct replay_failure *failure,
                          const struct run_names *names);

/* A memory map in the lines that Linux prints at boot: "BIOS-e820: [mem 0x...-0x...] usable". */
void memmap_text_put(const struct text_out *out, const struct memmap_range *ranges, uint32_t count);

#endif
