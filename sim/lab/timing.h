/*
 * How long strategies take for a trace, measured so that it can be repeated on a busy host: CPU
 * time, one strategy at a time, in rounds that take each in turn, on memory that was touched
 * before.
 */
#ifndef LAB_TIMING_H
#define LAB_TIMING_H

#include "lab/experiment.h"

#define TIMING_ROUNDS 9u

/* CPU time of one replay of the whole trace; set-up, checks, reading and decompressing apart. */
struct timing {
    uint32_t rounds; /* 0: there is no time, for no round came to its end */
    uint64_t median_ns;
    uint64_t least_ns;
    uint64_t most_ns;
    uint64_t spread_ns; /* half the distance between the quartiles: half of the rounds are within
                           about so much of the median */
};

/*
 * timings[i] is that of strategies[i]; nothing else of this program runs meanwhile. options NULL:
 * the defaults. In each round each strategy has a fresh process, which replays the trace once to
 * touch the machine's memory, and then with a clock, again and again where it is short.
 */
void timing_run(struct timing timings[], const struct trace *trace,
                const struct strategy *const strategies[], uint32_t count, const struct memmap *map,
                const struct machine_options *options);

/* The timing that these rounds make; sorts them. 0: a round without a result. */
struct timing timing_of_rounds(uint64_t rounds_ns[], uint32_t count);

/* Of a trace of so many events; 0 where it took no time that could be measured. */
uint64_t timing_events_per_second(const struct timing *timing, uint64_t events);

#endif
