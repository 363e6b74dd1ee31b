/* Trials are replays of changed cases, each in a process of its own. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lab/experiment.h"
#include "lab/reduce_parts.h"
#include "lab/workers.h"
#include "trace/memory.h"

static bool map_for(const struct reducer *reducer, uint64_t ram_bytes, struct memmap *map)
{
    if (reducer->request->ram_free)
        ram_map(map, ram_bytes);
    else
        *map = *reducer->request->map;
    return map->count != 0;
}

/* ---- one replay ---- */

struct case_run {
    const struct reducer *reducer;
    const struct reduce_case *of;
    bool *failed;      /* notes for each event whether it failed; NULL: not wanted */
    uint32_t failures; /* so far */
    uint32_t cause;    /* of the last */
    bool ended;        /* the last event was replayed */
};

static void note_failure(void *context, const struct replay_failure *failure)
{
    struct case_run *case_run = context;

    case_run->failures++;
    case_run->cause = failure->cause;
}

/* Replay up to the last event, or up to one failure more than the case may have. */
static void replay_events(void *context, struct replay *replay)
{
    struct case_run *case_run = context;
    const struct reduce_case *of = case_run->of;

    replay->on_failure = note_failure;
    replay->context = case_run;
    for (uint32_t i = 0; i < of->count; i++) {
        uint32_t before = case_run->failures;
        if (case_run->failed == NULL && before > case_run->reducer->failures)
            return;
        case_run->ended = i + 1u == of->count;
        case_run->cause = MM_OK;
        if (!replay_event(replay, &of->events[i]))
            return;
        if (case_run->failed != NULL && !case_run->ended)
            case_run->failed[i] = case_run->failures != before;
    }
}

/* Returns false if the strategy panicked or was not started. */
static bool replay_case(struct case_run *case_run, bool *started)
{
    const struct reduce_case *of = case_run->of;
    const struct trace trace = {.header = {.slots = of->units,
                                           .processes = of->processes ? of->units : 0,
                                           .events = UINT64_MAX /* no samples of fragmentation */}};
    struct memmap map;
    const struct experiment_setup setup = {&trace, case_run->reducer->request->strategy, &map,
                                           NULL};
    char reason[RUN_REASON_BYTES];
    bool no_room = false;

    *started = map_for(case_run->reducer, of->ram_bytes, &map);
    bool done =
        *started && experiment_with_replay(&setup, replay_events, case_run, reason, &no_room);
    *started &= done || !no_room;
    return done;
}

static enum verdict verdict_of(struct case_run *case_run)
{
    uint32_t before = case_run->reducer->failures;
    bool started;
    bool done = replay_case(case_run, &started);

    if (case_run->reducer->keep == KEEP_CRASH && started)
        return done ? VERDICT_PASSES : VERDICT_KEEPS;
    if (!done || !case_run->ended)
        return VERDICT_OTHER;
    if (case_run->cause == MM_OK)
        return case_run->failures <= before ? VERDICT_PASSES : VERDICT_OTHER;
    return case_run->cause == case_run->reducer->keep && case_run->failures <= before + 1u
               ? VERDICT_KEEPS
               : VERDICT_OTHER;
}

/* ---- trials ---- */

struct trials {
    const struct reducer *reducer;
    const struct reduce_change *changes;
};

static void try_one(const void *context, uint32_t i, void *result)
{
    const struct trials *trials = context;
    struct reduce_case changed;
    struct case_run case_run = {.reducer = trials->reducer, .of = &changed};
    enum verdict *verdict = result;

    *verdict = VERDICT_OTHER;
    if (!reduce_case_change(&changed, &trials->reducer->now, &trials->changes[i]))
        return;
    *verdict = verdict_of(&case_run);
    reduce_case_free(&changed);
}

static void crashed(void *result, const char *reason)
{
    (void)reason;
    *(enum verdict *)result = VERDICT_COUNT;
}

void reduce_try(struct reducer *reducer, const struct reduce_change changes[],
                enum verdict verdicts[], uint32_t count)
{
    const struct trials trials = {reducer, changes};
    const struct workers workers = {.context = &trials,
                                    .results = verdicts,
                                    .result_bytes = sizeof verdicts[0],
                                    .run_job = try_one,
                                    .lost = crashed};

