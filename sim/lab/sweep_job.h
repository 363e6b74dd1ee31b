/* One job of a sweep, in this process: a trace, a strategy, a size of RAM. */
#ifndef LAB_SWEEP_JOB_H
#define LAB_SWEEP_JOB_H

#include "lab/experiment.h"
#include "lab/sweep_line.h"
#include "trace/event_table.h"

struct sweep_job {
    const struct trace *trace;
    const struct strategy *strategy;
    enum sweep_kind kind; /* SWEEP_POINT: the whole trace; SWEEP_TRIAL: up to its first failure */
    uint64_t ram_bytes;   /* a multiple of 8 KiB that a PC can have */
    const struct event_table *events; /* of the trace, decoded; NULL: the trace is read */
};

/* Plain data: it crosses a pipe. */
struct sweep_outcome {
    enum run_status status;
    char reason[RUN_REASON_BYTES]; /* unless RUN_DONE: one line */
    uint64_t requests;             /* RUN_DONE; of a trial: 0 */
    uint64_t failed;               /* of a trial: 0, or 1 */
    uint64_t digest;
    bool has_digest; /* of a point, unless the machine has no room for the metadata */
};

/* Run a job. On a machine that is too small for the strategy's metadata every request of the trace
 * fails. O(events). */
void sweep_job_run(const struct sweep_job *job, struct sweep_outcome *outcome);

/* The line of a job that is RUN_DONE. Its texts belong to the trace and the strategy. */
struct sweep_line sweep_job_line(const struct sweep_job *job, const struct sweep_outcome *outcome);

/* A line with the members that every line of a trace and a strategy has. */
struct sweep_line sweep_line_of(enum sweep_kind kind, const struct trace *trace,
                                const struct strategy *strategy);

#endif
