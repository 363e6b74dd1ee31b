#include "lab/timing.h"

#include <stdlib.h>

#include "lab/experiment.h"
#include "lab/workers.h"
#include "trace/cpu_time.h"
#include "trace/memory.h"
#include "trace/progress.h"

#define ROUND_LEAST_NS                                                                             \
    UINT64_C(20000000) /* a round takes so much CPU time, or REPEATS_MAX replays */
#define REPEATS_MAX      50u
#define STOPPED_BY_TRACE 0 /* the time of a replay that did not reach the end of the trace */

/* ---- one round of one strategy ---- */

struct round {
    const struct experiment_setup *setup;
    uint64_t *ns; /* the time of one replay */
};

static uint64_t replay_once(const struct trace *trace, struct mm *mm, struct replay_slot *slots)
{
    struct trace_reader reader;
    struct replay replay;
    const char *reason;
    size_t offset;

    replay_init(&replay, mm, slots, &trace->header);
    trace_read(trace, &reader);
    uint64_t reading_before = trace_read_nanoseconds(&reader);
    uint64_t start = cpu_time_nanoseconds();
    bool done = replay_run(&replay, &reader, &reason, &offset);
    uint64_t elapsed = cpu_time_nanoseconds() - start;
    elapsed -= trace_read_nanoseconds(&reader) - reading_before;
    trace_read_end(trace, &reader);
    return done ? elapsed + 1u : STOPPED_BY_TRACE;
}

/* Start the strategy again on the same memory. */
static bool start_again(const struct experiment_setup *setup, struct mm *mm)
{
    mm_exit(mm);
    return mm_init(mm, setup->strategy, setup->map);
}

static void time_round(const struct round *round, struct mm *mm, struct replay_slot *slots)
{
    const struct trace *trace = round->setup->trace;
    uint64_t sum = 0;
    uint32_t repeats = 0;
    uint64_t ns = replay_once(trace, mm, slots);

    while (ns != STOPPED_BY_TRACE && sum < ROUND_LEAST_NS && repeats < REPEATS_MAX) {
        if (!start_again(round->setup, mm))
            return;
        ns = replay_once(trace, mm, slots);
        sum += ns;
        repeats++;
    }
    *round->ns = ns != STOPPED_BY_TRACE ? sum / repeats : 0;
}

static void time_with_slots(void *context, struct mm *mm)
{
    const struct round *round = context;
    struct replay_slot *slots =
        memory_zeroed(1, replay_slots_bytes(&round->setup->trace->header) + 1u);

    time_round(round, mm, slots);
    free(slots);
}

/* ---- all of them, in turn ---- */

struct rounds {
    const struct trace *trace;
    const struct strategy *const *strategies;
    uint32_t count;
    const struct memmap *map;
    const struct machine_options *options;
    uint32_t started;
    uint64_t (*ns)[TIMING_ROUNDS]; /* the rounds of each strategy; 0: the round has no result */
};

static bool next(void *context, uint32_t *job)
{
    struct rounds *rounds = context;

    *job = rounds->started;
    rounds->started += rounds->started < rounds->count * TIMING_ROUNDS;
    return *job < rounds->count * TIMING_ROUNDS;
}

static void run(void *context, uint32_t job, void *result)
{
    const struct rounds *rounds = context;
    const struct experiment_setup setup = {rounds->trace, rounds->strategies[job % rounds->count],
                                           rounds->map, rounds->options};
    struct round round = {&setup, result};
    char reason[RUN_REASON_BYTES];
    bool no_room;

    progress_job_steps(2); /* a round has two replays, unless the trace is short */
    (void)experiment_with_mm(&setup, time_with_slots, &round, reason, &no_room);
}

static void ended(void *context, uint32_t job, const void *result, const char *lost)
{
    struct rounds *rounds = context;

    rounds->ns[job % rounds->count][job / rounds->count] =
        lost == NULL ? *(const uint64_t *)result : 0;
}

static int by_length(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

struct timing timing_of_rounds(uint64_t rounds_ns[], uint32_t count)
{
    uint32_t lost = 0;

    qsort(rounds_ns, count, sizeof rounds_ns[0], by_length);
    while (lost < count && rounds_ns[lost] == 0)
        lost++;
    const uint64_t *ns = rounds_ns + lost;
    uint32_t rounds = count - lost;
    if (rounds == 0)
        return (struct timing){.rounds = 0};
    return (struct timing){.rounds = rounds,
                           .median_ns = ns[rounds / 2u],
                           .least_ns = ns[0],
                           .most_ns = ns[rounds - 1u],
                           .spread_ns = (ns[rounds * 3u / 4u] - ns[rounds / 4u]) / 2u};
}

void timing_run(struct timing timings[], const struct trace *trace,
                const struct strategy *const strategies[], uint32_t count, const struct memmap *map,
                const struct machine_options *options)
{
    struct rounds rounds = {.trace = trace,
                            .strategies = strategies,
                            .count = count,
                            .map = map,
                            .options = options,
                            .ns = memory_zeroed(count + 1u, sizeof rounds.ns[0])};
    const struct workers_stream stream = {.context = &rounds,
                                          .result_bytes = sizeof(uint64_t),
                                          .at_once = 1,
                                          .jobs = count * TIMING_ROUNDS,
                                          .next = next,
                                          .run_job = run,
                                          .ended = ended};

    (void)workers_run_stream(&stream);
    for (uint32_t i = 0; i < count; i++)
        timings[i] = timing_of_rounds(rounds.ns[i], TIMING_ROUNDS);
    free(rounds.ns);
}

uint64_t timing_events_per_second(const struct timing *timing, uint64_t events)
{
    double seconds = (double)timing->median_ns / 1e9;

    return timing->median_ns != 0 ? (uint64_t)((double)events / seconds) : 0;
}