    workers_run(&workers, count);
    for (uint32_t i = 0; i < count; i++)
        if (verdicts[i] == VERDICT_COUNT)
            verdicts[i] = reducer->keep == KEEP_CRASH ? VERDICT_KEEPS : VERDICT_OTHER;
    reducer->trials += count;
    if (reducer->request->progress != NULL)
        reducer->request->progress(reducer->trials, reducer->now.count);
}

uint32_t reduce_take_first(struct reducer *reducer, const struct reduce_change changes[],
                           uint32_t count)
{
    enum verdict verdicts[TRIALS_AT_ONCE];
    struct reduce_case changed;

    reduce_try(reducer, changes, verdicts, count);
    for (uint32_t i = 0; i < count; i++) {
        if (verdicts[i] != VERDICT_KEEPS ||
            !reduce_case_change(&changed, &reducer->now, &changes[i]))
            continue;
        reduce_case_free(&reducer->now);
        reducer->now = changed;
        return i;
    }
    return count;
}

/* ---- findings: they go into shared memory, because the process may crash ---- */

static void *shared(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        memory_exhausted("what a replay finds");
    return memory;
}

static void run_in_process(const void *context,
                           void (*run)(const void *context, uint32_t i, void *result))
{
    enum verdict unused = VERDICT_OTHER;
    const struct workers workers = {.context = context,
                                    .results = &unused,
                                    .result_bytes = sizeof unused,
                                    .run_job = run,
                                    .lost = crashed};

    workers_run(&workers, 1);
}

static void find_failed(const void *context, uint32_t i, void *result)
{
    const struct case_run *wanted = context;
    struct case_run case_run = *wanted;
    bool started;

    (void)i;
    (void)result;
    (void)replay_case(&case_run, &started);
}

uint32_t reduce_find_failed(struct reducer *reducer, bool failed[])
{
    struct case_run case_run = {.reducer = reducer, .of = &reducer->now};
    uint32_t count = 0;

    case_run.failed = shared(reducer->now.count);
    run_in_process(&case_run, find_failed);
    memcpy(failed, case_run.failed, reducer->now.count);
    munmap(case_run.failed, reducer->now.count);
    for (uint32_t i = 0; i < reducer->now.count; i++)
        count += failed[i];
    return count;
}

struct finding {
    const struct reducer *reducer;
    const struct trace *trace;
    struct memmap map;
    struct reduce_found *found; /* shared; its event is the one that is being replayed */
};

static void note_found(void *context, const struct replay_failure *failure)
{
    const struct finding *finding = context;

    if (finding->reducer->keep == KEEP_FAILURE || finding->reducer->keep == failure->cause)
        finding->found->cause = failure->cause;
}

static void replay_to_failure(void *context, struct replay *replay)
{
    struct finding *finding = context;
    struct trace_reader reader;
    struct event event;

    replay->on_failure = note_found;
    replay->context = finding;
    trace_read(finding->trace, &reader);
    while (finding->found->cause == MM_OK && trace_reader_next(&reader, &event) == TRACE_EVENT) {
        finding->found->event++;
        if (!replay_event(replay, &event))
            break;
    }
    if (finding->found->cause == MM_OK)
        finding->found->event = 0;
    trace_read_end(finding->trace, &reader);
}

static void find(const void *context, uint32_t i, void *result)
{
    struct finding finding = *(const struct finding *)context;
    const struct experiment_setup setup = {finding.trace, finding.reducer->request->strategy,
                                           &finding.map, NULL};
    char reason[RUN_REASON_BYTES];
    bool no_room;

    (void)i;
    (void)result;
    if (!experiment_with_replay(&setup, replay_to_failure, &finding, reason, &no_room) &&
        !no_room && finding.found->event == 0)
        memcpy(finding.found->reason, reason, sizeof reason);
}

struct reduce_found reduce_find(struct reducer *reducer, const struct trace *trace,
                                uint64_t ram_bytes)
{
    struct finding finding = {.reducer = reducer, .trace = trace};
    struct reduce_found found = {0};

    if (!map_for(reducer, ram_bytes, &finding.map))
        return found;
    finding.found = shared(sizeof *finding.found);
    run_in_process(&finding, find);
    found = *finding.found;
    munmap(finding.found, sizeof *finding.found);
    reducer->trials++;
    if (found.event != 0 && found.cause == MM_OK) /* the process ended in the middle of it */
        found.cause = KEEP_CRASH;
    if (found.cause == KEEP_CRASH && reducer->keep != KEEP_CRASH)
        found.event = 0;
    return found;
}
