/* The last failure of a kernel, in the parts that reports in JSON have. */
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
    char changed_at[FAILURE_TEXT_BYTES];      /* place of the table's change; "": not known, or
                                                 another kind of failure */
    char missing[FAILURE_TEXT_BYTES];         /* the missing invalidation; "": another kind of
                                                 failure */
    char exception[FAILURE_TEXT_BYTES];       /* "last exception: ..." for a failure in its handler;
                                                 "": no handler was in progress, or another kind of
                                                 failure */
    char first_exception[FAILURE_TEXT_BYTES]; /* the outermost of nested exceptions; "": there was
                                                 only one */
};

/* Returns the failure of the last run or call, valid until the next one; NULL when it did not
   fail. */
const struct kernel_failure *kernel_last_failure(struct kernel *kernel);

#endif
