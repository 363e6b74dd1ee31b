#include "lab/least_search.h"

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
