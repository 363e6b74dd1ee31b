/* Sweeps: traces under strategies over sizes of RAM, on all processors. */
#ifndef LAB_SWEEP_H
#define LAB_SWEEP_H

#include "lab/sweep_job.h"
#include "lab/sweep_results.h"

/* The progress of a sweep, without the jobs whose results the journal has. */
struct sweep_progress {
    uint32_t done;      /* jobs */
    uint32_t jobs;      /* in all; an estimate until each search has ended */
    uint64_t work_done; /* in events, because a job of a long trace takes longer */
    uint64_t work;
};

struct sweep_request {
    const struct trace *traces;
    uint32_t trace_count;
    const struct strategy *const *strategies;
    uint32_t strategy_count;
    struct sweep_range range; /* settled */
    uint32_t at_once;         /* jobs; 0: as many as there are processors */
    const char *journal;      /* a path; NULL: none */
    void *context;
    void (*progress)(void *context, const struct sweep_progress *progress);
    /* Called if a job has no result; reason is one line. */
    void (*broken)(void *context, const struct sweep_job *job, const char *reason);
};

enum sweep_end {
    SWEEP_DONE,
    SWEEP_BROKEN,  /* some jobs have no result, and the least RAM that they were to find is unknown
                    */
    SWEEP_STOPPED, /* by a signal; the results so far are in the journal and in results */
    SWEEP_ERROR /* the journal cannot be used, or two of its lines contradict each other: no results
                 */
};

/*
 * Run the points, then search for the least RAM of each trace and strategy (sweep_range.h), using
 * the results of the points. A job whose result is in the journal is not run again, if the trace
 * has the same content. It is an error if the journal has a line of another trace of that name, or
 * the least RAM of another range. The caller frees results.
 */
enum sweep_end sweep_run(const struct sweep_request *request, struct sweep_results *results,
                         struct sim_error *error);

/* Search for the least RAM of one trace under one strategy, in this process. The caller sets the
 * trace and the strategy of *job. Returns false if *job has no result; outcome says why. */
bool sweep_find_least(const struct sweep_range *range, struct sweep_job *job,
                      struct sweep_outcome *outcome, struct sweep_line *line);

#endif
