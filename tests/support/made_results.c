#include "support/made_results.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <mm/strategy.h>

#include <stdio.h>
#include <string.h>

#define MIB UINT64_C(0x100000)

static char name[] = "bench/made.mmb";
static struct made_run results[COMPARE_MAX];

struct trace made_trace = {.name = name, .header = {.events = 100000, .peak_live_bytes = 44 * MIB}};
struct finding_run made_runs[COMPARE_MAX];
struct finding_facts made = {.trace = &made_trace, .ram_bytes = 80 * MIB, .runs = made_runs};

void made_clear(void)
{
    made.count = 0;
}

static struct made_run *add(const char *strategy)
{
    struct made_run *run = &results[made.count];

    memset(run, 0, sizeof *run);
    made_runs[made.count++] = (struct finding_run){
        .strategy = mm_strategy_find(strategy), .outcome = &run->outcome, .groups = &run->groups};
    assert_non_null(made_runs[made.count - 1u].strategy);
    return run;
}

struct made_run *made_add(const char *strategy, uint64_t requests)
{
    struct made_run *run = add(strategy);

    run->outcome.status = RUN_DONE;
    run->outcome.result.requests[REQUEST_KMALLOC] = requests;
    return run;
}

void made_add_lost(const char *strategy, const char *reason)
{
    struct made_run *run = add(strategy);

    run->outcome.status = RUN_FAILED;
    snprintf(run->outcome.reason, sizeof run->outcome.reason, "%s", reason);
}

struct failure_group *made_fail(struct made_run *run, const struct made_failures *failures)
{
    struct failure_group *group = &run->groups.group[run->groups.count++];
    struct replay_result *result = &run->outcome.result;

    *group = (struct failure_group){
        .first = {.event = failures->event,
                  .request = failures->request,
                  .page_class = PAGES_LOW,
                  .bytes = failures->bytes,
                  .cause = failures->cause,
                  .late = failures->late,
                  .free_bytes = failures->free_bytes,
                  .blocker = {.frame = PFN_NONE},
                  .process = failures->request >= REQUEST_TOUCH ? 7 : 0},
        .first_number = run->groups.failures + 1u,
        .count = failures->count,
        .last_event = failures->event + failures->count,
        .bytes_least = failures->bytes,
        .bytes_most = failures->bytes,
        .full = failures->full,
    };
    run->groups.failures += failures->count;
    result->failures[REQUEST_KMALLOC] += failures->count;
    result->failures_by_cause[failures->cause] += failures->count;
    result->late_failures += failures->late ? failures->count : 0;
    if (result->first_by_cause[failures->cause].event == 0)
        result->first_by_cause[failures->cause] = group->first;
    return group;
}

void made_explain(struct made_run *run, uint32_t count, uint64_t more_bytes,
                  const char *const strategies[])
{
    struct explanation *explanation = &run->explanation;

    explanation->status = RUN_DONE;
    explanation->snapshot.failures = run->groups.failures;
    explanation->snapshot.failure = run->groups.group[0].first;
    explanation->freeing = (struct explain_freeing){
        .count = count, .frames = count, .enough = count != 0, .trial = {.end = TRIAL_PASSED}};
    explanation->ram = (struct explain_ram){.tried = true,
                                            .found = more_bytes != 0,
                                            .least_bytes = made.ram_bytes + more_bytes,
                                            .most_bytes = 3500 * MIB};
    for (uint32_t i = 0; strategies[i] != NULL; i++) {
        explanation->other[i] = mm_strategy_find(strategies[i]);
        explanation->other_trial[i].end = TRIAL_PASSED;
        explanation->other_count = i + 1u;
    }
    made_runs[run - results].explanation = explanation;
}

void made_least(struct made_run *run, uint64_t bytes)
{
    run->sweep = (struct sweep_result){
        .least_known = true, .least_ram_bytes = bytes, .range = {64 * MIB, 128 * MIB, MIB, 2}};
    made_runs[run - results].sweep = &run->sweep;
}
