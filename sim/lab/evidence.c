#include "lab/evidence.h"

#include <mm/strategy.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lab/sweep.h"
#include "machine/pc_memmap.h"
#include "trace/memory.h"
#include "trace/temporary_file.h"

/* ---- remedies ---- */

static bool explained(const struct evidence_run *run, enum mm_cause cause)
{
    for (uint32_t i = 0; i < run->remedies_count; i++)
        if (run->remedies[i].group->first.cause == cause)
            return true;
    return false;
}

static void explain_group(struct evidence *evidence, uint32_t i, const struct failure_group *group)
{
    const struct finding_request *request = &evidence->request;
    const struct explain_request explain = {.trace = request->trace,
                                            .strategy = request->strategies[i],
                                            .map = request->map,
                                            .ram_bytes = request->ram_bytes,
                                            .memmap_given = request->memmap_given,
                                            .failure = group->first_number,
                                            .finished = request->finished};
    struct evidence_run *run = &evidence->run[i];
    struct explanation *explanation = memory_zeroed(1, sizeof *explanation);

    explain_run(explanation, &explain);
    run->remedies[run->remedies_count++] = (struct evidence_remedies){group, explanation};
    if (group->first_number == finding_explains(&evidence->runs.runs[i]))
        evidence->runs.runs[i].explanation = explanation;
}

/* The groups are in the order of their first failures. */
static void explain_causes(struct evidence *evidence, uint32_t i)
{
    const struct failure_groups *groups = evidence->runs.runs[i].groups;

    if (!finding_has_result(&evidence->runs.runs[i]))
        return;
    for (uint32_t k = 0; k < groups->count; k++)
        if (!explained(&evidence->run[i], groups->group[k].first.cause))
            explain_group(evidence, i, &groups->group[k]);
}

/* ---- the least RAM ---- */

/* The least RAM is searched up to the size that mmsim would choose, or to the size of this run. */
static void search_least(struct evidence *evidence)
{
    const struct finding_request *request = &evidence->request;
    uint64_t chosen = ram_choose(request->trace->header.peak_live_bytes);
    uint64_t most = request->ram_bytes > chosen ? request->ram_bytes : chosen;
    struct sweep_request sweep = {.traces = request->trace,
                                  .trace_count = 1,
                                  .strategies = request->strategies,
                                  .strategy_count = request->count,
                                  .range = {PC_RAM_MIN, most, UINT64_C(1) << 20, 2}};
    struct sim_error error;

    if (sweep_range_settle(&sweep.range) == NULL)
        (void)sweep_run(&sweep, &evidence->least, &error);
}

void evidence_take_sweep(struct evidence *evidence, const struct sweep_results *results,
                         const char *trace_name)
{
    for (uint32_t i = 0; i < evidence->request.count; i++)
        evidence->runs.runs[i].sweep =
            sweep_results_find(results, trace_name, evidence->request.strategies[i]->name);
}

/* ---- all of it but the histories ---- */

void evidence_gather(struct evidence *evidence, const struct evidence_request *request)
{
    *evidence = (struct evidence){.request = request->runs};
    finding_runs_replay(&evidence->runs, &request->runs);
    if (request->quick)
        return;
    for (uint32_t i = 0; i < request->runs.count; i++)
        explain_causes(evidence, i);
    if (request->runs.memmap_given || request->least_known)
        return;
    search_least(evidence);
    evidence_take_sweep(evidence, &evidence->least, request->runs.trace->name);
}

/* ---- histories ---- */

static void forget_histories(struct evidence *evidence)
{
    for (uint32_t i = 0; i < evidence->request.count; i++) {
        if (evidence->run[i].has_history)
            history_free(&evidence->run[i].history);
        evidence->run[i].has_history = false;
    }
    history_moments_free(&evidence->moments);
}

static void choose_moments(struct evidence *evidence, uint32_t even)
{
    struct failure_groups *groups[COMPARE_MAX] = {NULL};

    for (uint32_t i = 0; i < evidence->request.count; i++)
        if (finding_has_result(&evidence->runs.runs[i]))
            groups[i] = &evidence->runs.outcomes[i].groups;
    history_moments_choose(&evidence->moments, evidence->request.trace->header.events, even, groups,
                           evidence->request.count);
}

/* A run without a history has no result: its figures could not be held against a picture. */
static void lose_result(struct evidence *evidence, uint32_t i, const char *reason)
{
    struct run_outcome *outcome = &evidence->runs.outcomes[i].outcome;

    *outcome = (struct run_outcome){.status = RUN_FAILED};
    snprintf(outcome->reason, sizeof outcome->reason, "%s", reason);
}

static void take_history(struct evidence *evidence, uint32_t i, FILE *file,
                         const struct history_outcome *outcome)
{
    struct evidence_run *run = &evidence->run[i];

    if (outcome->status != RUN_DONE)
        lose_result(evidence, i, outcome->reason);
    else if (history_read(&run->history, file))
        run->has_history = true;
    else
        lose_result(evidence, i, strerror(errno));
}

/* The strategies that have a result, and the files that their histories are written to. */
struct recordings {
    struct history_request request[COMPARE_MAX];
    struct history_outcome outcome[COMPARE_MAX];
    uint32_t run[COMPARE_MAX];
    uint32_t count;
};

static bool open_recordings(struct recordings *recordings, const struct evidence *evidence,
                            enum history_owners owners, struct sim_error *error)
{
    for (uint32_t i = 0; i < evidence->request.count; i++) {
        if (!finding_has_result(&evidence->runs.runs[i]))
            continue;
        FILE *file = spool_open_file(error);
        if (file == NULL)
            return false;
        recordings->run[recordings->count] = i;
        recordings->request[recordings->count++] =
            (struct history_request){.trace = evidence->request.trace,
                                     .strategy = evidence->request.strategies[i],
                                     .map = evidence->request.map,
                                     .moments = &evidence->moments,
                                     .owners = owners,
                                     .file = file};
    }
    return true;
}

bool evidence_record(struct evidence *evidence, uint32_t even, enum history_owners owners,
                     struct sim_error *error)
{
    static struct recordings recordings;

    recordings.count = 0;
    evidence->owners = owners;
    forget_histories(evidence);
    choose_moments(evidence, even);
    bool opened = open_recordings(&recordings, evidence, owners, error);
    if (opened)
        history_record_all(recordings.outcome, recordings.request, recordings.count);
    for (uint32_t k = 0; k < recordings.count; k++) {
        if (opened)
            take_history(evidence, recordings.run[k], recordings.request[k].file,
                         &recordings.outcome[k]);
        fclose(recordings.request[k].file);
    }
    return opened;
}

void evidence_free(struct evidence *evidence)
{
    forget_histories(evidence);
    for (uint32_t i = 0; i < evidence->request.count; i++)
        for (uint32_t k = 0; k < evidence->run[i].remedies_count; k++)
            free(evidence->run[i].remedies[k].explanation);
    sweep_results_free(&evidence->least);
    finding_runs_free(&evidence->runs);
}
