/*
 * The RAM sizes of a sweep. The least is looked for among whole steps above `from`, and `to`; the
 * failure rate is measured at points, spread evenly over them, both ends included.
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

/* NULL, or why these are no sizes of a PC's RAM, or leave no room for two points (one, where `from`
   is `to`). More points than sizes become as many. */
const char *sweep_range_settle(struct sweep_range *range);

/* How many sizes there are. */
uint32_t sweep_range_sizes(const struct sweep_range *range);

/* Bytes of the i-th size. */
uint64_t sweep_range_bytes(const struct sweep_range *range, uint32_t size);

/* The number of the size of the i-th point. */
uint32_t sweep_range_point(const struct sweep_range *range, uint32_t point);

bool sweep_ranges_equal(const struct sweep_range *a, const struct sweep_range *b);

#endif
