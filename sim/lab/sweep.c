#include "lab/sweep.h"

#include <mm/strategy.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/fingerprint.h"
#include "lab/sweep_journal.h"
#include "lab/sweep_range.h"
#include "lab/workers.h"
#include "trace/memory.h"

/* The traces of a sweep are decoded once while their events fit this; the jobs of the others read
   their trace themselves. */
#define TABLES_BYTES_MAX (UINT64_C(256) << 20)

/* The cost of a job without events, in events: a process, a machine, its checks. */
#define JOB_EVENTS 20000u

/* The result for a size: of each point, and of each trial that the search asked for. */
struct known {
    uint64_t ram_bytes;
    bool passes;
};

/* A trace under a strategy. */
struct pair {
    const struct trace *trace;
    const struct strategy *strategy;
    const struct event_table *events; /* NULL: each job reads the trace */
    struct least_search search;
    enum { WAITS, RUNS, ENDED } trial; /* of the search */
    bool least_written;                /* an earlier sweep wrote it to the journal */
    uint32_t next_point;
    uint32_t points_open;  /* points without a result */
    uint32_t trials_ahead; /* trials that the progress counts and that are still to come */
    bool *point_known;
    struct known *known;
    size_t known_capacity;
    size_t known_count;
};

struct job {
    struct pair *pair;
    struct sweep_job what;
};

struct sweep {
    const struct sweep_request *request;
    struct sweep_journal journal;
    struct sweep_merge merge;
    struct sweep_progress progress;
    struct event_table *tables; /* of each trace */
    struct pair *pairs;
    uint32_t pair_count;
    struct job *jobs; /* all jobs that were started */
    size_t job_capacity;
    uint32_t job_count;
    bool broken;
    bool failed; /* *error says why */
    struct sim_error *error;
};

/* ---- pairs ---- */

static void know(struct pair *pair, uint64_t ram_bytes, bool passes)
{
    pair->known =
        memory_reach(pair->known, &pair->known_capacity, pair->known_count, sizeof pair->known[0]);
    pair->known[pair->known_count++] = (struct known){ram_bytes, passes};
}

static const struct known *known_of(const struct pair *pair, uint64_t ram_bytes)
{
    for (size_t i = 0; i < pair->known_count; i++)
        if (pair->known[i].ram_bytes == ram_bytes)
            return &pair->known[i];
    return NULL;
}

static uint64_t point_bytes(const struct sweep_range *range, uint32_t point)
{
    return sweep_range_bytes(range, sweep_range_point(range, point));
}

static void pairs_make(struct sweep *sweep)
{
    const struct sweep_request *request = sweep->request;

    sweep->pair_count = request->trace_count * request->strategy_count;
    sweep->pairs = memory_zeroed(sweep->pair_count, sizeof sweep->pairs[0]);
    for (uint32_t i = 0; i < sweep->pair_count; i++) {
        struct pair *pair = &sweep->pairs[i];
        pair->trace = &request->traces[i / request->strategy_count];
        pair->strategy = request->strategies[i % request->strategy_count];
        pair->point_known = memory_zeroed(request->range.points, sizeof pair->point_known[0]);
        pair->points_open = request->range.points;
        least_search_start(&pair->search, &request->range);
    }
}

static void pairs_free(struct sweep *sweep)
{
    for (uint32_t i = 0; i < sweep->pair_count; i++) {
        free(sweep->pairs[i].point_known);
        free(sweep->pairs[i].known);
    }
    free(sweep->pairs);
}

/* ---- the events of the traces ---- */

/* Workers get the tables with the memory of this process. */
static void tables_load(struct sweep *sweep)
{
    const struct sweep_request *request = sweep->request;
    uint64_t left = TABLES_BYTES_MAX;

    sweep->tables = memory_zeroed(request->trace_count, sizeof sweep->tables[0]);
    for (uint32_t i = 0; i < request->trace_count; i++) {
        uint64_t bytes = event_table_bytes(&request->traces[i]);
        if (bytes > left || !event_table_load(&sweep->tables[i], &request->traces[i]))
            continue;
        left -= bytes;
        for (uint32_t j = 0; j < request->strategy_count; j++)
            sweep->pairs[i * request->strategy_count + j].events = &sweep->tables[i];
    }
}

