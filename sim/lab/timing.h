/* Measures the time that strategies take for a trace, so that it can be repeated on a busy host.
 * The time is CPU time; the strategies run one at a time, in rounds that take each in turn, on
 * memory that was touched before. */
#ifndef LAB_TIMING_H
#define LAB_TIMING_H

#include "lab/experiment.h"

#define TIMING_ROUNDS 9u

/* The CPU time of one replay of the whole trace, without set-up, checks, reading and decompressing.
 */
struct timing {
    uint32_t rounds; /* 0: no round reached its end, and there is no time */
    uint64_t median_ns;
    uint64_t least_ns;
    uint64_t most_ns;
    uint64_t spread_ns; /* half the distance between the quartiles: half of the rounds are within
                           about this of the median */
};

/*
 * Measure; timings[i] is the timing of strategies[i]. Nothing else of this program runs meanwhile.
 * options NULL: the defaults. In each round each strategy has a fresh process, which replays the
 * trace once to touch the memory of the machine, and then with a clock, several times if the trace
 * is short.
 */
void timing_run(struct timing timings[], const struct trace *trace,
                const struct strategy *const strategies[], uint32_t count, const struct memmap *map,
                const struct machine_options *options);

/* The timing of these rounds, which are sorted. A round of 0 has no result. */
struct timing timing_of_rounds(uint64_t rounds_ns[], uint32_t count);

/* Events per second for a trace of so many events; 0 if the time was too short to measure. */
uint64_t timing_events_per_second(const struct timing *timing, uint64_t events);

#endif
