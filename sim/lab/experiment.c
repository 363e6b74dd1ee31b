#include "lab/experiment.h"

#include <stdarg.h>
#include <stdio.h>

#include "lab/stage.h"
#include "trace/cpu_time.h"

_Static_assert(RUN_REASON_BYTES == STAGE_REASON_BYTES, "one is the other's");

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

/* The last word is the checkers': a structure that is broken now has made every figure worthless.
 */
static void check_and_tidy(struct experiment *experiment, struct replay *replay)
{
    const char *broken = mm_check(replay->mm);

    if (broken == NULL) {
        replay_free_all(replay);
        broken = mm_check(replay->mm);
    }
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

static void run_on_stage(void *context, struct replay *replay)
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
    const struct stage stage = {trace, strategy, map, options};
    struct experiment experiment = {outcome, trace, watch != NULL ? watch : &nobody};

    *outcome = (struct run_outcome){.status = RUN_DONE};
    if (!stage_play(&stage, run_on_stage, &experiment, outcome->reason, &outcome->no_room))
        outcome->status = RUN_FAILED;
}
