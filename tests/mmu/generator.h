/*
 * Makes the cases of probe programs. A case depends only on the seed and on its number.
 *
 * About half of the accesses are directed: both entries of a page are written with the next
 * combination of flags, so that each combination occurs under each setting of CR0.WP, CR4.PSE and
 * CR4.PGE. Other acts access pages as they are, change entries that may be cached, or load control
 * registers. A page that may be stale in the TLB is invalidated right before it is accessed.
 */
#ifndef MMU_GENERATOR_H
#define MMU_GENERATOR_H

#include "coverage.h"

#define GENERATOR_CASE_ACCESSES 50u

/* Make case `number`. Its accesses are counted in *coverage. */
void generator_make(struct program *program, uint32_t seed, uint32_t number,
                    struct coverage *coverage);

#endif
