#include "lab/sweep_range.h"

#include "machine/pc_memmap.h"

/* QEMU rounds RAM up to a multiple of this. */
#define RAM_UNIT 0x2000u

const char *sweep_range_settle(struct sweep_range *range)
{
    if (range->from_bytes < PC_RAM_MIN || range->to_bytes > PC_RAM_MAX)
        return "a PC has 8 MiB to 63 GiB of RAM";
    if (range->from_bytes > range->to_bytes)
        return "the range ends before it starts";
    if (range->from_bytes % RAM_UNIT != 0 || range->to_bytes % RAM_UNIT != 0 ||
        range->step_bytes % RAM_UNIT != 0 || range->step_bytes == 0)
        return "RAM and step are multiples of 8 KiB, as in QEMU";
    uint32_t sizes = sweep_range_sizes(range);
    if (range->points < 2u && sizes > 1u)
        return "a range has at least two points: its ends";
    range->points = range->points < sizes ? range->points : sizes;
    return NULL;
}

uint32_t sweep_range_sizes(const struct sweep_range *range)
{
    uint64_t span = range->to_bytes - range->from_bytes;

    return (uint32_t)((span + range->step_bytes - 1u) / range->step_bytes) + 1u;
}

uint64_t sweep_range_bytes(const struct sweep_range *range, uint32_t size)
{
    uint64_t bytes = range->from_bytes + size * range->step_bytes;

    return bytes < range->to_bytes ? bytes : range->to_bytes;
}

uint32_t sweep_range_point(const struct sweep_range *range, uint32_t point)
{
    uint64_t last = sweep_range_sizes(range) - 1u;
    uint64_t gaps = range->points > 1u ? range->points - 1u : 1u;

    return (uint32_t)((point * last + gaps / 2u) / gaps);
}

bool sweep_ranges_equal(const struct sweep_range *a, const struct sweep_range *b)
{
    return a->from_bytes == b->from_bytes && a->to_bytes == b->to_bytes &&
           a->step_bytes == b->step_bytes && a->points == b->points;
}

/* ---- the search for the least RAM ---- */

#define NO_SIZE UINT32_MAX

void least_search_start(struct least_search *search, const struct sweep_range *range)
{
    *search = (struct least_search){.range = range,
                                    .points_left = range->points,
                                    .fails = NO_SIZE,
                                    .passes = sweep_range_sizes(range)};
}

bool least_search_next(const struct least_search *search, uint32_t *size)
{
    bool bisecting = search->fails != NO_SIZE;

    if (bisecting)
        *size = search->fails + (search->passes - search->fails) / 2u;
    else if (search->points_left > 0)
        *size = sweep_range_point(search->range, search->points_left - 1u);
    return bisecting ? search->passes < sweep_range_sizes(search->range) && *size > search->fails
                     : search->points_left > 0;
}

void least_search_take(struct least_search *search, bool passes)
{
    uint32_t size = 0;

    (void)least_search_next(search, &size);
    if (search->fails == NO_SIZE)
        search->points_left--;
    if (passes)
        search->passes = size;
    else
        search->fails = size;
}

uint64_t least_search_bytes(const struct least_search *search)
{
    return search->passes < sweep_range_sizes(search->range)
               ? sweep_range_bytes(search->range, search->passes)
               : 0;
}

uint32_t least_search_steps(const struct sweep_range *range)
{
    uint32_t gaps = range->points > 1u ? range->points - 1u : 1u;
    uint32_t steps = 0;

    for (uint32_t gap = (sweep_range_sizes(range) - 2u + gaps) / gaps; gap > 1u; gap -= gap / 2u)
        steps++;
    return steps;
}
