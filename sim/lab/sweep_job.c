#include "lab/sweep_job.h"

#include <mm/strategy.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lab/experiment.h"
#include "lab/fingerprint.h"

/* ---- a whole replay ---- */

static const char *count_request(void *context, const struct event *event)
{
    uint64_t *requests = context;
    enum event_kind kind = (enum event_kind)event->kind;

    *requests += kind != EVENT_KFREE && kind != EVENT_FREE_PAGES && kind != EVENT_VFREE &&
                 kind != EVENT_EXIT && kind != EVENT_MARK;
    return NULL;
}

static void run_without_room(const struct sweep_job *job, struct sweep_outcome *outcome)
{
    struct sim_error error;

    if (!trace_walk(job->trace, count_request, &outcome->requests, &error)) {
        outcome->status = RUN_BAD_TRACE;
        snprintf(outcome->reason, sizeof outcome->reason, "%s", error.text);
    }
    outcome->failed = outcome->requests;
}

static void run_point(const struct sweep_job *job, const struct memmap *map,
                      struct sweep_outcome *outcome)
{
    struct run_outcome run;

    experiment_run(&run, job->trace, job->strategy, map, NULL);
    if (run.no_room) {
        run_without_room(job, outcome);
        return;
    }
    outcome->status = run.status;
    strcpy(outcome->reason, run.reason);
    for (uint32_t i = 0; run.status == RUN_DONE && i < REQUEST_COUNT; i++) {
        outcome->requests += run.result.requests[i];
        outcome->failed += run.result.failures[i];
    }
    outcome->digest = run.result.digest;
    outcome->has_digest = true;
}

/* ---- a replay up to its first failure ---- */

struct trying {
    const struct trace *trace;
    struct sweep_outcome *outcome;
};

static void note_failure(void *context, const struct replay_failure *failure)
{
    struct trying *trying = context;

    (void)failure;
    trying->outcome->failed = 1;
}

/* Returns false if the trace makes no sense at the place of the reader. */
static bool replay_to_failure(struct replay *replay, struct trace_reader *reader,
                              const struct sweep_outcome *outcome)
{
    enum trace_status status = TRACE_EVENT;
    struct event event;

    while (outcome->failed == 0 && (status = trace_reader_next(reader, &event)) == TRACE_EVENT)
        if (!replay_event(replay, &event))
            return false;
    return status != TRACE_ERROR;
}

static void try(void *context, struct replay *replay)
{
    struct trying *trying = context;
    struct sweep_outcome *outcome = trying->outcome;
    struct trace_reader reader;
    struct sim_error error;

    replay->on_failure = note_failure;
    replay->context = trying;
    trace_read(trying->trace, &reader);
    if (!replay_to_failure(replay, &reader, outcome)) {
        outcome->status = RUN_BAD_TRACE;
        trace_event_error(trying->trace, &reader, replay->result.events + 1u, replay->error,
                          &error);
        snprintf(outcome->reason, sizeof outcome->reason, "%s", error.text);
    }
    trace_read_end(trying->trace, &reader);
    const char *broken = mm_check(replay->mm);
    if (broken != NULL) {
        outcome->status = RUN_FAILED;
        snprintf(outcome->reason, sizeof outcome->reason, "rule broken: %s", broken);
    }
}

static void run_trial(const struct sweep_job *job, const struct memmap *map,
                      struct sweep_outcome *outcome)
{
    const struct experiment_setup setup = {job->trace, job->strategy, map, NULL};
    struct trying trying = {job->trace, outcome};
    bool no_room;

    if (experiment_with_replay(&setup, try, &trying, outcome->reason, &no_room))
        return;
    outcome->status = no_room ? RUN_DONE : RUN_FAILED;
    outcome->failed = 1;
}

/* ---- both ---- */

void sweep_job_run(const struct sweep_job *job, struct sweep_outcome *outcome)
{
    struct memmap map;

    *outcome = (struct sweep_outcome){.status = RUN_DONE};
    ram_map(&map, job->ram_bytes);
    if (job->kind == SWEEP_POINT)
        run_point(job, &map, outcome);
    else
        run_trial(job, &map, outcome);
}

struct sweep_line sweep_line_of(enum sweep_kind kind, const struct trace *trace,
                                const struct strategy *strategy)
{
    struct sweep_line line = {.kind = kind, .trace = trace->name, .strategy = strategy->name};

    snprintf(line.content, sizeof line.content, "%016" PRIx64, trace_content(trace));
    strcpy(line.sources, fingerprint);
    return line;
}

struct sweep_line sweep_job_line(const struct sweep_job *job, const struct sweep_outcome *outcome)
{
    struct sweep_line line = sweep_line_of(job->kind, job->trace, job->strategy);

    line.ram_bytes = job->ram_bytes;
    line.requests = outcome->requests;
    line.failed = outcome->failed;
    if (outcome->has_digest)
        snprintf(line.digest, sizeof line.digest, "%016" PRIx64, outcome->digest);
    return line;
}
