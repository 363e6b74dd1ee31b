/* Sweeps: the same in parallel, one by one, and in pieces; the least against a scan of all sizes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lab/fingerprint.h"
#include "lab/sweep.h"
#include "support/lab.h"
#include "support/scratch.h"
#include "support/strategy_double.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MIB    UINT64_C(0x100000)
#define TRACES 2u

static struct trace traces[TRACES];
static const struct strategy *strategies[2];
static const struct sweep_range range = {12 * MIB, 28 * MIB, 2 * MIB, 4};
static char reason[1024];
static uint32_t jobs_run;
static uint32_t stop_after;

/* Blocks and pages that come and go, at random but for the seed; up to about `megabytes` at once.
 */
static struct trace make_trace(const char *name, uint32_t megabytes, uint32_t random)
{
    static char text[65536];
    size_t bytes = (size_t)snprintf(text, sizeof text, "mmtrace 1\n");

    for (uint32_t i = 0; i < 600; i++) {
        uint32_t id = 1u + i % 300u;
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        bool pages = i % 300u % 3u == 0;
        if (i >= 300)
            bytes += (size_t)snprintf(text + bytes, sizeof text - bytes, "%s %u\n",
                                      pages ? "free_pages" : "kfree", id);
        if (pages)
            bytes += (size_t)snprintf(text + bytes, sizeof text - bytes, "pages %u %u\n", id,
                                      random % 3u);
        else
            bytes += (size_t)snprintf(text + bytes, sizeof text - bytes, "kmalloc %u %u\n", id,
                                      1u + random % (megabytes * 10000u));
    }
    return lab_trace(scratch_text(name, text));
}

static int setup(void **state)
{
    (void)state;
    traces[0] = make_trace("one.mmt", 9, 1);
    traces[1] = make_trace("two.mmt", 14, 77);
    strategies[0] = mm_strategy_find("brk");
    strategies[1] = mm_strategy_find("zoned");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < TRACES; i++)
        trace_close(&traces[i]);
    return 0;
}

static void note_progress(void *context, const struct sweep_progress *progress)
{
    (void)context;
    assert_true(progress->done <= progress->jobs);
    assert_true(progress->work_done <= progress->work);
    jobs_run = progress->done;
    if (stop_after != 0 && progress->done == stop_after)
        raise(SIGTERM);
}

static void note_broken(void *context, const struct sweep_job *job, const char *why)
{
    (void)context;
    snprintf(reason, sizeof reason, "%s with %llu: %s", job->strategy->name,
             (unsigned long long)job->ram_bytes, why);
}

static struct sweep_request request_of(uint32_t strategy_count, uint32_t at_once,
                                       const char *journal)
{
    stop_after = 0;
    reason[0] = '\0';
    return (struct sweep_request){.traces = traces,
                                  .trace_count = TRACES,
                                  .strategies = strategies,
                                  .strategy_count = strategy_count,
                                  .range = range,
                                  .at_once = at_once,
                                  .journal = journal,
                                  .progress = note_progress,
                                  .broken = note_broken};
}

static struct sweep_results sweep(const struct sweep_request *request, enum sweep_end expected)
{
    struct sweep_results results;
    struct sim_error error = {"", false};

    jobs_run = 0;
    enum sweep_end end = sweep_run(request, &results, &error);
    if (end != expected)
        fail_msg("ended with %d: %s%s", (int)end, error.text, reason);
    return results;
}

static void assert_same(const struct sweep_results *a, const struct sweep_results *b)
{
    assert_int_equal(a->count, b->count);
    for (uint32_t i = 0; i < a->count; i++) {
        assert_string_equal(a->list[i].trace, b->list[i].trace);
        assert_string_equal(a->list[i].strategy, b->list[i].strategy);
        assert_int_equal(a->list[i].least_known, b->list[i].least_known);
        assert_int_equal(a->list[i].least_ram_bytes, b->list[i].least_ram_bytes);
        assert_true(sweep_ranges_equal(&a->list[i].range, &b->list[i].range));
        assert_int_equal(a->list[i].count, b->list[i].count);
        assert_memory_equal(a->list[i].points, b->list[i].points,
                            a->list[i].count * sizeof a->list[i].points[0]);
    }
}

static bool passes(const struct trace *trace, const struct strategy *strategy, uint64_t ram_bytes)
{
    struct sweep_job job = {trace, strategy, SWEEP_POINT, ram_bytes};
    struct sweep_outcome whole;
    struct sweep_outcome trial;

    sweep_job_run(&job, &whole);
    job.kind = SWEEP_TRIAL;
    sweep_job_run(&job, &trial);
    assert_int_equal(whole.status, RUN_DONE);
    assert_int_equal(trial.status, RUN_DONE);
    assert_int_equal(trial.failed, whole.failed > 0);
    return whole.failed == 0;
}

