#include "workload.h"

#include <stdlib.h>

uint64_t allocation_bytes(const struct allocation *allocation)
{
    return allocation->kind == EVENT_PAGES ? (uint64_t)PAGE_SIZE << allocation->order
                                           : allocation->bytes;
}

void workload_start(struct workload *workload, struct trace_writer *writer)
{
    *workload = (struct workload){0};
    builtin_workload_start(workload, writer);
    workload->live_bytes = workload->level_bytes;
}

bool workload_start_like(struct workload *workload, const char *path, struct trace_writer *writer,
                         struct sim_error *error)
{
    *workload = (struct workload){0};
    if (!recorded_load(workload, path, RECORDED_ALLOCATIONS_MAX, writer, error))
        return false;
    workload->live_bytes = workload->level_bytes;
    return true;
}

void workload_free(struct workload *workload)
{
    free(workload->recorded.allocations);
    *workload = (struct workload){0};
}

/* lifetime * live / level, and not so much that it could be mistaken. */
static uint32_t scale(const struct workload *workload, uint32_t lifetime)
{
    uint64_t scaled = lifetime * workload->live_bytes / workload->level_bytes;

    return scaled < LIFETIME_UNKNOWN ? (uint32_t)scaled : LIFETIME_UNKNOWN - 1;
}

void workload_draw(struct workload *workload, struct random *random, struct allocation *allocation)
{
    if (workload->recorded.count > 0)
        recorded_draw(&workload->recorded, random, allocation);
    else
        builtin_workload_draw(&workload->kernel, random, allocation);
    if (workload->live_bytes != workload->level_bytes && allocation->lifetime != LIFETIME_UNKNOWN)
        allocation->lifetime = scale(workload, allocation->lifetime);
}
