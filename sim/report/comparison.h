/* What strategies came to on one trace, for people and for scripts. */
#ifndef REPORT_COMPARISON_H
#define REPORT_COMPARISON_H

#include <stdio.h>

#include "lab/timing.h"

/* Everything there is to say of a comparison, or of a single replay (count 1). */
struct comparison {
    struct trace *trace;
    uint64_t ram_bytes;
    const char *ram_source; /* "--ram", "chosen from the trace", the file of --memmap */
    uint32_t count;
    const struct strategy *const *strategies;
    const struct run_outcome *outcomes;
    const struct timing *timings; /* NULL: nobody asked for times */
};

/* The table, and each strategy's first failures with their culprits, within terminal_width(). */
void comparison_print(const struct comparison *comparison, FILE *out);

/* One JSON object: trace, events, ram_bytes, runs. A strategy without a result has `strategy`,
 * `error`. cost.seconds is CPU time: the timing's median, else that of the one replay. */
void comparison_print_json(const struct comparison *comparison, FILE *out);

/* One JSON object for the only run: trace, events, ram_bytes and the run's keys. */
void replay_print_json(const struct comparison *comparison, FILE *out);

#endif
