/*
 * Traces that no log shows: `mmsim generate`. A profile makes a given number of events out of a
 * seed: the same ones on every machine, the first N of them the same whatever the number asked for.
 */
#ifndef TRACE_GENERATE_H
#define TRACE_GENERATE_H

#include "trace/error.h"

#include <stdint.h>

#define GENERATE_LIVE_MIN 0x100000u   /* bytes */
#define GENERATE_LIVE_MAX 0xc0000000u /* what frames can reach */

struct generator;

struct profile {
    const char *name;
    const char *does;       /* one line */
    const char *hurts;      /* whom, and how: one line */
    uint64_t live_bytes;    /* that it comes to, unless told; 0: as many as its mix does */
    uint32_t traffic_share; /* of them, 1 / this belong to the ordinary traffic */
    void (*generate)(struct generator *generator); /* until the generator is full */
};

/* All profiles; ended by one whose name is NULL. */
extern const struct profile profiles[];

struct generate_request {
    const char *profile;
    uint64_t events; /* > 0 */
    uint64_t seed;
    uint64_t live_bytes; /* GENERATE_LIVE_MIN to GENERATE_LIVE_MAX, or 0: the profile's own */
    const char *like;    /* a trace that the ordinary traffic is drawn from, a path or "-"; or
                            NULL: a built-in mix (workload_builtin.c) */
    const char *out;     /* as trace_write() has it */
};

/*
 * Generate a trace, whole or not at all. false: no such profile, a bad `like`, or `out` cannot be
 * written; see error. O(events); memory grows with what is live.
 */
bool trace_generate(const struct generate_request *request, struct sim_error *error);

void generate_churn(struct generator *generator);
void generate_phases(struct generator *generator);
void generate_leak(struct generator *generator);
void generate_fork_storm(struct generator *generator);
void generate_page_in_the_way(struct generator *generator);
void generate_power_of_two(struct generator *generator);
void generate_window_filler(struct generator *generator);

#endif