static void tables_free(struct sweep *sweep)
{
    for (uint32_t i = 0; sweep->tables != NULL && i < sweep->request->trace_count; i++)
        event_table_free(&sweep->tables[i]);
    free(sweep->tables);
}

/* ---- what the journal has ---- */

static void take_point(struct sweep *sweep, struct pair *pair, const struct sweep_line *line,
                       uint64_t number)
{
    const struct sweep_range *range = &sweep->request->range;

    for (uint32_t i = 0; i < range->points; i++) {
        if (line->ram_bytes != point_bytes(range, i))
            continue;
        sweep_merge_add(&sweep->merge, line, sweep->request->journal, number);
        pair->points_open -= !pair->point_known[i];
        pair->point_known[i] = true;
    }
}

static bool journal_is_foreign(const struct sweep *sweep, uint64_t number, const char *why,
                               struct sim_error *error)
{
    return sim_error_set(error, "%s:%" PRIu64 ": %s: this sweep needs another journal",
                         sweep->request->journal, number, why);
}

/* Take a line of the journal about the trace of a pair. */
static bool pair_take(struct sweep *sweep, struct pair *pair, const struct sweep_line *line,
                      uint64_t number, struct sim_error *error)
{
    if (strcmp(line->strategy, pair->strategy->name) != 0)
        return true;
    if (line->kind == SWEEP_LEAST) {
        pair->least_written = true;
        return sweep_ranges_equal(&line->range, &sweep->request->range) ||
               journal_is_foreign(sweep, number, "a least over other RAM, or among other points",
                                  error);
    }
    know(pair, line->ram_bytes, line->failed == 0);
    if (line->kind == SWEEP_POINT)
        take_point(sweep, pair, line, number);
    return true;
}

static bool take_line(void *context, const struct sweep_line *line, uint64_t number,
                      struct sim_error *error)
{
    struct sweep *sweep = context;

    if (strcmp(line->sources, fingerprint) != 0) {
        char why[96];

        snprintf(why, sizeof why, "written by another mmsim (sources %s) than this (sources %s)",
                 sweep_line_sources(line), fingerprint);
        return journal_is_foreign(sweep, number, why, error);
    }
    for (uint32_t i = 0; i < sweep->pair_count; i++) {
        struct pair *pair = &sweep->pairs[i];
        const struct sweep_line ours = sweep_line_of(line->kind, pair->trace, pair->strategy);

        if (strcmp(line->trace, ours.trace) != 0)
            continue;
        if (strcmp(line->content, ours.content) != 0)
            return journal_is_foreign(sweep, number, "a trace of this name, but another one",
                                      error);
        if (!pair_take(sweep, pair, line, number, error))
            return false;
    }
    return true;
}

/* ---- jobs that end ---- */

static void show(const struct sweep *sweep)
{
    if (sweep->request->progress != NULL)
        sweep->request->progress(sweep->request->context, &sweep->progress);
}

static uint64_t work_of(const struct pair *pair)
{
    return pair->trace->header.events + JOB_EVENTS;
}

static void add_line(struct sweep *sweep, const struct sweep_line *line)
{
    sweep_merge_add(&sweep->merge, line, "this sweep", sweep->job_count);
    if (sweep->request->journal != NULL && !sweep->failed)
        sweep->failed = !sweep_journal_add(&sweep->journal, line, sweep->error);
}

/* End the search of a pair. The trials that were still counted ahead are not needed. */
static void end_search(struct sweep *sweep, struct pair *pair, bool found)
{
    struct sweep_line line = sweep_line_of(SWEEP_LEAST, pair->trace, pair->strategy);

    pair->trial = ENDED;
    sweep->progress.jobs -= pair->trials_ahead;
    sweep->progress.work -= pair->trials_ahead * work_of(pair);
    pair->trials_ahead = 0;
    if (!found)
        return;
    line.ram_bytes = least_search_bytes(&pair->search);
    line.range = sweep->request->range;
    if (pair->least_written)
        sweep_merge_add(&sweep->merge, &line, sweep->request->journal, 0);
    else
        add_line(sweep, &line);
}

