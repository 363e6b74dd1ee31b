/*
 * Makes the cases of probe programs. A case is a function of the seed and its number alone.
 *
 * Every other access or so is directed: both entries of a page are written with the next
 * combination of flags, so that all of them come by in turn, under each setting of CR0.WP, CR4.PSE
 * and CR4.PGE. The others go to pages as they stand, change what may be cached, switch directories
 * and registers. What is owed to the TLB is paid just before an access that would be wrong without.
 */
#ifndef MMU_GENERATOR_H
#define MMU_GENERATOR_H

#include "coverage.h"

#define GENERATOR_CASE_ACCESSES 50u

/* Its accesses are counted in *coverage. */
void generator_make(struct program *program, uint32_t seed, uint32_t number,
                    struct coverage *coverage);

#endif
