/* The parts of a reduction. */
#ifndef LAB_REDUCE_PARTS_H
#define LAB_REDUCE_PARTS_H

#include "lab/experiment.h"
#include "lab/reduce.h"
#include "lab/reduce_case.h"

/* ---- trials (reduce_trial.c) ---- */

/* What a trial of a changed case shows. */
enum verdict {
    VERDICT_KEEPS,  /* the last event fails as it should, and no more events before it than did */
    VERDICT_PASSES, /* the last event does not fail, and no more events before it than did: it needs
                       more */
    VERDICT_OTHER,  /* the case fails in another way, or earlier; or the change cannot be made */
    VERDICT_COUNT
};

struct reducer {
    const struct reduce_request *request;
    uint32_t keep;          /* never KEEP_FAILURE */
    struct reduce_case now; /* the present case, which keeps the failure */
    uint32_t failures;      /* failures of the present case before its last event */
    uint32_t trials;        /* so far */
};

#define TRIALS_AT_ONCE 4u

/* Try changes of the present case, each in a process of its own; count <= TRIALS_AT_ONCE. */
void reduce_try(struct reducer *reducer, const struct reduce_change changes[],
                enum verdict verdicts[], uint32_t count);

/* Apply the first of the changes that keeps the failure. Returns its index; `count` if none does.
 */
uint32_t reduce_take_first(struct reducer *reducer, const struct reduce_change changes[],
                           uint32_t count);

/* Find the events of the present case that fail before its last. failed[] has a place for each
 * event. Returns how many fail. */
uint32_t reduce_find_failed(struct reducer *reducer, bool failed[]);

/* The first failure in a trace that is to be kept. */
struct reduce_found {
    uint64_t event;                /* 0: nothing */
    uint32_t cause;                /* enum mm_cause, or KEEP_CRASH */
    char reason[RUN_REASON_BYTES]; /* why nothing was replayed; "" if something was */
};
struct reduce_found reduce_find(struct reducer *reducer, const struct trace *trace,
                                uint64_t ram_bytes);

/* ---- passes (reduce_passes.c): each makes the present case smaller, if it can ---- */

/* ddmin over units, or over events within units. If nothing was left out, no single one of them can
 * be. */
void reduce_drop(struct reducer *reducer, enum reduce_change_kind kind);

/* Replace all but the last events by a load, with as little RAM as may be; then chunks of blocks by
 * one block each. */
void reduce_to_load(struct reducer *reducer, bool less_ram);
void reduce_pack(struct reducer *reducer);

/* Merge two blocks into one; make blocks smaller; make RAM less. */
void reduce_merge(struct reducer *reducer);
void reduce_sizes(struct reducer *reducer);
void reduce_ram(struct reducer *reducer);

/* The sizes of RAM that are tried, ascending; index counts from 0. Returns 0 if there is no other
 * below `below`. */
uint64_t reduce_ram_step(uint32_t index, uint64_t below);

/*
 * Find a size in [low, high] that keeps the failure, by bisection. A size that passes is too small.
 * A size that fails otherwise is too large, unless it is below one that keeps the failure: then it
 * is too small. Sets change->size to the smallest size that was found; returns false if there was
 * none.
 */
bool reduce_find_size(struct reducer *reducer, struct reduce_change *change, uint32_t low,
                      uint32_t high);

#endif
