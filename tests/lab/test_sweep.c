/* Sweeps: parallel jobs give the results of serial ones, the least RAM is the one that a scan of
   all sizes finds, and jobs that fail do not disturb the others. */
#include <mm/strategy.h>

#include "support/strategy_double.h"
#include "support/sweeping.h"
#include "support/test.h"

#include <string.h>

static bool passes(const struct trace *trace, const struct strategy *strategy, uint64_t ram_bytes)
{
    struct sweep_job job = {
        .trace = trace, .strategy = strategy, .kind = SWEEP_POINT, .ram_bytes = ram_bytes};
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

/* The scan tries every size in ascending order. */
TEST(the_least_ram_is_what_a_scan_finds)
{
    struct sweep_request request = request_of(2, 0, NULL);
    struct sweep_results results = sweep(&request, SWEEP_DONE);
    uint32_t found = 0;

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
    assert_true(found >= 2); /* otherwise no search took place */
    sweep_results_free(&results);
}

TEST(points_are_measured_by_whole_runs)
{
    struct sweep_request request = request_of(1, 0, NULL);
    struct sweep_results results = sweep(&request, SWEEP_DONE);
    struct sweep_outcome outcome;

    assert_int_equal(results.count, TRACES);
    assert_int_equal(results.list[0].count, range.points);
    for (uint32_t i = 0; i < range.points; i++) {
        uint64_t bytes = sweep_range_bytes(&range, sweep_range_point(&range, i));
        const struct sweep_job job = {.trace = &traces[0],
                                      .strategy = strategies[0],
                                      .kind = SWEEP_POINT,
                                      .ram_bytes = bytes};

        sweep_job_run(&job, &outcome);
        assert_int_equal(results.list[0].points[i].ram_bytes, bytes);
        assert_int_equal(results.list[0].points[i].requests, outcome.requests);
        assert_int_equal(results.list[0].points[i].requests, 600);
        assert_int_equal(results.list[0].points[i].failed, outcome.failed);
    }
    assert_true(results.list[0].points[0].failed > 0);
    sweep_results_free(&results);
}

TEST(serial_and_parallel_sweeps_give_the_same_results)
{
    struct sweep_request serial = request_of(2, 1, NULL);
    struct sweep_request parallel = request_of(2, 5, NULL);
    struct sweep_results one = sweep(&serial, SWEEP_DONE);
    uint32_t jobs = jobs_run;
    struct sweep_results many = sweep(&parallel, SWEEP_DONE);

    assert_same(&one, &many);
    assert_int_equal(jobs, jobs_run);
    sweep_results_free(&one);
    sweep_results_free(&many);
}

TEST(a_single_search_finds_the_same_least_ram)
{
    struct sweep_request request = request_of(2, 0, NULL);
    struct sweep_results results = sweep(&request, SWEEP_DONE);
    struct sweep_outcome outcome;
    struct sweep_line line;

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

/* ---- jobs that fail ---- */

static bool no_room(struct mm *mm)
{
    (void)mm;
    return false;
}

TEST(on_a_machine_without_room_every_request_fails)
{
    struct sweep_outcome outcome;
    struct sweep_line line;
    struct strategy cramped = *mm_strategy_find("brk");
    struct sweep_job job = {
        .trace = &traces[0], .strategy = &cramped, .kind = SWEEP_POINT, .ram_bytes = 16 * MIB};

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

TEST(a_panic_leaves_the_results_of_the_others)
{
    struct sweep_request request = request_of(2, 0, NULL);
    struct sweep_results good;
    struct sweep_results results;

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

TEST(a_crash_is_reported)
{
    struct sweep_request request = request_of(1, 0, NULL);
    struct sweep_results results;

    strategies[0] = strategy_double(DOUBLE_EXITS);
    results = sweep(&request, SWEEP_BROKEN);
    strategies[0] = mm_strategy_find("brk");
    assert_non_null(strstr(reason, "crashed: ended without a result"));
    assert_int_equal(results.count, 0);
    sweep_results_free(&results);
}

int main(void)
{
    return tests_run(sweeping_setup, sweeping_teardown);
}
