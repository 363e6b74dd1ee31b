/* The parts of a reduction. */
#ifndef LAB_REDUCE_PARTS_H
#define LAB_REDUCE_PARTS_H

#include "lab/experiment.h"
#include "lab/reduce.h"
#include "lab/reduce_case.h"

/* ---- trials (reduce_trial.c) ---- */

/* What comes of a case that was changed. */
enum verdict {
    VERDICT_KEEPS,  /* the last event fails as it should, and no more before it than did */
    VERDICT_PASSES, /* nothing more failed, the last event neither: it takes more */
    VERDICT_OTHER,  /* it fails otherwise, or earlier; or there is no such change */
    VERDICT_COUNT
};

struct reducer {
    const struct reduce_request *request;
    uint32_t keep;          /* never KEEP_FAILURE */
    struct reduce_case now; /* keeps it */
    uint32_t failures;      /* in it, before its last event */
    uint32_t trials;        /* so far */
};

#define TRIALS_AT_ONCE 4u

/* Try changes of the present case, each in a process of its own; count <= TRIALS_AT_ONCE. */
void reduce_try(struct reducer *reducer, const struct reduce_change changes[],
                enum verdict verdicts[], uint32_t count);

/* Make the first of them that keeps the failure; how many before it do not: `count` where none
   does. */
uint32_t reduce_take_first(struct reducer *reducer, const struct reduce_change changes[],
                           uint32_t count);

/* Which events of the present case fail before its last? failed[] has one for each. How many. */
uint32_t reduce_find_failed(struct reducer *reducer, bool failed[]);

/* What fails first in a trace as it should. */
struct reduce_found {
    uint64_t event;                /* 0: nothing */
    uint32_t cause;                /* enum mm_cause, or KEEP_CRASH */
    char reason[RUN_REASON_BYTES]; /* why nothing was replayed; empty: something was */
};
struct reduce_found reduce_find(struct reducer *reducer, const struct trace *trace,
                                uint64_t ram_bytes);

/* ---- passes (reduce_passes.c): each makes the present case smaller, if it can ---- */

/* ddmin over units, or over events within them. Then none of them can go by itself,
   if none went. */
void reduce_drop(struct reducer *reducer, enum reduce_change_kind kind);

/* all but the last events become a load, with as little RAM as may be; chunks of
   blocks become one each. */
void reduce_to_load(struct reducer *reducer, bool less_ram);
void reduce_pack(struct reducer *reducer);

/* one block for two; smaller blocks; less RAM. */
void reduce_merge(struct reducer *reducer);
void reduce_sizes(struct reducer *reducer);
void reduce_ram(struct reducer *reducer);

/* What is tried as RAM, ascending, below `below`; index from 0. 0: no more. */
uint64_t reduce_ram_step(uint32_t index, uint64_t below);

/*
 * Find a size in [low, high] that keeps the failure, by bisection: one that passes is too small,
 * one that fails otherwise too large, but below one that keeps it too small. change->size: the
 * smallest that was met; false: none was.
 */
bool reduce_find_size(struct reducer *reducer, struct reduce_change *change, uint32_t low,
                      uint32_t high);

#endif
