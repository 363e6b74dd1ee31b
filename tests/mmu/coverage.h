/* Which combinations of flags the accesses of a program met. */
#ifndef MMU_COVERAGE_H
#define MMU_COVERAGE_H

#include "owed.h"

/* P, R/W, U/S of both entries, PS, CR0.WP, CR4.PSE, read or write, supervisor or user. */
#define COVERAGE_COMBINATIONS 2048u

struct coverage {
    uint32_t accesses[COVERAGE_COMBINATIONS];
};

/* Note an access, in the state before it. */
void coverage_note(struct coverage *coverage, const struct owed *owed,
                   const struct probe_step *step);

/* Combinations that were met. */
uint32_t coverage_count(const struct coverage *coverage);

#endif
