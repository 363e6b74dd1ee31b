/*
 * Makes traces without a log: `mmsim generate`. A profile makes a given number of events from a
 * seed. They are the same on every machine, and the first N of them are the same whatever the
 * number.
 */
#ifndef TRACE_GENERATE_H
#define TRACE_GENERATE_H

#include "trace/error.h"

#include <stdint.h>

#define GENERATE_LIVE_MIN 0x100000u   /* bytes */
#define GENERATE_LIVE_MAX 0xc0000000u /* bytes */

struct generator;

struct profile {
    const char *name;
    const char *does;       /* one line */
    const char *hurts;      /* which strategies it hurts, and how: one line */
    uint64_t live_bytes;    /* default number of live bytes; 0: that of its workload */
    uint32_t traffic_share; /* the ordinary traffic has 1 / traffic_share of the live bytes */
    void (*generate)(struct generator *generator); /* fills the generator */
};

/* All profiles; the last one has no name. */
extern const struct profile profiles[];

struct generate_request {
    const char *profile;
    uint64_t events; /* > 0 */
    uint64_t seed;
    uint64_t live_bytes; /* GENERATE_LIVE_MIN to GENERATE_LIVE_MAX, or 0: the profile's default */
    const char *like;    /* a trace from which the ordinary traffic is drawn, a path or "-"; NULL:
                            it is drawn from the built-in workload */
    const char *out;     /* as in trace_write() */
};

/*
 * Generates a trace, whole or not at all. false: there is no such profile, `like` is bad, or `out`
 * cannot be written; see error. O(events); memory grows with what is live.
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
