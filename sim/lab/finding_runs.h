/* Runs strategies over a trace, groups the failures of each, and explains the failure that tells
 * most: all that a finding needs. */
#ifndef LAB_FINDING_RUNS_H
#define LAB_FINDING_RUNS_H

#include "lab/findings.h"

/* The outcome of one run with its groups. Plain data: it crosses a pipe. */
struct grouped_outcome {
    struct run_outcome outcome;
    struct failure_groups groups;
};

/* Run one strategy in this process. */
void finding_run_grouped(struct grouped_outcome *grouped, const struct trace *trace,
                         const struct strategy *strategy, const struct memmap *map);

/* The result of a worker whose process was lost, for this reason: a struct grouped_outcome. */
void finding_run_lost(void *grouped, const char *reason);

struct finding_request {
    struct trace *trace;
    const struct strategy *const *strategies;
    uint32_t count; /* 1 to COMPARE_MAX */
    const struct memmap *map;
    uint64_t ram_bytes;
    bool memmap_given;
    void (*finished)(uint32_t done, uint32_t count); /* called when a replay ends; may be NULL */
};

struct finding_runs {
    struct grouped_outcome *outcomes;
    struct explanation *explanation; /* of the subject of the finding; NULL: nothing failed */
    struct finding_run runs[COMPARE_MAX];
    struct finding_facts facts; /* of these runs */
};

/* Run all strategies, as compare_run() does; finding_runs_make() also explains the subject of
   finding_of(). The runs point into *runs, which must not be copied; the caller frees it. */
void finding_runs_replay(struct finding_runs *runs, const struct finding_request *request);
void finding_runs_make(struct finding_runs *runs, const struct finding_request *request);
void finding_runs_free(struct finding_runs *runs);

#endif
