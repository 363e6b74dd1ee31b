/*
 * The RAM sizes of a sweep. The search for the least RAM tries sizes that are whole steps above
 * `from`, and `to`. The failure rate is measured at points, which are spread evenly over the range
 * and include both ends.
 *
 *     from    +step   +2 step        ...            to
 *      |-------|-------|-------|-------|-------|----|    sizes: numbers 0, 1, 2, ...
 *      P               P               P            P    points
 */
#ifndef LAB_SWEEP_RANGE_H
#define LAB_SWEEP_RANGE_H

#include <stdbool.h>
#include <stdint.h>

struct sweep_range {
    uint64_t from_bytes;
    uint64_t to_bytes;
    uint64_t step_bytes;
    uint32_t points; /* at most as many as sizes */
};

/* Check a range. Returns NULL, or why these are no sizes of a PC's RAM, or leave no room for two
 * points (one, if `from` is `to`). If there are more points than sizes, there are as many points as
 * sizes. */
const char *sweep_range_settle(struct sweep_range *range);

/* The number of sizes. */
uint32_t sweep_range_sizes(const struct sweep_range *range);

/* The bytes of a size, by its number. */
uint64_t sweep_range_bytes(const struct sweep_range *range, uint32_t size);

/* The number of the size at a point, by the number of the point. */
uint32_t sweep_range_point(const struct sweep_range *range, uint32_t point);

bool sweep_ranges_equal(const struct sweep_range *a, const struct sweep_range *b);

/* ---- the search for the least RAM ---- */

/*
 * The search looks for the least RAM with which no request of a trace fails. More RAM does not
 * always help, because addresses change with it. The result is therefore a size that passes, while
 * the size below it fails, and that no point of the range above it contradicts:
 *
 *     sizes     .  .  f  .  .  f  F  .  P  .  .  .  P
 *     points    f                    p           p
 *                                 ^  ^
 *         First the points are tried from the top down to the first that fails, then the sizes
 * between that point and the one above it, by bisection: F fails, and the least P next to it
 * passes.
 *
 * The caller tries the sizes.
 */
struct least_search {
    const struct sweep_range *range;
    uint32_t points_left; /* the points from 0 up to this one are still to be tried */
    uint32_t fails;       /* this size fails; none yet: UINT32_MAX */
    uint32_t passes;      /* this size passes; none: the number of sizes */
};

/* range must outlive the search. */
void least_search_start(struct least_search *search, const struct sweep_range *range);

/* The size to try next. Returns false if the search has ended. */
bool least_search_next(const struct least_search *search, uint32_t *size);

/* Take the result of that size. */
void least_search_take(struct least_search *search, bool passes);

/* The result of a search that has ended, in bytes; 0: the top of the range fails. If all points
   pass, the result is the bottom of the range, and less RAM may do. */
uint64_t least_search_bytes(const struct least_search *search);

/* How many steps a bisection may take: the most sizes that a search asks for when the result of
   each point is known. */
uint32_t least_search_steps(const struct sweep_range *range);

#endif
