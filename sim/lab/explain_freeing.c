/* Whom to free before a request so that it passes: at the event, one after the other. */
#include <string.h>

#include "lab/experiment.h"
#include "lab/explain_parts.h"
#include "lab/workers.h"
#include "replay/culprit.h"
#include "replay/slots.h"

struct searching {
    const struct explain_request *request;
    uint64_t event;
    struct explain_freeing *freeing;
    struct replay *replay;
    bool failed; /* the last attempt */
    bool late;
};

static void note_culprit(void *context, const struct replay_failure *failure)
{
    struct searching *searching = context;

    searching->failed = true;
    searching->late = failure->late;
    searching->freeing->last = culprit_of(searching->replay, failure);
}

/* Play the event once more, as if it had not failed before. */
static void attempt(struct searching *searching, const struct event *at)
{
    struct replay *replay = searching->replay;
    bool block = at->kind <= EVENT_VFREE;
    struct replay_slot slot = {0};
    struct replay_process process = {0};

    if (block)
        slot = replay->slots[at->slot];
    else
        process = replay->processes[at->slot];
    searching->failed = false;
    replay_event(replay, at);
    if (!searching->failed)
        return;
    if (block)
        replay->slots[at->slot] = slot;
    else
        replay->processes[at->slot] = process;
}

/* Is it the very block that is to be resized, or the process that asks? */
static bool is_own(const struct replay_culprit *culprit, const struct event *at)
{
    bool of_process = culprit->process != 0;

    return culprit->slot == at->slot &&
           (of_process ? at->kind > EVENT_VFREE : at->kind == EVENT_KREALLOC);
}

/* A block whose resizing came to grief at the touch is gone: there is no second attempt. */
static bool can_repeat(const struct searching *searching, const struct event *at)
{
    return !(searching->late && at->kind == EVENT_KREALLOC);
}

static void search(void *context, struct replay *replay)
{
    struct searching *searching = context;
    struct explain_freeing *freeing = searching->freeing;
    const struct replay_culprit *last = &freeing->last;
    struct event at;

    searching->replay = replay;
    if (!explain_replay_to(replay, searching->request->trace, searching->event, &at))
        return;
    replay->on_failure = note_culprit;
    replay->context = searching;
    attempt(searching, &at);
    while (searching->failed) {
        freeing->own = last->owned && is_own(last, &at);
        if (!last->owned || freeing->own || freeing->count == EXPLAIN_FREED_MAX)
            return;
        freeing->owner[freeing->count++] = last->slot | (last->process != 0 ? FREED_PROCESS : 0);
        if (!can_repeat(searching, &at))
            break;
        explain_free(replay, freeing->owner[freeing->count - 1u]);
        attempt(searching, &at);
    }
    freeing->enough = true;
}

static void nobody(struct explain_freeing *freeing)
{
    memset(freeing, 0, sizeof *freeing); /* all of it is sent */
    freeing->last.frame = PFN_NONE;
}

struct job {
    const struct explain_request *request;
    uint64_t event;
};

static void run(const void *context, uint32_t i, void *result)
{
    const struct job *job = context;
    const struct experiment_setup setup = {job->request->trace, job->request->strategy,
                                           job->request->map, NULL};
    struct searching searching = {.request = job->request, .event = job->event, .freeing = result};
    char reason[RUN_REASON_BYTES];

    (void)i;
    nobody(result);
    if (!experiment_with_replay(&setup, search, &searching, reason, NULL))
        searching.freeing->enough = false;
}

/* What can't be looked into helps nobody. */
static void lost(void *result, const char *reason)
{
    (void)reason;
    nobody(result);
}

void explain_find_freeing(const struct explain_request *request, uint64_t event,
                          struct explain_freeing *freeing)
{
    const struct job job = {request, event};
    const struct explain_change change = {request->strategy, request->map, freeing};
    const struct workers workers = {.context = &job,
                                    .results = freeing,
                                    .result_bytes = sizeof *freeing,
                                    .run = run,
                                    .lost = lost,
                                    .finished = request->finished};

    workers_run(&workers, 1);
    if (freeing->enough)
        explain_try(request->trace, event, &change, &freeing->trial, 1, request->finished);
}
