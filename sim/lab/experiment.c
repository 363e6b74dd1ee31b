#include "lab/experiment.h"

#include <mm/strategy.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lab/workers.h"
#include "machine/pc_memmap.h"
#include "trace/cpu_time.h"

/* ---- a machine and a strategy ---- */

struct mm_run {
    const struct experiment_setup *setup;
    void (*body)(void *context, struct mm *mm);
    void *context;
    bool started; /* there was room for the metadata */
};

static void run_mm(void *context)
{
    struct mm_run *run = context;
    struct mm mm;

    run->started = mm_init(&mm, run->setup->strategy, run->setup->map);
    if (!run->started)
        return;
    run->body(run->context, &mm);
    mm_exit(&mm);
}

bool experiment_with_mm(const struct experiment_setup *setup,
                        void (*body)(void *context, struct mm *mm), void *context,
                        char reason[RUN_REASON_BYTES], bool *no_room)
{
    struct machine_options options =
        setup->options != NULL ? *setup->options : (struct machine_options){0};

    options.watch = MACHINE_WATCH_NOTHING; /* results do not depend on who debugs the program */
    struct machine *machine = machine_create(&options);
    struct mm_run run = {setup, body, context, false};

    if (no_room != NULL)
        *no_room = false;
    if (machine == NULL) {
        snprintf(reason, RUN_REASON_BYTES, "%s", machine_error());
        return false;
    }
    const char *panic = machine_catch_panic(run_mm, &run);
    if (panic != NULL)
        snprintf(reason, RUN_REASON_BYTES, "%s", panic);
    else if (!run.started)
        snprintf(reason, RUN_REASON_BYTES,
                 "the memory map has no room for the metadata of %s below %u MiB",
                 setup->strategy->name, strategy_low_end(setup->strategy).value >> 8);
    if (no_room != NULL)
        *no_room = panic == NULL && !run.started;
    machine_destroy(machine);
    return panic == NULL && run.started;
}

/* ---- and a replay ---- */

struct replay_body {
    const struct trace_header *header;
    struct replay_slot *slots;
    void (*body)(void *context, struct replay *replay);
    void *context;
};

static void run_replay(void *context, struct mm *mm)
{
    struct replay_body *run = context;
    struct replay replay;

    replay_init(&replay, mm, run->slots, run->header);
    run->body(run->context, &replay);
}

bool experiment_with_replay(const struct experiment_setup *setup,
                            void (*body)(void *context, struct replay *replay), void *context,
                            char reason[RUN_REASON_BYTES], bool *no_room)
{
    const struct trace_header *header = &setup->trace->header;
    struct replay_body run = {header, calloc(1, replay_slots_bytes(header) + 1u), body, context};

    if (no_room != NULL)
        *no_room = false;
    if (run.slots == NULL) {
        snprintf(reason, RUN_REASON_BYTES,
                 "no memory on the host for the %u slots and %u processes of the trace",
                 header->slots, header->processes);
        return false;
    }
    bool done = experiment_with_mm(setup, run_replay, &run, reason, no_room);
    free(run.slots);
    return done;
}

const char *experiment_check(struct replay *replay)
{
    const char *broken = mm_check(replay->mm);

    if (broken != NULL)
        return broken;
    replay_free_all(replay);
    return mm_check(replay->mm);
}