static void count_done(struct sweep *sweep, struct pair *pair)
{
    sweep->progress.done++;
    sweep->progress.work_done += work_of(pair);
}

static void ended(void *context, uint32_t number, const void *result, const char *lost)
{
    struct sweep *sweep = context;
    const struct job *job = &sweep->jobs[number];
    const struct sweep_outcome *outcome = result;
    struct pair *pair = job->pair;
    bool is_point = job->what.kind == SWEEP_POINT;
    bool done = outcome != NULL && outcome->status == RUN_DONE;

    count_done(sweep, pair);
    pair->points_open -= is_point;
    if (done) {
        struct sweep_line line = sweep_job_line(&job->what, outcome);
        know(pair, job->what.ram_bytes, outcome->failed == 0);
        add_line(sweep, &line);
    } else {
        sweep->broken = true;
        sweep->request->broken(sweep->request->context, &job->what,
                               outcome != NULL ? outcome->reason : lost);
        end_search(sweep, pair, false);
    }
    if (!is_point && pair->trial == RUNS)
        pair->trial = WAITS;
    show(sweep);
}

/* ---- jobs that start ---- */

/* Find the next size that the search of a pair asks for and that has no result yet. Returns false
 * if points of the pair have no result yet, its trial is running, or the search has ended. */
static bool next_trial(struct sweep *sweep, struct pair *pair, uint64_t *ram_bytes)
{
    uint32_t size;

    if (pair->points_open > 0 || pair->trial != WAITS)
        return false;
    while (least_search_next(&pair->search, &size)) {
        *ram_bytes = sweep_range_bytes(&sweep->request->range, size);
        const struct known *known = known_of(pair, *ram_bytes);
        if (known == NULL)
            return true;
        least_search_take(&pair->search, known->passes);
    }
    end_search(sweep, pair, true);
    return false;
}

static bool next_point(const struct sweep *sweep, struct pair *pair, uint64_t *ram_bytes)
{
    const struct sweep_range *range = &sweep->request->range;

    while (pair->next_point < range->points) {
        uint32_t point = pair->next_point++;
        *ram_bytes = point_bytes(range, point);
        if (!pair->point_known[point])
            return true;
    }
    return false;
}

/* Add a job. Returns its number. */
static uint32_t add_job(struct sweep *sweep, struct pair *pair, enum sweep_kind kind,
                        uint64_t ram_bytes)
{
    sweep->jobs =
        memory_reach(sweep->jobs, &sweep->job_capacity, sweep->job_count, sizeof sweep->jobs[0]);
    sweep->jobs[sweep->job_count] = (struct job){pair,
                                                 {.trace = pair->trace,
                                                  .strategy = pair->strategy,
                                                  .kind = kind,
                                                  .ram_bytes = ram_bytes,
                                                  .events = pair->events}};
    return sweep->job_count++;
}

/* Count a trial of a pair that starts: it was counted ahead, or is one more. */
static void begin_trial(struct sweep *sweep, struct pair *pair)
{
    pair->trial = RUNS;
    if (pair->trials_ahead > 0) {
        pair->trials_ahead--;
        return;
    }
    sweep->progress.jobs++;
    sweep->progress.work += work_of(pair);
}

static bool next_of_searches(struct sweep *sweep, uint32_t *number)
{
    uint64_t ram_bytes;

    for (uint32_t i = 0; i < sweep->pair_count; i++) {
        struct pair *pair = &sweep->pairs[i];
        if (!next_trial(sweep, pair, &ram_bytes))
            continue;
        begin_trial(sweep, pair);
        *number = add_job(sweep, pair, SWEEP_TRIAL, ram_bytes);
        return true;
    }
    return false;
}

static bool next_of_points(struct sweep *sweep, uint32_t *number)
{
    uint64_t ram_bytes;

    for (uint32_t i = 0; i < sweep->pair_count; i++)
        if (next_point(sweep, &sweep->pairs[i], &ram_bytes)) {
            *number = add_job(sweep, &sweep->pairs[i], SWEEP_POINT, ram_bytes);
            return true;
        }
    return false;
}

