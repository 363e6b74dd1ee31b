/* Explains failures in short traces for tests. */
#ifndef SUPPORT_EXPLAINING_H
#define SUPPORT_EXPLAINING_H

#include "lab/explain.h"
#include "support/lab.h"

#define MIB UINT64_C(0x100000)

/* With 32 MiB, the blocks of order 10 are given in this order: 1800, 1400, 1000, c00, 800, 400. */
#define BLOCK_THREE                                                                                \
    "pages 1 10 @a\n"                                                                              \
    "pages 2 10 @b\n"                                                                              \
    "pages 3 10 @c\n"                                                                              \
    "free_pages 1\n"                                                                               \
    "free_pages 2\n"

/* The explanation by the last call. */
extern struct explanation explained;

/* Explains failure number `failure` of the trace. Skips the search for the RAM it lacks, which
 * takes time. */
void explain(const char *strategy, uint64_t ram_bytes, const char *events, uint64_t failure);

/* Explains the first failure, and also how much RAM it lacks. */
void explain_ram(const char *strategy, uint64_t ram_bytes, const char *events);

/* Explains the first failure under `brk` on a machine with the memory map `own`. */
void explain_on_map(struct memmap own, const char *events);

/* Returns how another strategy did in the last explanation. Fails the test if it was not tried. */
const struct explain_trial *trial_of(const char *strategy);

#endif
