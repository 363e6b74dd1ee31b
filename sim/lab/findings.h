/*
 * What the results of several strategies on one trace, with one memory map, amount to: who fails,
 * for which cause, and which differences matter. No words are made here; report/story.h makes them.
 * No rule goes by the name of a strategy.
 */
#ifndef LAB_FINDINGS_H
#define LAB_FINDINGS_H

#include "lab/explain.h"
#include "lab/failure_groups.h"
#include "lab/sweep_results.h"
#include "lab/timing.h"

/* What is known about one strategy. Pointers other than strategy and outcome may be NULL: not
   known. */
struct finding_run {
    const struct strategy *strategy;
    const struct run_outcome *outcome;
    const struct failure_groups *groups;
    const struct explanation *explanation; /* of the failure that finding_explains() names */
    const struct sweep_result *sweep;      /* its least RAM, and the failures at other sizes */
    const struct timing *timing;
};

struct finding_facts {
    struct trace *trace;
    uint64_t ram_bytes;
    bool memmap_given; /* the machine is that of --memmap */
    uint32_t count;    /* 1 to COMPARE_MAX */
    const struct finding_run *runs;
};

enum finding_kind {
    FINDING_NO_RESULT,  /* no strategy has a result */
    FINDING_ALL_SERVED, /* every strategy with a result serves every request */
    FINDING_TOO_LITTLE, /* every strategy fails, and none would with much more RAM: its main cause
                           is no_frames, or it cannot serve some requests at all */
    FINDING_ALL_ALIKE,  /* every strategy fails the same requests for the same main cause */
    FINDING_SOME_FAIL,  /* some strategies fail, and others serve every request */
    FINDING_ALL_DIFFER  /* every strategy fails, but not alike */
};

struct finding {
    enum finding_kind kind;
    uint32_t subject; /* the run that the headline is about: one with failures, if there is one */
    enum mm_cause cause; /* its main cause; MM_OK: it has no failures */
    uint32_t with_result;
    uint32_t served;         /* strategies with a result and without a failure */
    uint32_t best;           /* the run with the fewest failures */
    uint32_t worst;          /* the run with the most */
    bool difference_matters; /* between the best and the worst, by finding_matters() */
};

/* O(count) */
struct finding finding_of(const struct finding_facts *facts);

/* ---- one run ---- */

uint64_t finding_requests(const struct finding_run *run);
uint64_t finding_failed(const struct finding_run *run);

/* The cause of most failures of a run; of equals, the one that struck first. MM_OK: none failed, or
   there is no result. */
enum mm_cause finding_main_cause(const struct finding_run *run);

/* The number of the failure, from 1, that tells most about a run: the first one for its main cause.
   0: none failed, or the failures were not grouped. A caller explains it with explain_run(). */
uint64_t finding_explains(const struct finding_run *run);

/* ---- differences ---- */

/* Two numbers of failures among the same requests matter if one of them is 0 and the other is not,
   or if they differ by at least FINDING_LEAST_PERMILLE of the requests. */
#define FINDING_LEAST_PERMILLE 5u
bool finding_matters(uint64_t failed, uint64_t other_failed, uint64_t requests);

#endif
