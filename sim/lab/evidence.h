/*
 * All that is known about strategies on a trace with one memory map: the outcome of each run, its
 * failures in groups, what would help against them, the least RAM, and memory over time.
 */
#ifndef LAB_EVIDENCE_H
#define LAB_EVIDENCE_H

#include "lab/finding_runs.h"
#include "lab/history.h"

struct evidence_request {
    struct finding_request runs;
    bool quick;       /* look for no remedies, and not for the least RAM */
    bool least_known; /* do not look for the least RAM: evidence_take_sweep() will tell it */
};

/* What would help against the first failure for a cause. */
struct evidence_remedies {
    const struct failure_group *group;
    struct explanation *explanation;
};

/* One strategy. */
struct evidence_run {
    struct evidence_remedies remedies[MM_CAUSE_COUNT]; /* the first remedies_count of them */
    uint32_t remedies_count;
    bool has_history;
    struct history history;
};

/* Pointers lead from one member to another, so it must not be copied. */
struct evidence {
    struct finding_request request;
    struct finding_runs runs;   /* runs.facts has all that a story needs */
    struct sweep_results least; /* that were searched; empty: none were */
    struct history_moments moments;
    enum history_owners owners; /* of the histories */
    struct evidence_run run[COMPARE_MAX];
};

/* Run the strategies, and look for remedies and the least RAM. The caller frees the evidence. The
   histories are taken by evidence_record(). */
void evidence_gather(struct evidence *evidence, const struct evidence_request *request);

/* Take the least RAM of each strategy from these results, which must outlive the evidence. */
void evidence_take_sweep(struct evidence *evidence, const struct sweep_results *results,
                         const char *trace_name);

/*
 * Record, or record again, the history of each strategy that has a result: at `even` moments at
 * even distances, and at failures. A run whose recording is lost loses its result. Returns false if
 * there is no room for temporary files.
 */
bool evidence_record(struct evidence *evidence, uint32_t even, enum history_owners owners,
                     struct sim_error *error);

void evidence_free(struct evidence *evidence);

#endif
