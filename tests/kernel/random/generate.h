/* A case: from two numbers, all of its state and its program. */
#ifndef RANDOM_GENERATE_H
#define RANDOM_GENERATE_H

#include "sandbox.h"

/* What the window holds before each case. */
extern unsigned char window_at_first[HEAP_AREA_PAGES][PAGE_SIZE];

/* To be called once. */
void window_generate(uint32_t seed);

/* Sets `before`, `before_fpu`, `program` and the page rights. The program is not yet in the code
 * pages. */
void case_generate(uint32_t seed, uint32_t number);

extern uint32_t window_rights[HEAP_AREA_PAGES], code_rights[CODE_PAGES];

#endif
