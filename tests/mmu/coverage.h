/* Counts the combinations of flags under which the accesses of a program were made. */
#ifndef MMU_COVERAGE_H
#define MMU_COVERAGE_H

#include "tlb_model.h"

/* P, R/W, U/S of both entries, PS, CR0.WP, CR4.PSE, read or write, supervisor or user. */
#define COVERAGE_COMBINATIONS 2048u

struct coverage {
    uint32_t accesses[COVERAGE_COMBINATIONS];
};

/* Count an access. `tlb` is the state before it. */
void coverage_note(struct coverage *coverage, const struct tlb_model *tlb,
                   const struct probe_step *step);

/* Returns the number of combinations that occurred. */
uint32_t coverage_count(const struct coverage *coverage);

#endif