/* A search takes one step after another, so its next step has precedence over the points. */
static bool next(void *context, uint32_t *number)
{
    struct sweep *sweep = context;

    return !sweep->failed && (next_of_searches(sweep, number) || next_of_points(sweep, number));
}

/* What an order points at is older than the workers. */
static void write_order(void *context, uint32_t number, void *order)
{
    const struct sweep *sweep = context;

    *(struct sweep_job *)order = sweep->jobs[number].what;
}

/* A memory manager that has failed may have damaged more than its machine. */
static bool run_order(void *context, const void *order, void *result)
{
    const struct sweep_outcome *outcome = result;

    (void)context;
    sweep_job_run(order, result);
    return outcome->status == RUN_DONE;
}

/* ---- the whole ---- */

static void look_ahead(struct sweep *sweep)
{
    for (uint32_t i = 0; i < sweep->pair_count; i++) {
        struct pair *pair = &sweep->pairs[i];

        pair->trials_ahead = least_search_steps(&sweep->request->range);
        sweep->progress.jobs += pair->points_open + pair->trials_ahead;
        sweep->progress.work += (pair->points_open + pair->trials_ahead) * work_of(pair);
    }
}

static enum sweep_end run_jobs(struct sweep *sweep)
{
    const struct workers_stream stream = {.context = sweep,
                                          .result_bytes = sizeof(struct sweep_outcome),
                                          .at_once = sweep->request->at_once,
                                          .stops = true,
                                          .next = next,
                                          .order_bytes = sizeof(struct sweep_job),
                                          .write_order = write_order,
                                          .run_order = run_order,
                                          .ended = ended};

    look_ahead(sweep);
    show(sweep);
    tables_load(sweep);
    bool all = workers_run_stream(&stream);
    if (sweep->failed)
        return SWEEP_ERROR;
    if (!all)
        return SWEEP_STOPPED;
    return sweep->broken ? SWEEP_BROKEN : SWEEP_DONE;
}

enum sweep_end sweep_run(const struct sweep_request *request, struct sweep_results *results,
                         struct sim_error *error)
{
    struct sweep sweep = {.request = request, .error = error};
    enum sweep_end end = SWEEP_ERROR;

    *results = (struct sweep_results){0};
    pairs_make(&sweep);
    if (request->journal == NULL) {
        end = run_jobs(&sweep);
    } else if (sweep_journal_open(&sweep.journal, request->journal, take_line, &sweep, error)) {
        end = run_jobs(&sweep);
        sweep_journal_close(&sweep.journal);
    }
    if (end != SWEEP_ERROR && !sweep_merge_finish(&sweep.merge, results, error))
        end = SWEEP_ERROR;
    sweep_merge_free(&sweep.merge);
    tables_free(&sweep);
    pairs_free(&sweep);
    free(sweep.jobs);
    return end;
}

static bool find_least(const struct sweep_range *range, struct sweep_job *job,
                       struct sweep_outcome *outcome, struct sweep_line *line)
{
    struct least_search search;
    uint32_t size;

    least_search_start(&search, range);
    job->kind = SWEEP_TRIAL;
    while (least_search_next(&search, &size)) {
        job->ram_bytes = sweep_range_bytes(range, size);
        sweep_job_run(job, outcome);
        if (outcome->status != RUN_DONE)
            return false;
        least_search_take(&search, outcome->failed == 0);
    }
    *line = sweep_line_of(SWEEP_LEAST, job->trace, job->strategy);
    line->ram_bytes = least_search_bytes(&search);
    line->range = *range;
    return true;
}

bool sweep_find_least(const struct sweep_range *range, struct sweep_job *job,
                      struct sweep_outcome *outcome, struct sweep_line *line)
{
    struct event_table table = {0};

    if (event_table_bytes(job->trace) <= TABLES_BYTES_MAX && event_table_load(&table, job->trace))
        job->events = &table;
    bool found = find_least(range, job, outcome, line);
    job->events = NULL;
    event_table_free(&table);
    return found;
}
