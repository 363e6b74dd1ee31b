/*
 * What the results of several strategies on one trace, with one memory map, amount to: who fails,
 * for which reason, and which differences matter. No words are made here; report/story.h makes
 * them. No rule goes by the name of a strategy.
 */
#ifndef LAB_FINDINGS_H
#define LAB_FINDINGS_H

#include "lab/explain.h"
#include "lab/failure_groups.h"
#include "lab/sweep_results.h"

/* What is known about one strategy. Pointers other than strategy and outcome may be NULL: not
   known. */
struct finding_run {
    const struct strategy *strategy;
    const struct run_outcome *outcome;
    const struct failure_groups *groups;
    const struct explanation *explanation; /* of the failure that finding_explains() names */
    const struct sweep_result *sweep;      /* its least RAM */
};

struct finding_facts {
    struct trace *trace;
    uint64_t ram_bytes;
    bool memmap_given; /* the machine is that of --memmap */
    uint32_t count;    /* 1 to COMPARE_MAX */
    const struct finding_run *runs;
};

/* ---- one run ---- */

bool finding_has_result(const struct finding_run *run);
uint64_t finding_requests(const struct finding_run *run);
uint64_t finding_failed(const struct finding_run *run);

/*
 * Why requests fail. Memory is used up if fewer frames are free than a request needs, or if memory
 * is nearly full (failure_groups.h): then it depends on chance whether the last free frames are in
 * the wrong zone, in pieces or behind another. The other reasons are the causes of failures while
 * more is free.
 */
enum finding_reason {
    REASON_NONE,
    REASON_USED_UP,
    REASON_BLOCKED,     /* MM_BRK_BLOCKED */
    REASON_PIECES,      /* MM_NO_RUN */
    REASON_ADDRESSES,   /* MM_NO_ADDRESS_SPACE, however full memory is */
    REASON_ZONE,        /* MM_ZONE */
    REASON_UNSUPPORTED, /* MM_UNSUPPORTED, however full memory is */
    REASON_ACCESS,      /* MM_BAD_ACCESS, however full memory is */
    REASON_COUNT
};

/* The number of a run's failures for each reason. Without groups they follow from the causes. */
struct finding_reasons {
    uint64_t failed[REASON_COUNT];
};
struct finding_reasons finding_reasons(const struct finding_run *run);

/* The reason of most failures; REASON_NONE: none failed, or there is no result. */
enum finding_reason finding_main_reason(const struct finding_run *run);

/* The group with the first failure for a run's main reason. NULL: no failures, or they were not
   grouped. */
const struct failure_group *finding_group(const struct finding_run *run);

/* The number of that failure in the run, from 1; 0: there is none. A caller explains it with
   explain_run(). */
uint64_t finding_explains(const struct finding_run *run);

/* ---- all runs ---- */

enum finding_kind {
    FINDING_NO_RESULT,  /* no strategy has a result */
    FINDING_ALL_SERVED, /* every strategy with a result serves every request */
    FINDING_TOO_LITTLE, /* every strategy fails, and most failures in all are because memory is used
                           up; failures that do not depend on RAM do not count */
    FINDING_ALL_ALIKE,  /* every strategy fails for the same main reason, and no difference matters
                         */
    FINDING_SOME_FAIL,  /* some strategies fail, and others serve every request */
    FINDING_ALL_DIFFER  /* every strategy fails, but not alike */
};

struct finding {
    enum finding_kind kind;
    uint32_t subject; /* the run that the headline is about; it has failures, if any run has */
    enum finding_reason reason; /* its main reason */
    uint32_t with_result;       /* strategies */
    uint32_t served;            /* strategies with a result and without a failure */
    uint32_t best;              /* the run with the fewest failures */
    uint32_t worst;             /* the run with the most */
};

/* O(count * groups) */
struct finding finding_of(const struct finding_facts *facts);

/* ---- differences ---- */

/* Two numbers of failures among the same requests differ so that it matters if one of them is 0, or
   if they differ by at least FINDING_LEAST_PERMILLE of the requests. */
#define FINDING_LEAST_PERMILLE 5u
bool finding_matters(uint64_t failed, uint64_t other_failed, uint64_t requests);

#endif
