#include "lab/sweep_job.h"

#include <mm/strategy.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lab/experiment.h"
#include "lab/fingerprint.h"

/* ---- the events of a job ---- */

struct events {
    const struct event_table *table; /* NULL: they come from the reader */
    uint64_t next;
    struct trace_reader reader;
};

static void events_begin(struct events *events, const struct sweep_job *job)
{
    *events = (struct events){.table = job->events};
    if (events->table == NULL)
        trace_read(job->trace, &events->reader);
}

static void events_end(struct events *events, const struct sweep_job *job)
{
    if (events->table == NULL)
        trace_read_end(job->trace, &events->reader);
}

static inline enum trace_status events_next(struct events *events, struct event *event)
{
    if (events->table == NULL)
        return trace_reader_next(&events->reader, event);
    if (events->next == events->table->count)
        return TRACE_END;
    event_table_get(events->table, events->next++, event);
    return TRACE_EVENT;
}

/* ---- a machine without room ---- */

static const char *count_request(void *context, const struct event *event)
{
    uint64_t *requests = context;
    enum event_kind kind = (enum event_kind)event->kind;

    *requests += kind != EVENT_KFREE && kind != EVENT_FREE_PAGES && kind != EVENT_VFREE &&
                 kind != EVENT_EXIT && kind != EVENT_MARK;
    return NULL;
}

static void count_requests(const struct event_table *table, uint64_t *requests)
{
    struct event event;

    for (uint64_t i = 0; i < table->count; i++) {
        event_table_get(table, i, &event);
        (void)count_request(requests, &event);
    }
}

static void run_without_room(const struct sweep_job *job, struct sweep_outcome *outcome)
{
    struct sim_error error;

    if (job->events != NULL) {
        count_requests(job->events, &outcome->requests);
    } else if (!trace_walk(job->trace, count_request, &outcome->requests, &error)) {
        outcome->status = RUN_BAD_TRACE;
        snprintf(outcome->reason, sizeof outcome->reason, "%s", error.text);
    }
    outcome->failed = outcome->requests;
}

/* ---- a replay of the whole trace, or up to its first failure ---- */

struct running {
    const struct sweep_job *job;
    struct sweep_outcome *outcome;
    bool failed; /* a request has failed */
};

static void note_failure(void *context, const struct replay_failure *failure)
{
    struct running *running = context;

    (void)failure;
    running->failed = true;
}

/* Replay until a trial has its answer. Returns false if the trace makes no sense where `events`
 * stands. */
static bool replay_events(const struct running *running, struct replay *replay,
                          struct events *events)
{
    const bool whole = running->job->kind == SWEEP_POINT;
    enum trace_status status = TRACE_EVENT;
    struct event event;

    while ((whole || !running->failed) && (status = events_next(events, &event)) == TRACE_EVENT)
        if (!replay_event(replay, &event))
            return false;
    return status != TRACE_ERROR;
}

static void take_point(struct sweep_outcome *outcome, struct replay *replay)
{
    replay_finish(replay);
    for (uint32_t i = 0; i < REQUEST_COUNT; i++) {
        outcome->requests += replay->result.requests[i];
        outcome->failed += replay->result.failures[i];
    }
    outcome->digest = replay->result.digest;
    outcome->has_digest = true;
}

/* Take the result, and run the checkers before anyone trusts it. */
static void take_result(const struct running *running, struct replay *replay)
{
    struct sweep_outcome *outcome = running->outcome;
    const char *broken;

    if (running->job->kind == SWEEP_POINT) {
        take_point(outcome, replay);
        broken = experiment_check(replay);
    } else {
        outcome->failed = running->failed;
        broken = mm_check(replay->mm);
    }
    if (broken == NULL)
        return;
    *outcome = (struct sweep_outcome){.status = RUN_FAILED};
    snprintf(outcome->reason, sizeof outcome->reason, "rule broken: %s", broken);
}

static void run(void *context, struct replay *replay)
{
    struct running *running = context;
    struct sweep_outcome *outcome = running->outcome;
    const struct sweep_job *job = running->job;
    struct events events;
    struct sim_error error;

    replay->on_failure = note_failure;
    replay->context = running;
    events_begin(&events, job);
    if (replay_events(running, replay, &events)) {
        take_result(running, replay);
    } else {
        outcome->status = RUN_BAD_TRACE;
        trace_event_error(job->trace, &events.reader, replay->result.events + 1u, replay->error,
                          &error);
        snprintf(outcome->reason, sizeof outcome->reason, "%s", error.text);
    }
    events_end(&events, job);
}

void sweep_job_run(const struct sweep_job *job, struct sweep_outcome *outcome)
{
    struct running running = {job, outcome, false};
    struct memmap map;
    bool no_room;

    *outcome = (struct sweep_outcome){.status = RUN_DONE};
    ram_map(&map, job->ram_bytes);
    const struct machine_options options = {.keeps_memory = true};
    const struct experiment_setup setup = {job->trace, job->strategy, &map, &options};
    if (experiment_with_replay(&setup, run, &running, outcome->reason, &no_room))
        return;
    if (!no_room)
        outcome->status = RUN_FAILED;
    else if (job->kind == SWEEP_TRIAL)
        outcome->failed = 1;
    else
        run_without_room(job, outcome);
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
