/* The claims of the thread in its own words, and the measures that test them. */
#ifndef REPORT_THREAD_CLAIMS_H
#define REPORT_THREAD_CLAIMS_H

#include "lab/thread.h"

enum thread_unit {
    UNIT_SHARE,      /* part of whole, from 0 to 1 */
    UNIT_RATIO,      /* part to whole */
    UNIT_BYTES,      /* whole bytes */
    UNIT_BYTES_EACH, /* bytes for each of something */
    UNIT_PER_1000,   /* for each 1,000 of something */
    UNIT_CAUSE,      /* enum mm_cause */
};

/* A row: one measure of a claim. */
struct thread_row {
    const char *label; /* a short text for the table */
    const char *how;   /* how it is measured: sentences */
    enum thread_measure measure;
    enum thread_unit unit;
};

#define THREAD_ROWS_OF_CLAIM 8u

struct thread_claim {
    const char *name; /* a name for scripts */
    const char *who;
    const char *quote;                            /* the thread's words */
    struct thread_row rows[THREAD_ROWS_OF_CLAIM]; /* ended by one without a label */
};

/* The claims in the order of the table; ended by one without a name. */
extern const struct thread_claim thread_claims[];

#endif