/* Every size is tried, from below. */
static void the_least_is_what_a_scan_finds(void **state)
{
    struct sweep_request request = request_of(2, 0, NULL);
    struct sweep_results results = sweep(&request, SWEEP_DONE);
    uint32_t found = 0;

    (void)state;
    assert_int_equal(results.count, TRACES * 2u);
    for (uint32_t i = 0; i < results.count; i++) {
        const struct sweep_result *result = &results.list[i];
        const struct trace *trace = &traces[strcmp(result->trace, traces[0].name) != 0];
        const struct strategy *strategy = mm_strategy_find(result->strategy);
        uint32_t size = 0;

        while (size < sweep_range_sizes(&range) &&
               !passes(trace, strategy, sweep_range_bytes(&range, size)))
            size++;
        bool none = size == sweep_range_sizes(&range);
        assert_true(result->least_known);
        assert_int_equal(result->least_ram_bytes, none ? 0 : sweep_range_bytes(&range, size));
        found += !none && size > 0;
    }
    assert_true(found >= 2); /* else nothing was searched for */
    sweep_results_free(&results);
}

static void points_are_whole_runs(void **state)
{
    struct sweep_request request = request_of(1, 0, NULL);
    struct sweep_results results = sweep(&request, SWEEP_DONE);
    struct sweep_outcome outcome;

    (void)state;
    assert_int_equal(results.count, TRACES);
    assert_int_equal(results.list[0].count, range.points);
    for (uint32_t i = 0; i < range.points; i++) {
        uint64_t bytes = sweep_range_bytes(&range, sweep_range_point(&range, i));
        const struct sweep_job job = {&traces[0], strategies[0], SWEEP_POINT, bytes};

        sweep_job_run(&job, &outcome);
        assert_int_equal(results.list[0].points[i].ram_bytes, bytes);
        assert_int_equal(results.list[0].points[i].requests, outcome.requests);
        assert_int_equal(results.list[0].points[i].requests, 600);
        assert_int_equal(results.list[0].points[i].failed, outcome.failed);
    }
    assert_true(results.list[0].points[0].failed > 0);
    sweep_results_free(&results);
}

static void one_by_one_is_as_many_at_once(void **state)
{
    struct sweep_request serial = request_of(2, 1, NULL);
    struct sweep_request parallel = request_of(2, 5, NULL);
    struct sweep_results one = sweep(&serial, SWEEP_DONE);
    uint32_t jobs = jobs_run;
    struct sweep_results many = sweep(&parallel, SWEEP_DONE);

    (void)state;
    assert_same(&one, &many);
    assert_int_equal(jobs, jobs_run);
    sweep_results_free(&one);
    sweep_results_free(&many);
}

static void a_search_alone_finds_the_same(void **state)
{
    struct sweep_request request = request_of(2, 0, NULL);
    struct sweep_results results = sweep(&request, SWEEP_DONE);
    struct sweep_outcome outcome;
    struct sweep_line line;

    (void)state;
    for (uint32_t i = 0; i < results.count; i++) {
        const struct sweep_result *result = &results.list[i];
        struct sweep_job job = {
            .trace = &traces[strcmp(result->trace, traces[0].name) != 0],
            .strategy = mm_strategy_find(result->strategy),
        };

        assert_true(sweep_find_least(&range, &job, &outcome, &line));
        assert_int_equal(line.kind, SWEEP_LEAST);
        assert_int_equal(line.ram_bytes, result->least_ram_bytes);
        assert_true(sweep_ranges_equal(&line.range, &range));
    }
    sweep_results_free(&results);
}

/* ---- what goes wrong ---- */

static bool no_room(struct mm *mm)
{
    (void)mm;
    return false;
}

/* All that the trace asks for fails. */
static void a_machine_without_room_fails_everything(void **state)
{
    struct sweep_outcome outcome;
    struct sweep_line line;
    struct strategy cramped = *mm_strategy_find("brk");
    struct sweep_job job = {&traces[0], &cramped, SWEEP_POINT, 16 * MIB};

    (void)state;
    cramped.init = no_room;
    sweep_job_run(&job, &outcome);
    assert_int_equal(outcome.status, RUN_DONE);
    assert_int_equal(outcome.requests, 600);
    assert_int_equal(outcome.failed, 600);
    line = sweep_job_line(&job, &outcome);
    assert_string_equal(line.digest, "");
    job.kind = SWEEP_TRIAL;
    sweep_job_run(&job, &outcome);
    assert_int_equal(outcome.status, RUN_DONE);
    assert_int_equal(outcome.failed, 1);
}

