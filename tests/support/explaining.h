/* Failures of short traces, explained to a test. */
#ifndef SUPPORT_EXPLAINING_H
#define SUPPORT_EXPLAINING_H

#include "lab/explain.h"
#include "support/lab.h"

#define MIB UINT64_C(0x100000)

/* With 32 MiB, pages of order 10 go out at 1800, 1400, 1000, c00, 800, 400. */
#define BLOCK_THREE                                                                                \
    "pages 1 10 @a\n"                                                                              \
    "pages 2 10 @b\n"                                                                              \
    "pages 3 10 @c\n"                                                                              \
    "free_pages 1\n"                                                                               \
    "free_pages 2\n"

/* What the last call was told. */
extern struct explanation told;

/* Failure `failure` of a trace, but for how much RAM it lacks, which takes time. */
void explain(const char *strategy, uint64_t ram_bytes, const char *events, uint64_t failure);

/* The first, with how much RAM it lacks. */
void explain_ram(const char *strategy, uint64_t ram_bytes, const char *events);

/* Likewise of the first of `brk`, on a machine of one's own. */
void explain_on_map(struct memmap own, const char *events);

/* What came of another strategy, which was tried. */
const struct explain_trial *trial_of(const char *strategy);

#endif
