/* The last failure of a kernel in parts, as reports in JSON have it. */
#ifndef KERNEL_KERNEL_FAILURE_H
#define KERNEL_KERNEL_FAILURE_H

#include <mmsim/kernel.h>

#define FAILURE_TEXT_BYTES 512u

struct kernel_failure {
    const char *kind; /* "fault", "stale_tlb", "early_free", "panic", "triple_fault", "limit" ... */
    bool has_address;
    uint32_t address;
    const char *access;                       /* "read", "write", "execute"; NULL: none */
    char what[FAILURE_TEXT_BYTES];            /* one line */
    char where[FAILURE_TEXT_BYTES];           /* "page_test+0x31 (pmap.c:800)" */
    char changed_at[FAILURE_TEXT_BYTES];      /* likewise; "": not known, or not of this kind */
    char missing[FAILURE_TEXT_BYTES];         /* the invalidation; "": not of this kind */
    char exception[FAILURE_TEXT_BYTES];       /* "last exception: ...", of a failure in its handler;
                                                 "": in none, or not of this kind */
    char first_exception[FAILURE_TEXT_BYTES]; /* the first of several, one inside the other's
                                                 handler;
                                                 "": there was one */
};

/* NULL: the last run or call did not fail. Holds until the next one. */
const struct kernel_failure *kernel_last_failure(struct kernel *kernel);

#endif
