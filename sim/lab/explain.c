#include "lab/explain.h"

#include <stdio.h>
#include <string.h>

#include "lab/experiment.h"
#include "lab/workers.h"
#include "replay/culprit.h"
#include "replay/slots.h"

static void free_owner(struct replay *replay, uint32_t owner)
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
    if (!experiment_replay_to(replay, trying->trials->trace, trying->trials->event, &at))
        return;
    for (uint32_t i = 0; freeing != NULL && i < freeing->count; i++)
        free_owner(replay, freeing->owner[i]);
    uint64_t skipped = replay->result.process_events_skipped;
    replay->on_failure = note_failure;
    replay->context = trying;
    trying->trial->end = TRIAL_PASSED;
    replay_event(replay, &at);
    if (replay->result.process_events_skipped != skipped)
        trying->trial->end = TRIAL_SKIPPED;
}

static void run_trial(const void *context, uint32_t i, void *result)
{
    const struct trials *trials = context;
    const struct explain_change *change = &trials->changes[i];
    const struct experiment_setup setup = {trials->trace, change->strategy, change->map, NULL};
    struct trying trying = {trials, change, result};

    *trying.trial = (struct explain_trial){.end = TRIAL_LOST};
    if (!experiment_with_replay(&setup, try_event, &trying, trying.trial->reason, NULL))
        trying.trial->end = TRIAL_LOST;
}

static void lose_trial(void *result, const char *reason)
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
                                    .run_job = run_trial,
                                    .lost = lose_trial,
                                    .finished = finished};

    workers_run(&workers, count);
}

/*
 * ---- the least RAM ----
 *
 * It is found by bisection with three sizes at a time, because there are several processors.
 */

#define TRIED_MAX 5u
#define SECTIONS  4u

/* What is added to the RAM of the run; the last size tried is the most that there can be. */
static const uint64_t ladder[TRIED_MAX - 1u] = {16u << 20, 64u << 20, 256u << 20, 1u << 30};

struct sizes {
    uint64_t bytes[TRIED_MAX]; /* ascending */
    uint32_t count;
};

/* Try all sizes, which ascend. Sets *passes to the first that passes and *fails to the one before
 * it. Returns false if none passes. */
static bool try_sizes(const struct explain_request *request, uint64_t event,
                      const struct sizes *sizes, uint64_t *fails, uint64_t *passes)
{
    struct explain_change changes[TRIED_MAX];
    static struct explain_trial trials[TRIED_MAX];
    struct memmap maps[TRIED_MAX];

    for (uint32_t i = 0; i < sizes->count; i++) {
        ram_map(&maps[i], sizes->bytes[i]); /* the trial has no room if a PC cannot have so much */
        changes[i] = (struct explain_change){request->strategy, &maps[i], NULL};
    }
    explain_try(request->trace, event, changes, trials, sizes->count, request->finished);
    for (uint32_t i = 0; i < sizes->count; i++) {
        if (trials[i].end == TRIAL_PASSED) {
            *passes = sizes->bytes[i];
            return true;
        }
        *fails = sizes->bytes[i];
    }
    return false;
}

static struct sizes first_sizes(uint64_t ram_bytes, uint64_t most_bytes)
{
    struct sizes sizes = {.count = 0};

    for (uint32_t i = 0; i < TRIED_MAX - 1u; i++)
        if (ram_bytes + ladder[i] < most_bytes)
            sizes.bytes[sizes.count++] = ram_bytes + ladder[i];
    sizes.bytes[sizes.count++] = most_bytes;
    return sizes;
}

static struct sizes sizes_between(uint64_t fails, uint64_t passes)
{
    struct sizes sizes = {.count = 0};
    uint64_t steps = (passes - fails) / EXPLAIN_RAM_STEP;
    uint64_t before = 0;

    for (uint64_t i = 1; i < SECTIONS; i++) {
        uint64_t step = steps * i / SECTIONS;
        if (step != before)
            sizes.bytes[sizes.count++] = fails + step * EXPLAIN_RAM_STEP;
        before = step;
    }
    return sizes;
}

static void find_ram(const struct explain_request *request, uint64_t event, struct explain_ram *ram)
{
    uint64_t fails = request->ram_bytes;
    uint64_t passes = 0;

    *ram = (struct explain_ram){.tried = !request->memmap_given &&
                                         fails + EXPLAIN_RAM_STEP <= RAM_CHOSEN_MAX};
    if (!ram->tried)
        return;
    ram->most_bytes = fails + (RAM_CHOSEN_MAX - fails) / EXPLAIN_RAM_STEP * EXPLAIN_RAM_STEP;
    struct sizes sizes = first_sizes(fails, ram->most_bytes);
    ram->found = try_sizes(request, event, &sizes, &fails, &passes);
    while (ram->found && passes - fails > EXPLAIN_RAM_STEP) {
        sizes = sizes_between(fails, passes);
        (void)try_sizes(request, event, &sizes, &fails, &passes);
    }
    ram->least_bytes = passes;
}