bool experiment_replay_to(struct replay *replay, const struct trace *trace, uint64_t event,
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

/* ---- a whole experiment ---- */

struct experiment {
    struct run_outcome *outcome;
    const struct trace *trace;
    const struct experiment_watch *watch;
};

__attribute__((format(printf, 3, 4))) static void
fail(struct run_outcome *outcome, enum run_status status, const char *format, ...)
{
    va_list arguments;

    outcome->status = status;
    va_start(arguments, format);
    vsnprintf(outcome->reason, sizeof outcome->reason, format, arguments);
    va_end(arguments);
}

static bool replay_timed(struct experiment *experiment, struct replay *replay)
{
    struct run_outcome *outcome = experiment->outcome;
    struct trace_reader reader;
    const char *reason = NULL;
    size_t offset;

    trace_read(experiment->trace, &reader);
    uint64_t hits_before = machine_tlb.hits;
    uint64_t misses_before = machine_tlb.misses;
    uint64_t untranslated_before = machine_current->untranslated;
    uint64_t reading_before = trace_read_nanoseconds(&reader);
    uint64_t start = cpu_time_nanoseconds();
    bool done = replay_run(replay, &reader, &reason, &offset);
    uint64_t elapsed = cpu_time_nanoseconds() - start;
    elapsed -= trace_read_nanoseconds(&reader) - reading_before;
    outcome->microseconds = elapsed / 1000u;
    outcome->tlb_hits = machine_tlb.hits - hits_before;
    outcome->tlb_misses = machine_tlb.misses - misses_before;
    outcome->untranslated = machine_current->untranslated - untranslated_before;
    if (!done) {
        struct sim_error error;

        trace_event_error(experiment->trace, &reader, replay->result.events + 1u, reason, &error);
        fail(outcome, RUN_BAD_TRACE, "%s", error.text);
    }
    trace_read_end(experiment->trace, &reader);
    return done;
}

/* Run the checkers before trusting the figures. */
static void check_and_tidy(struct experiment *experiment, struct replay *replay)
{
    const char *broken = experiment_check(replay);

    if (broken != NULL)
        fail(experiment->outcome, RUN_FAILED, "rule broken: %s", broken);
}

static bool watch_end(struct experiment *experiment, struct replay *replay)
{
    const struct experiment_watch *watch = experiment->watch;
    const char *failed = watch->end != NULL ? watch->end(watch->context, replay) : NULL;

    if (failed != NULL)
        fail(experiment->outcome, RUN_FAILED, "%s", failed);
    return failed == NULL;
}

static void replay_and_check(void *context, struct replay *replay)
{
    struct experiment *experiment = context;
    const struct experiment_watch *watch = experiment->watch;

    if (watch->begin != NULL)
        watch->begin(watch->context, replay);
    if (!replay_timed(experiment, replay))
        return;
    experiment->outcome->result = replay->result;
    if (watch_end(experiment, replay))
        check_and_tidy(experiment, replay);
}

void experiment_run(struct run_outcome *outcome, const struct trace *trace,
                    const struct strategy *strategy, const struct memmap *map,
                    const struct machine_options *options)
{
    experiment_run_watched(outcome, trace, strategy, map, options, NULL);
}

void experiment_run_watched(struct run_outcome *outcome, const struct trace *trace,
                            const struct strategy *strategy, const struct memmap *map,
                            const struct machine_options *options,
                            const struct experiment_watch *watch)
{
    static const struct experiment_watch nobody = {NULL, NULL, NULL};
    const struct experiment_setup setup = {trace, strategy, map, options};
    struct experiment experiment = {outcome, trace, watch != NULL ? watch : &nobody};

    *outcome = (struct run_outcome){.status = RUN_DONE};
    if (!experiment_with_replay(&setup, replay_and_check, &experiment, outcome->reason,
                                &outcome->no_room))
        outcome->status = RUN_FAILED;
}

/* ---- strategies side by side ---- */

struct jobs {
    const struct trace *trace;
    const struct strategy *const *strategies;
    const struct memmap *map;
    const struct machine_options *options;
    const struct experiment_watch *watches;
};

static void run_job(const void *context, uint32_t i, void *result)
{
    const struct jobs *jobs = context;

    experiment_run_watched(result, jobs->trace, jobs->strategies[i], jobs->map, jobs->options,
                           jobs->watches != NULL ? &jobs->watches[i] : NULL);
}

static void lose_job(void *result, const char *reason)
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
                                    .run_job = run_job,
                                    .lost = lose_job};

    workers_run(&workers, count);
}

/* ---- RAM ---- */

uint64_t ram_choose(uint64_t peak_live_bytes)
{
    uint64_t peak = peak_live_bytes < RAM_CHOSEN_MAX ? peak_live_bytes : RAM_CHOSEN_MAX;
    uint64_t wanted = peak + peak / 4u + RAM_STEP_BYTES;
    uint64_t whole = (wanted + RAM_STEP_BYTES - 1u) / RAM_STEP_BYTES * RAM_STEP_BYTES;

    return whole < RAM_CHOSEN_MAX ? whole : RAM_CHOSEN_MAX;
}

void ram_map(struct memmap *map, uint64_t ram_bytes)
{
    struct pc_memmap ranges;
    char error[256];

    map->count = 0;
    if (pc_memmap_for_ram(&ranges, ram_bytes, error, sizeof error))
        (void)memmap_build(map, ranges.range, ranges.count);
}