static void one_that_panics_leaves_the_others(void **state)
{
    struct sweep_request request = request_of(2, 0, NULL);
    struct sweep_results good;
    struct sweep_results results;

    (void)state;
    request.strategy_count = 1;
    good = sweep(&request, SWEEP_DONE);
    strategies[1] = strategy_double(DOUBLE_PANICS);
    request.strategy_count = 2;
    results = sweep(&request, SWEEP_BROKEN);
    strategies[1] = mm_strategy_find("zoned");
    assert_non_null(strstr(reason, "panics with "));
    assert_non_null(strstr(reason, "was told to panic"));
    assert_same(&results, &good);
    sweep_results_free(&good);
    sweep_results_free(&results);
}

static void a_crash_is_told_as_one(void **state)
{
    struct sweep_request request = request_of(1, 0, NULL);
    struct sweep_results results;

    (void)state;
    strategies[0] = strategy_double(DOUBLE_EXITS);
    results = sweep(&request, SWEEP_BROKEN);
    strategies[0] = mm_strategy_find("brk");
    assert_non_null(strstr(reason, "crashed: ended without a result"));
    assert_int_equal(results.count, 0);
    sweep_results_free(&results);
}

/* ---- the journal ---- */

static char journal_text[1 << 20];

static size_t journal_read(const char *path)
{
    size_t bytes = scratch_read(path, journal_text, sizeof journal_text - 1u);

    journal_text[bytes] = '\0';
    return bytes;
}

static void what_is_done_is_not_done_again(void **state)
{
    const char *path = scratch_path("done.journal");
    struct sweep_request request = request_of(2, 0, path);
    struct sweep_results first = sweep(&request, SWEEP_DONE);
    size_t bytes = journal_read(path);

    (void)state;
    assert_true(jobs_run > 0);
    struct sweep_results again = sweep(&request, SWEEP_DONE);
    assert_int_equal(jobs_run, 0);
    assert_int_equal(journal_read(path), bytes);
    assert_same(&first, &again);
    sweep_results_free(&again);

    struct sim_error error;
    assert_true(sweep_results_load(&again, path, &error));
    assert_same(&first, &again);
    sweep_results_free(&again);
    sweep_results_free(&first);
}

/* Points and trials whose objects are whole: they end behind a digest, or a truth value. */
static uint32_t jobs_in(const char *text, size_t bytes)
{
    uint32_t jobs = 0;

    for (size_t i = 1; i < bytes; i++)
        jobs += text[i] == '}' && (text[i - 1u] == '"' || text[i - 1u] == 'e');
    return jobs;
}

/* Wherever a kill tore it: what is whole is not run again, and all comes out the same. */
static void a_torn_journal_is_gone_on_with(void **state)
{
    const char *path = scratch_path("torn.journal");
    struct sweep_request request = request_of(1, 0, path);
    static char text[sizeof journal_text];

    (void)state;
    request.trace_count = 1;
    struct sweep_results whole = sweep(&request, SWEEP_DONE);
    uint32_t jobs = jobs_run;
    size_t bytes = journal_read(path);
    memcpy(text, journal_text, sizeof text);
    for (size_t cut = 0; cut < bytes; cut++) {
        if (text[cut] != '\n' && cut % 311 != 0 && (cut == 0 || text[cut - 1u] != '\n'))
            continue;
        scratch_bytes("torn.journal", text, cut);
        struct sweep_results again = sweep(&request, SWEEP_DONE);
        assert_int_equal(jobs_run + jobs_in(text, cut), jobs);
        assert_same(&whole, &again);
        sweep_results_free(&again);
        struct sim_error error;
        assert_true(sweep_results_load(&again, path, &error));
        assert_same(&whole, &again);
        sweep_results_free(&again);
    }
    sweep_results_free(&whole);
}

static void a_stopped_sweep_goes_on(void **state)
{
    const char *path = scratch_path("stopped.journal");
    struct sweep_request request = request_of(2, 2, NULL);
    struct sweep_results whole = sweep(&request, SWEEP_DONE);
    uint32_t jobs = jobs_run;
    uint32_t ran = 0;

    (void)state;
    request.journal = path;
    stop_after = 5;
    for (uint32_t i = 0; i < 2; i++) {
        struct sweep_results part = sweep(&request, SWEEP_STOPPED);
        assert_in_range(jobs_run, 5, 6); /* one more may have ended at the same time */
        ran += jobs_run;
        sweep_results_free(&part);
    }
    stop_after = 0;
    struct sweep_results rest = sweep(&request, SWEEP_DONE);
    assert_int_equal(ran + jobs_run, jobs); /* nothing twice */
    assert_same(&whole, &rest);
    sweep_results_free(&whole);
    sweep_results_free(&rest);
}

