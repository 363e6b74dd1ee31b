/*
 * Makes traces without a log: `mmsim generate`. A profile makes a given number of events from a
 * seed. They are the same on every machine, and the first N of them are the same whatever the
 * number.
 */
#ifndef TRACE_GENERATE_H
#define TRACE_GENERATE_H

#include "trace/error.h"
#include "trace/memory_state.h"

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

/* All profiles that make as many events as are wanted; the last one has no name. */
extern const struct profile profiles[];

/* The profile that makes a state of memory, by generate_fragmented(); it has no generate(). */
extern const struct profile profile_fragmented;

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

/* ---- a state of memory to order: the profile "fragmented" ---- */

/* How far a state may be from what was ordered: 0.02. */
#define FRAGMENTED_TOLERANCE 20000u /* millionths */

struct fragmented_order {
    bool given[ORDER_COUNT];
    uint32_t unusable[ORDER_COUNT]; /* millionths: the unusable free space index at this order */
    uint32_t pinned;                /* millionths of the used frames */
    uint32_t occupancy;             /* millionths of all frames are used; UINT32_MAX: any */
    uint64_t seed;
};

struct fragmented_result {
    uint64_t ram_bytes;
    uint32_t frames; /* that can be handed out */
    struct state_left left;
};

/*
 * Writes a trace that leaves such a state on a machine with this RAM, whole or not at all. Returns
 * false if the orders contradict each other, if there is no such state, if the strategy of the
 * machine does not come to it, or if `out` cannot be written; see error. O(frames).
 */
bool generate_fragmented(const struct fragmented_order *order, const struct state_machine *machine,
                         const char *out, struct fragmented_result *result,
                         struct sim_error *error);

/* Finds a profile, this one included; NULL: there is none of this name, see error. */
const struct profile *profile_find(const char *name, struct sim_error *error);

void generate_churn(struct generator *generator);
void generate_phases(struct generator *generator);
void generate_leak(struct generator *generator);
void generate_fork_storm(struct generator *generator);
void generate_page_in_the_way(struct generator *generator);
void generate_power_of_two(struct generator *generator);
void generate_window_filler(struct generator *generator);

#endif
