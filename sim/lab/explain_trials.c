/* Would a change have let the request pass? It is replayed. */
#include <stdio.h>

#include "lab/experiment.h"
#include "lab/explain_parts.h"
#include "lab/workers.h"
#include "replay/culprit.h"
#include "replay/slots.h"

/* ---- up to the event ---- */

bool explain_replay_to(struct replay *replay, const struct trace *trace, uint64_t event,
                       struct event *at)
{
    struct trace_reader reader;
    bool sound;

    trace_read(trace, &reader);
    do
        sound = trace_reader_next(&reader, at) == TRACE_EVENT;
    while (sound && reader.events != event && (sound = replay_event(replay, at)));
    trace_read_end(trace, &reader);
    return sound;
}

void explain_free(struct replay *replay, uint32_t owner)
{
    struct event event = {.kind = EVENT_EXIT, .slot = owner & ~FREED_PROCESS};

    if ((owner & FREED_PROCESS) == 0)
        switch (slot_kind(&replay->slots[owner])) {
        case EVENT_PAGES:
            event.kind = EVENT_FREE_PAGES;
            break;
        case EVENT_VMALLOC:
            event.kind = EVENT_VFREE;
            break;
        default:
            event.kind = EVENT_KFREE;
            break;
        }
    replay_event(replay, &event);
}

/* ---- a trial ---- */

struct trials {
    const struct trace *trace;
    uint64_t event;
    const struct explain_change *changes;
};

struct trying {
    const struct trials *trials;
    const struct explain_change *change;
    struct explain_trial *trial;
};

static void note_failure(void *context, const struct replay_failure *failure)
{
    struct trying *trying = context;

    trying->trial->end = TRIAL_FAILED;
    trying->trial->cause = failure->cause;
}

static void try_event(void *context, struct replay *replay)
{
    struct trying *trying = context;
    const struct explain_freeing *freeing = trying->change->freeing;
    struct event at;

    trying->trial->end = TRIAL_LOST;
    if (!explain_replay_to(replay, trying->trials->trace, trying->trials->event, &at))
        return;
    for (uint32_t i = 0; freeing != NULL && i < freeing->count; i++)
        explain_free(replay, freeing->owner[i]);
    uint64_t skipped = replay->result.process_events_skipped;
    replay->on_failure = note_failure;
    replay->context = trying;
    trying->trial->end = TRIAL_PASSED;
    replay_event(replay, &at);
    if (replay->result.process_events_skipped != skipped)
        trying->trial->end = TRIAL_SKIPPED;
}

static void run(const void *context, uint32_t i, void *result)
{
    const struct trials *trials = context;
    const struct explain_change *change = &trials->changes[i];
    const struct experiment_setup setup = {trials->trace, change->strategy, change->map, NULL};
    struct trying trying = {trials, change, result};

    *trying.trial = (struct explain_trial){.end = TRIAL_LOST};
    if (!experiment_with_replay(&setup, try_event, &trying, trying.trial->reason, NULL))
        trying.trial->end = TRIAL_LOST;
}

static void lost(void *result, const char *reason)
{
    struct explain_trial *trial = result;

    trial->end = TRIAL_LOST;
    snprintf(trial->reason, sizeof trial->reason, "%s", reason);
}

void explain_try(const struct trace *trace, uint64_t event, const struct explain_change changes[],
                 struct explain_trial trials[], uint32_t count,
                 void (*finished)(uint32_t done, uint32_t count))
{
    const struct trials all = {trace, event, changes};
    const struct workers workers = {.context = &all,
                                    .results = trials,
                                    .result_bytes = sizeof trials[0],
                                    .run = run,
                                    .lost = lost,
                                    .finished = finished};

    workers_run(&workers, count);
}