static void assert_journal_refused(const struct sweep_request *request, const char *why)
{
    struct sweep_results results;
    struct sim_error error = {"", false};

    assert_int_equal(sweep_run(request, &results, &error), SWEEP_ERROR);
    if (strstr(error.text, why) == NULL)
        fail_msg("expected \"%s\", got \"%s\"", why, error.text);
    assert_int_equal(results.count, 0);
}

static void a_journal_of_something_else_is_refused(void **state)
{
    const char *path = scratch_path("else.journal");
    struct sweep_request request = request_of(1, 0, path);
    struct sweep_results results = sweep(&request, SWEEP_DONE);
    struct trace first = traces[0];
    size_t bytes = journal_read(path);

    (void)state;
    sweep_results_free(&results);
    traces[0] = traces[1];
    traces[0].name = first.name;
    assert_journal_refused(&request, "a trace of this name, but another one");
    traces[0] = first;
    request.range.points = 5;
    assert_journal_refused(&request, "a least over other RAM, or among other points");
    assert_int_equal(journal_read(path), bytes);
    request.range.points = 4;
    scratch_text("else.journal", "hello\n");
    assert_journal_refused(&request, "else.journal:1: ");
    request.journal = "/";
    assert_journal_refused(&request, "/: cannot open");
    request.journal = "/dev/null";
    assert_journal_refused(&request, "/dev/null: a journal is a file");
}

/* Nor is one gone on with that does not say which program's it is. */
static void a_journal_of_another_program_is_refused(void **state)
{
    const char *path = scratch_path("program.journal");
    struct sweep_request request = request_of(1, 0, path);
    struct sweep_results results = sweep(&request, SWEEP_DONE);
    size_t bytes = journal_read(path);

    (void)state;
    sweep_results_free(&results);
    char *sources = strstr(journal_text, fingerprint);
    assert_non_null(sources);
    sources[0] = sources[0] == 'a' ? 'b' : 'a';
    scratch_bytes("program.journal", journal_text, bytes);
    assert_journal_refused(&request, "program.journal:1: by another mmsim (sources ");
    memcpy(strstr(journal_text, "\"sources\""), "\"_ources\"", 9);
    scratch_bytes("program.journal", journal_text, bytes);
    assert_journal_refused(&request, "(sources not said)");
    assert_int_equal(journal_read(path), bytes);
}

/* A sweep of a trace more, and one of fewer: lines of others are left alone. */
static void a_journal_grows_with_its_sweeps(void **state)
{
    const char *path = scratch_path("grown.journal");
    struct sweep_request request = request_of(2, 0, path);
    struct sweep_results part;
    struct sweep_results whole;

    (void)state;
    request.trace_count = 1;
    part = sweep(&request, SWEEP_DONE);
    uint32_t jobs = jobs_run;
    request.trace_count = TRACES;
    whole = sweep(&request, SWEEP_DONE);
    assert_int_equal(whole.count, 2 * part.count);
    request.trace_count = 1;
    sweep_results_free(&whole);
    whole = sweep(&request, SWEEP_DONE);
    assert_true(jobs > 0);
    assert_int_equal(jobs_run, 0);
    assert_same(&part, &whole);
    sweep_results_free(&part);
    sweep_results_free(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_is_what_a_scan_finds),
        cmocka_unit_test(points_are_whole_runs),
        cmocka_unit_test(one_by_one_is_as_many_at_once),
        cmocka_unit_test(a_search_alone_finds_the_same),
        cmocka_unit_test(a_machine_without_room_fails_everything),
        cmocka_unit_test(one_that_panics_leaves_the_others),
        cmocka_unit_test(a_crash_is_told_as_one),
        cmocka_unit_test(what_is_done_is_not_done_again),
        cmocka_unit_test(a_torn_journal_is_gone_on_with),
        cmocka_unit_test(a_stopped_sweep_goes_on),
        cmocka_unit_test(a_journal_of_something_else_is_refused),
        cmocka_unit_test(a_journal_of_another_program_is_refused),
        cmocka_unit_test(a_journal_grows_with_its_sweeps),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
