/* Results of strategies that are made up, for tests of the rules and the words about them. */
#ifndef SUPPORT_MADE_RESULTS_H
#define SUPPORT_MADE_RESULTS_H

#include "lab/findings.h"

struct made_run {
    struct run_outcome outcome;
    struct failure_groups groups;
    struct explanation explanation;
    struct sweep_result sweep;
};

/* Failures of one group. */
struct made_failures {
    enum mm_cause cause;
    enum request_class request;
    uint64_t count;
    uint64_t event; /* of the first */
    uint64_t free_bytes;
    uint32_t bytes;
    bool full;
    bool late;
};

/* The facts, about a trace called "bench/made.mmb" with 80 MiB of RAM. */
extern struct finding_facts made;
extern struct trace made_trace;
extern struct finding_run made_runs[COMPARE_MAX];

/* Removes all runs. */
void made_clear(void);

/* Adds a run of a strategy with so many requests and no failure. Its groups are collected; nothing
 * was explained or swept. */
struct made_run *made_add(const char *strategy, uint64_t requests);

/* Adds a run without a result. */
void made_add_lost(const char *strategy, const char *reason);

/* Adds failures to a run, as a group of their own. Returns the group. */
struct failure_group *made_fail(struct made_run *run, const struct made_failures *failures);

/* Explains the last run: its first failure passes if `count` pages are freed, with so much more
 * RAM, and under these strategies, ended by NULL. A count or a size of 0 does not help. */
void made_explain(struct made_run *run, uint32_t count, uint64_t more_bytes,
                  const char *const strategies[]);

/* Sets the least RAM of a run; 0: none up to 128 MiB. */
void made_least(struct made_run *run, uint64_t bytes);

#endif
