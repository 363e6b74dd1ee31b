/* Sweeps: traces under strategies over sizes of RAM, on all processors. */
#ifndef LAB_SWEEP_H
#define LAB_SWEEP_H

#include "lab/sweep_job.h"
#include "lab/sweep_results.h"

/* How far a sweep is. What a journal had is in neither. */
struct sweep_progress {
    uint32_t done;      /* jobs */
    uint32_t jobs;      /* in all, as far as is known: how long a search is, shows at its end */
    uint64_t work_done; /* in events, as those of a long trace take longer */
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
    /* A job has no result, for this reason, one line. */
    void (*broken)(void *context, const struct sweep_job *job, const char *reason);
};

enum sweep_end {
    SWEEP_DONE,
    SWEEP_BROKEN,  /* but for jobs that have no result; the least that they were to find is unknown
                    */
    SWEEP_STOPPED, /* by a signal: what was done is in the journal, and in results */
    SWEEP_ERROR    /* of the journal, of two lines in it: no results */
};

/*
 * Run the points, and search for the least RAM of each trace and strategy (sweep_range.h), which
 * knows the points by then. What the journal has is not run again, if the trace has the same
 * content; a line of another trace of that name, or of a least from another range, is an error.
 * results is the caller's to free.
 */
enum sweep_end sweep_run(const struct sweep_request *request, struct sweep_results *results,
                         struct sim_error *error);

/* Search for the least RAM of one trace under one strategy, in this process. false: *job, of which
   trace and strategy are set, has no result, and outcome says why. */
bool sweep_find_least(const struct sweep_range *range, struct sweep_job *job,
                      struct sweep_outcome *outcome, struct sweep_line *line);

#endif
