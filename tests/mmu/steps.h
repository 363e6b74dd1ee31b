/* Appends steps to a case, keeps the state after them, and invalidates stale pages. */
#ifndef MMU_STEPS_H
#define MMU_STEPS_H

#include "coverage.h"

#define STEPS_NUMBERS 12u
#define STEPS_RECENT  4u

struct steps {
    struct program *program;
    struct coverage *coverage;
    struct tlb_model tlb;
    uint32_t random;
    uint32_t combination;          /* of flags, for the next directed access */
    uint32_t recent[STEPS_RECENT]; /* accessed addresses, mostly of present pages */
    uint32_t next_recent;
    /* Used as directory slots and as table indices, so that a directory that maps itself gives
       access to the entries that the case uses. */
    uint32_t number[STEPS_NUMBERS];
};

/* Start a case whose head has been set. */
void steps_begin(struct steps *steps, struct program *program, struct coverage *coverage,
                 uint32_t seed);

/* Returns true if the longest act still fits. */
bool steps_have_room(const struct steps *steps);

/* Returns a random number below `bound`. */
uint32_t steps_random(struct steps *steps, uint32_t bound);
uint32_t steps_random_number(struct steps *steps);
uint32_t steps_random_va(struct steps *steps);
uint32_t steps_random_recent(struct steps *steps);

void steps_write(struct steps *steps, uint32_t frame, uint32_t index, uint32_t value);
void steps_load_cr3(struct steps *steps, uint32_t directory);
void steps_load_cr0(struct steps *steps, uint32_t value);
void steps_load_cr4(struct steps *steps, uint32_t value);
void steps_invlpg(struct steps *steps, uint32_t va);

/* Append an access, after invalidations of its page or its two pages if they are stale. Does
   nothing after GENERATOR_CASE_ACCESSES. An access to the image's own slots is moved elsewhere. */
void steps_access(struct steps *steps, uint32_t va, uint32_t access);

#endif
