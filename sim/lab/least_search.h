/*
 * The search for the least RAM with which a trace passes: no request of it fails. More RAM is not
 * always enough (where things lie changes, too), so what is found is a size that passes, while the
 * size below it fails, and that no point of the range above it contradicts:
 *
 *     sizes     .  .  f  .  .  f  F  .  P  .  .  .  P
 *     points    f                    p           p
 *                                 ^  ^
 *               first the points, from the top down to the first that fails; then by bisection
 *               between that and the one above it: F fails, the least P next to it passes
 *
 * It knows nothing of how a size is tried.
 */
#ifndef LAB_LEAST_SEARCH_H
#define LAB_LEAST_SEARCH_H

#include "lab/sweep_range.h"

struct least_search {
    const struct sweep_range *range;
    uint32_t points_left; /* to be looked at: those below it */
    uint32_t fails;       /* this size fails; none yet: UINT32_MAX */
    uint32_t passes;      /* this size passes; none: the number of sizes */
};

/* range stays the caller's. */
void least_search_start(struct least_search *search, const struct sweep_range *range);

/* Which size to try. false: the search has ended. */
bool least_search_next(const struct least_search *search, uint32_t *size);

/* What came of that. */
void least_search_take(struct least_search *search, bool passes);

/* Of one that has ended: bytes; 0: the top of the range fails. The bottom of the range is the least
   where all points pass: it may be less. */
uint64_t least_search_bytes(const struct least_search *search);

/* The most sizes that it may still ask for, if each of the points were known: steps of the
   bisection. */
uint32_t least_search_steps(const struct sweep_range *range);

#endif
