/* The results of strategies on one trace, as a table and as JSON. */
#ifndef REPORT_COMPARISON_H
#define REPORT_COMPARISON_H

#include <stdio.h>

#include "lab/timing.h"
#include "replay/json.h"

/* The results of a comparison, or of a single replay (count is 1). */
struct comparison {
    struct trace *trace;
    uint64_t ram_bytes;
    const char *ram_source; /* how the size was decided: "--ram", "chosen from the trace", or the
                               file of --memmap */
    uint32_t count;
    const struct strategy *const *strategies;
    const struct run_outcome *outcomes;
    const struct timing *timings; /* NULL: times were not asked for */
};

/* Print the table, and the first failures of each strategy with their culprits, within
 * terminal_width(). */
void comparison_print(const struct comparison *comparison, FILE *out);

/* Print one JSON object: trace, events, ram_bytes, runs. A strategy without a result has `strategy`
 * and `error`. cost.seconds is CPU time: the median of the timing, or the time of the one replay.
 */
void comparison_print_json(const struct comparison *comparison, FILE *out);

/* Write the members of a run into the object that is open. timing may be NULL. */
void run_outcome_put_json(struct json *json, struct trace *trace, const struct strategy *strategy,
                          const struct run_outcome *outcome, const struct timing *timing);

/* Print one JSON object for the only run: trace, events, ram_bytes and the members of the run. */
void replay_print_json(const struct comparison *comparison, FILE *out);

#endif
