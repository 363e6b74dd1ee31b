#include "support/made_advice.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <mm/strategy.h>

#include <string.h>

#include "support/made_results.h"

#define MIB      UINT64_C(0x100000)
#define REQUESTS 100000u
#define MADE_MAX 8u

static struct advice advice;
static struct grouped_outcome points[MADE_MAX][MADE_POINTS];

static void make_point(struct grouped_outcome *point, const struct made_strategy *of, uint32_t i)
{
    struct replay_result *result = &point->outcome.result;

    memset(point, 0, sizeof *point);
    if (of->failed[i] == UINT64_MAX) {
        point->outcome.status = RUN_FAILED;
        point->outcome.no_room = true;
        return;
    }
    result->requests[REQUEST_KMALLOC] = REQUESTS;
    result->failures[REQUEST_KMALLOC] = of->failed[i];
    result->failures_by_cause[MM_NO_FRAMES] = of->failed[i];
    result->first_by_cause[MM_NO_FRAMES].event = of->failed[i] != 0 ? 5 : 0;
    result->late_failures = i == 0 ? of->late : 0;
    result->metadata_bytes = of->metadata_kib << 10;
    if (of->failed[i] == 0)
        return;
    point->groups.failures = of->failed[i];
    point->groups.count = 1;
    point->groups.group[0] = (struct failure_group){
        .first = {.event = 5, .cause = MM_NO_FRAMES, .bytes = 8, .blocker = {.frame = PFN_NONE}},
        .first_number = 1,
        .count = of->failed[i],
        .full = 1};
}

struct advice *made_advice(const struct made_strategy strategies[], uint32_t count)
{
    advice = (struct advice){.trace = &made_trace,
                             .range = {64 * MIB, 80 * MIB, MIB, MADE_POINTS},
                             .ram_bytes = {64 * MIB, 72 * MIB, 80 * MIB},
                             .points = MADE_POINTS,
                             .requests = REQUESTS,
                             .count = count};
    assert_true(count <= MADE_MAX);
    for (uint32_t i = 0; i < count; i++) {
        const struct made_strategy *of = &strategies[i];
        for (uint32_t point = 0; point < MADE_POINTS; point++)
            make_point(&points[i][point], of, point);
        advice.results[i] = (struct advice_result){
            .strategy = mm_strategy_find(of->strategy),
            .points = points[i],
            .has_result = true,
            .least_known = true,
            .least_ram_bytes = of->least_mib * MIB,
            .metadata_bytes =
                of->failed[MADE_POINTS - 1u] != UINT64_MAX ? of->metadata_kib << 10 : UINT64_MAX,
            .timing = {.rounds = of->median_ns != 0 ? TIMING_ROUNDS : 0,
                       .median_ns = of->median_ns,
                       .spread_ns = of->spread_ns}};
        assert_non_null(advice.results[i].strategy);
    }
    return &advice;
}

void made_advice_lose(struct advice *of, uint32_t result)
{
    of->results[result].has_result = false;
    of->results[result].points[0].outcome.status = RUN_FAILED;
    strcpy(of->results[result].points[0].outcome.reason, "panic: made");
}
