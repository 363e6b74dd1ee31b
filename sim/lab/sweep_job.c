#include "lab/sweep_job.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lab/ram.h"
#include "lab/stage.h"

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

static void bad_trace(struct sweep_outcome *outcome, const struct trace *trace, size_t offset,
                      const char *reason)
{
    outcome->status = RUN_BAD_TRACE;
    snprintf(outcome->reason, sizeof outcome->reason, "%s: offset %zu: %s", trace->name, offset,
             reason);
}

static void try(void *context, struct replay *replay)
{
    struct trying *trying = context;
    struct sweep_outcome *outcome = trying->outcome;
    enum trace_status status = TRACE_END;
    struct trace_reader reader;
    struct event event;

    trace_read(trying->trace, &reader);
    replay->on_failure = note_failure;
    replay->context = trying;
    while (outcome->failed == 0 && (status = trace_reader_next(&reader, &event)) == TRACE_EVENT)
        if (!replay_event(replay, &event)) {
            bad_trace(outcome, trying->trace, (size_t)(reader.cursor - reader.data), replay->error);
            return;
        }
    if (status == TRACE_ERROR) {
        bad_trace(outcome, trying->trace, reader.error_offset, reader.error);
        return;
    }
    const char *broken = mm_check(replay->mm);
    if (broken != NULL) {
        outcome->status = RUN_FAILED;
        snprintf(outcome->reason, sizeof outcome->reason, "rule broken: %s", broken);
    }
}

static void run_trial(const struct sweep_job *job, const struct memmap *map,
                      struct sweep_outcome *outcome)
{
    const struct stage stage = {job->trace, job->strategy, map, NULL};
    struct trying trying = {job->trace, outcome};
    bool no_room;

    if (stage_play(&stage, try, &trying, outcome->reason, &no_room))
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

/*
 * The checksum of the header, which has the number of events and the peak, and that of all blocks'
 * checksums, which ends the file. The same for every form that the trace comes in.
 */
static void put_content(char text[SWEEP_HEX_BYTES], const struct trace *trace)
{
    uint32_t end = 0;

    for (size_t i = 0; i < sizeof end; i++)
        end |= (uint32_t)trace->data[trace->bytes - sizeof end + i] << 8u * i;
    snprintf(text, SWEEP_HEX_BYTES, "%08" PRIx32 "%08" PRIx32, trace->header.crc, end);
}

struct sweep_line sweep_line_of(enum sweep_kind kind, const struct trace *trace,
                                const struct strategy *strategy)
{
    struct sweep_line line = {.kind = kind, .trace = trace->name, .strategy = strategy->name};

    put_content(line.content, trace);
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
