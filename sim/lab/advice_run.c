/* Runs the strategies for an advice. */
#include <stdio.h>
#include <stdlib.h>

#include "lab/advice.h"
#include "lab/sweep.h"
#include "lab/workers.h"
#include "machine/pc_memmap.h"
#include "trace/memory.h"

/* ---- the range ---- */

struct search_jobs {
    const struct trace *trace;
    const struct strategy *const *strategies;
    const struct sweep_range *range;
};

struct search_result {
    bool known;
    uint64_t least_ram_bytes; /* 0: none in the range */
};

static void search(const void *context, uint32_t i, void *result)
{
    const struct search_jobs *jobs = context;
    struct sweep_job job = {.trace = jobs->trace, .strategy = jobs->strategies[i]};
    struct search_result *found = result;
    static struct sweep_outcome outcome;
    struct sweep_line line;

    found->known = sweep_find_least(jobs->range, &job, &outcome, &line);
    found->least_ram_bytes = found->known ? line.ram_bytes : 0;
}

static void lose_search(void *result, const char *reason)
{
    (void)reason;
    *(struct search_result *)result = (struct search_result){.known = false};
}

static void search_all(const struct search_jobs *jobs, struct search_result results[],
                       uint32_t count)
{
    const struct workers workers = {.context = jobs,
                                    .results = results,
                                    .result_bytes = sizeof results[0],
                                    .run_job = search,
                                    .lost = lose_search};

    workers_run(&workers, count);
}

/* Sizes at which the strategies fail are shown for a sixteenth below the least RAM of all. */
#define BELOW_PART 16u

static uint64_t whole_steps(uint64_t bytes)
{
    return bytes / ADVICE_STEP_BYTES * ADVICE_STEP_BYTES;
}

struct sweep_range advice_choose_range(const struct trace *trace,
                                       const struct strategy *const strategies[], uint32_t count)
{
    const struct sweep_range wide = {PC_RAM_MIN, ram_choose(trace->header.peak_live_bytes),
                                     ADVICE_STEP_BYTES, 2};
    const struct search_jobs jobs = {.trace = trace, .strategies = strategies, .range = &wide};
    struct search_result results[COMPARE_MAX];
    struct sweep_range range = {wide.to_bytes, 0, ADVICE_STEP_BYTES, ADVICE_POINTS_MAX};

    search_all(&jobs, results, count);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t least = results[i].least_ram_bytes;
        if (least == 0)
            continue;
        range.from_bytes = least < range.from_bytes ? least : range.from_bytes;
        range.to_bytes = least > range.to_bytes ? least : range.to_bytes;
    }
    if (range.to_bytes == 0)
        range.to_bytes = wide.to_bytes;
    uint64_t below = whole_steps(range.from_bytes / BELOW_PART) + ADVICE_STEP_BYTES;
    range.from_bytes =
        range.from_bytes >= PC_RAM_MIN + below ? range.from_bytes - below : PC_RAM_MIN;
    (void)sweep_range_settle(&range);
    return range;
}

/* ---- the points ---- */

static void point_run(const void *context, uint32_t i, void *result)
{
    const struct advice *advice = context;
    struct memmap map;

    ram_map(&map, advice->ram_bytes[i % advice->points]);
    finding_run_grouped(result, advice->trace, advice->results[i / advice->points].strategy, &map);
}

static void run_points(struct advice *advice)
{
    const struct workers workers = {.context = advice,
                                    .results = advice->results[0].points,
                                    .result_bytes = sizeof(struct grouped_outcome),
                                    .run_job = point_run,
                                    .lost = finding_run_lost};

    workers_run(&workers, advice->count * advice->points);
}

static void take_points(struct advice *advice, struct advice_result *result)
{
    const struct run_outcome *last = &result->points[advice->points - 1u].outcome;

    result->has_result = true;
    for (uint32_t point = 0; point < advice->points; point++) {
        const struct run_outcome *outcome = &result->points[point].outcome;
        const struct finding_run run = {.strategy = result->strategy, .outcome = outcome};
        result->has_result &= outcome->status == RUN_DONE || outcome->no_room;
        if (finding_requests(&run) > advice->requests)
            advice->requests = finding_requests(&run);
    }
    result->metadata_bytes = last->status == RUN_DONE ? last->result.metadata_bytes : UINT64_MAX;
}

/* ---- all of it ---- */

void advice_run(struct advice *advice, struct trace *trace,
                const struct strategy *const strategies[], uint32_t count,
                const struct sweep_range *range)
{
    const struct search_jobs jobs = {.trace = trace, .strategies = strategies, .range = range};
    struct search_result found[COMPARE_MAX];
    struct timing timings[COMPARE_MAX];
    struct grouped_outcome *points = memory_zeroed((size_t)count * range->points, sizeof points[0]);
    struct memmap map;

    *advice =
        (struct advice){.trace = trace, .range = *range, .points = range->points, .count = count};
    for (uint32_t i = 0; i < range->points; i++)
        advice->ram_bytes[i] = sweep_range_bytes(range, sweep_range_point(range, i));
    for (uint32_t i = 0; i < count; i++)
        advice->results[i] = (struct advice_result){.strategy = strategies[i],
                                                    .points = points + (size_t)i * range->points};
    run_points(advice);
    search_all(&jobs, found, count);
    ram_map(&map, advice->ram_bytes[advice->points - 1u]);
    timing_run(timings, trace, strategies, count, &map, NULL);
    for (uint32_t i = 0; i < count; i++) {
        take_points(advice, &advice->results[i]);
        advice->results[i].least_known = found[i].known;
        advice->results[i].least_ram_bytes = found[i].least_ram_bytes;
        advice->results[i].timing = timings[i];
    }
}

void advice_free(struct advice *advice)
{
    free(advice->results[0].points);
}
