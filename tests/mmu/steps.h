/* The hand that writes a case: appends steps, knows the state after them, pays what is owed. */
#ifndef MMU_STEPS_H
#define MMU_STEPS_H

#include "coverage.h"

#define STEPS_NUMBERS 12u
#define STEPS_RECENT  4u

struct steps {
    struct program *program;
    struct coverage *coverage;
    struct owed owed;
    uint32_t random;
    uint32_t combination;          /* of the next directed access */
    uint32_t recent[STEPS_RECENT]; /* addresses accessed, of pages that are present mostly */
    uint32_t next_recent;
    /* Directory slots and table indices alike, so that a directory that maps itself shows the
       entries that matter. */
    uint32_t number[STEPS_NUMBERS];
};

/* Start a case: its head is there. */
void steps_begin(struct steps *steps, struct program *program, struct coverage *coverage,
                 uint32_t seed);

/* Whether any act still fits. */
bool steps_have_room(const struct steps *steps);

/* Below `bound`. */
uint32_t steps_random(struct steps *steps, uint32_t bound);
uint32_t steps_random_number(struct steps *steps);
uint32_t steps_random_va(struct steps *steps);
uint32_t steps_random_recent(struct steps *steps);

void steps_write(struct steps *steps, uint32_t frame, uint32_t index, uint32_t value);
void steps_load_cr3(struct steps *steps, uint32_t directory);
void steps_load_cr0(struct steps *steps, uint32_t value);
void steps_load_cr4(struct steps *steps, uint32_t value);
void steps_invlpg(struct steps *steps, uint32_t va);

/* First pays what is owed for the page, or the two. No more than GENERATOR_CASE_ACCESSES are made;
   one that would meet the image's own slots is moved. */
void steps_access(struct steps *steps, uint32_t va, uint32_t access);

#endif
