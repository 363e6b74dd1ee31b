/*
 * The RAM sizes of a sweep. Those that the least is looked for among are whole steps above `from`,
 * and `to`; the points, at which the failure rate is measured, are spread evenly over them.
 *
 *     from    +step   +2 step        ...           to
 *      |-------|-------|-------|-------|-------|----|    sizes
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
    uint32_t points;
};

#endif