/* ---- the owners that must be freed ---- */

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

/* Replay the event once more, as if it had not failed before. */
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

/* Whether the culprit is the block that is to be resized, or the process that asks. */
static bool is_own(const struct replay_culprit *culprit, const struct event *at)
{
    bool of_process = culprit->process != 0;

    return culprit->slot == at->slot &&
           (of_process ? at->kind > EVENT_VFREE : at->kind == EVENT_KREALLOC);
}

/* A realloc that failed at the touch has freed its block, so it cannot be attempted again. */
static bool can_repeat(const struct searching *searching, const struct event *at)
{
    return !(searching->late && at->kind == EVENT_KREALLOC);
}

static void search_owners(void *context, struct replay *replay)
{
    struct searching *searching = context;
    struct explain_freeing *freeing = searching->freeing;
    const struct replay_culprit *last = &freeing->last;
    struct event at;

    searching->replay = replay;
    if (!experiment_replay_to(replay, searching->request->trace, searching->event, &at))
        return;
    replay->on_failure = note_culprit;
    replay->context = searching;
    attempt(searching, &at);
    while (searching->failed) {
        freeing->own = last->owned && is_own(last, &at);
        if (!last->owned || freeing->own || freeing->count == EXPLAIN_FREED_MAX)
            return;
        freeing->frames += last->frames;
        freeing->owner[freeing->count++] = last->slot | (last->process != 0 ? FREED_PROCESS : 0);
        if (!can_repeat(searching, &at))
            break;
        free_owner(replay, freeing->owner[freeing->count - 1u]);
        attempt(searching, &at);
    }
    freeing->enough = true;
}

static void nobody(struct explain_freeing *freeing)
{
    memset(freeing, 0, sizeof *freeing); /* the padding is sent, too */
    freeing->last.frame = PFN_NONE;
}

struct search_job {
    const struct explain_request *request;
    uint64_t event;
};

static void search_in_process(const void *context, uint32_t i, void *result)
{
    const struct search_job *job = context;
    const struct experiment_setup setup = {job->request->trace, job->request->strategy,
                                           job->request->map, NULL};
    struct searching searching = {.request = job->request, .event = job->event, .freeing = result};
    char reason[RUN_REASON_BYTES];

    (void)i;
    nobody(result);
    if (!experiment_with_replay(&setup, search_owners, &searching, reason, NULL))
        searching.freeing->enough = false;
}

/* A search that crashed has found nobody. */
static void lose_search(void *result, const char *reason)
{
    (void)reason;
    nobody(result);
}

static void find_freeing(const struct explain_request *request, uint64_t event,
                         struct explain_freeing *freeing)
{
    const struct search_job job = {request, event};
    const struct explain_change change = {request->strategy, request->map, freeing};
    const struct workers workers = {.context = &job,
                                    .results = freeing,
                                    .result_bytes = sizeof *freeing,
                                    .run_job = search_in_process,
                                    .lost = lose_search,
                                    .finished = request->finished};

    workers_run(&workers, 1);
    if (freeing->enough)
        explain_try(request->trace, event, &change, &freeing->trial, 1, request->finished);
}

/* ---- all of it ---- */

/* Try each strategy except the one that failed. */
static void try_others(struct explanation *explanation, const struct explain_request *request,
                       uint64_t event)
{
    struct explain_change changes[COMPARE_MAX];
    uint32_t count = 0;

    for (uint32_t i = 0; mm_strategies[i] != NULL && count < COMPARE_MAX; i++) {
        if (mm_strategies[i] == request->strategy)
            continue;
        explanation->other[count] = mm_strategies[i];
        changes[count++] = (struct explain_change){mm_strategies[i], request->map, NULL};
    }
    explanation->other_count = count;
    explain_try(request->trace, event, changes, explanation->other_trial, count, request->finished);
}

void explain_run(struct explanation *explanation, const struct explain_request *request)
{
    *explanation = (struct explanation){.status = RUN_DONE};
    if (!explain_take_snapshot(request, &explanation->snapshot, &explanation->status,
                               explanation->reason) ||
        explanation->snapshot.failures < request->failure)
        return;
    uint64_t event = explanation->snapshot.failure.event;
    try_others(explanation, request, event);
    find_ram(request, event, &explanation->ram);
    find_freeing(request, event, &explanation->freeing);
}
