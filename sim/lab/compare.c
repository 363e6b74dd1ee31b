#include "lab/compare.h"

#include <stdio.h>

#include "lab/workers.h"

struct jobs {
    const struct trace *trace;
    const struct strategy *const *strategies;
    const struct memmap *map;
    const struct machine_options *options;
    const struct experiment_watch *watches;
};

static void run(const void *context, uint32_t i, void *result)
{
    const struct jobs *jobs = context;

    experiment_run_watched(result, jobs->trace, jobs->strategies[i], jobs->map, jobs->options,
                           jobs->watches != NULL ? &jobs->watches[i] : NULL);
}

static void lost(void *result, const char *reason)
{
    struct run_outcome *outcome = result;

    *outcome = (struct run_outcome){.status = RUN_FAILED};
    snprintf(outcome->reason, sizeof outcome->reason, "%s", reason);
}

void compare_run(struct run_outcome outcomes[], const struct trace *trace,
                 const struct strategy *const strategies[], uint32_t count,
                 const struct memmap *map, const struct machine_options *options,
                 const struct experiment_watch watches[])
{
    const struct jobs jobs = {trace, strategies, map, options, watches};
    const struct workers workers = {.context = &jobs,
                                    .results = outcomes,
                                    .result_bytes = sizeof outcomes[0],
                                    .run = run,
                                    .lost = lost};

    workers_run(&workers, count);
}
