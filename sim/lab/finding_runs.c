#include "lab/finding_runs.h"

#include <stdio.h>
#include <stdlib.h>

#include "lab/workers.h"
#include "trace/memory.h"

/* ---- one run, in its process ---- */

struct grouping {
    struct failure_collector collector;
    struct failure_groups *groups;
};

static void take_failure(void *context, const struct replay_failure *failure)
{
    struct grouping *grouping = context;

    (void)failure_collector_take(&grouping->collector, failure);
}

static void begin(void *context, struct replay *replay)
{
    struct grouping *grouping = context;

    failure_collector_begin(&grouping->collector, grouping->groups, replay);
    replay->on_failure = take_failure;
    replay->context = grouping;
}

void finding_run_grouped(struct grouped_outcome *grouped, const struct trace *trace,
                         const struct strategy *strategy, const struct memmap *map)
{
    struct grouping grouping = {.groups = &grouped->groups};
    const struct experiment_watch watch = {.begin = begin, .context = &grouping};

    experiment_run_watched(&grouped->outcome, trace, strategy, map, NULL, &watch);
    failure_groups_finish(&grouped->groups);
}

void finding_run_lost(void *result, const char *reason)
{
    struct grouped_outcome *grouped = result;

    grouped->outcome = (struct run_outcome){.status = RUN_FAILED};
    snprintf(grouped->outcome.reason, sizeof grouped->outcome.reason, "%s", reason);
}

/* ---- all of them ---- */

static void run_one(const void *context, uint32_t i, void *result)
{
    const struct finding_request *request = context;

    finding_run_grouped(result, request->trace, request->strategies[i], request->map);
}

static void explain_subject(struct finding_runs *runs, const struct finding_request *request)
{
    struct finding_run *subject = &runs->runs[finding_of(&runs->facts).subject];
    const struct explain_request explain = {.trace = request->trace,
                                            .strategy = subject->strategy,
                                            .map = request->map,
                                            .ram_bytes = request->ram_bytes,
                                            .memmap_given = request->memmap_given,
                                            .failure = finding_explains(subject),
                                            .finished = request->finished};

    if (explain.failure == 0)
        return;
    runs->explanation = memory_zeroed(1, sizeof *runs->explanation);
    explain_run(runs->explanation, &explain);
    subject->explanation = runs->explanation;
}

void finding_runs_replay(struct finding_runs *runs, const struct finding_request *request)
{
    *runs =
        (struct finding_runs){.outcomes = memory_zeroed(request->count, sizeof runs->outcomes[0])};
    const struct workers workers = {.context = request,
                                    .results = runs->outcomes,
                                    .result_bytes = sizeof runs->outcomes[0],
                                    .run_job = run_one,
                                    .lost = finding_run_lost,
                                    .finished = request->finished};

    workers_run(&workers, request->count);
    for (uint32_t i = 0; i < request->count; i++)
        runs->runs[i] = (struct finding_run){.strategy = request->strategies[i],
                                             .outcome = &runs->outcomes[i].outcome,
                                             .groups = &runs->outcomes[i].groups};
    runs->facts = (struct finding_facts){.trace = request->trace,
                                         .ram_bytes = request->ram_bytes,
                                         .memmap_given = request->memmap_given,
                                         .count = request->count,
                                         .runs = runs->runs};
}

void finding_runs_make(struct finding_runs *runs, const struct finding_request *request)
{
    finding_runs_replay(runs, request);
    explain_subject(runs, request);
}

void finding_runs_free(struct finding_runs *runs)
{
    free(runs->outcomes);
    free(runs->explanation);
}
