/* Sweeps that continue the journal of an earlier one. No job runs twice, no result is lost, and the
   results of different traces or programs are not mixed. */
#include "lab/fingerprint.h"
#include "lab/sweep_journal.h"
#include "support/lab.h"
#include "support/scratch.h"
#include "support/sweeping.h"
#include "support/test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static char journal_text[1 << 20];

static size_t journal_read(const char *path)
{
    size_t bytes = scratch_read(path, journal_text, sizeof journal_text - 1u);

    journal_text[bytes] = '\0';
    return bytes;
}

TEST(finished_jobs_are_not_run_again)
{
    const char *path = scratch_path("done.journal");
    struct sweep_request request = request_of(2, 0, path);
    struct sweep_results first = sweep(&request, SWEEP_DONE);
    size_t bytes = journal_read(path);

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

/* Counts the complete objects of points and trials, which end after a digest or a boolean. */
static uint32_t complete_jobs_in(const char *text, size_t bytes)
{
    uint32_t jobs = 0;

    for (size_t i = 1; i < bytes; i++)
        jobs += text[i] == '}' && (text[i - 1u] == '"' || text[i - 1u] == 'e');
    return jobs;
}

/* The journal is cut at many places, as a kill might do. Jobs with a complete line are not run
   again, and the results are the same. */
TEST(a_torn_journal_is_continued)
{
    const char *path = scratch_path("torn.journal");
    struct sweep_request request = request_of(1, 0, path);
    static char text[sizeof journal_text];

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
        assert_int_equal(jobs_run + complete_jobs_in(text, cut), jobs);
        assert_same(&whole, &again);
        sweep_results_free(&again);
        struct sim_error error;
        assert_true(sweep_results_load(&again, path, &error));
        assert_same(&whole, &again);
        sweep_results_free(&again);
    }
    sweep_results_free(&whole);
}

TEST(a_stopped_sweep_is_continued)
{
    const char *path = scratch_path("stopped.journal");
    struct sweep_request request = request_of(2, 2, NULL);
    struct sweep_results whole = sweep(&request, SWEEP_DONE);
    uint32_t jobs = jobs_run;
    uint32_t jobs_before = 0;

    request.journal = path;
    stop_after = 5;
    for (uint32_t i = 0; i < 2; i++) {
        struct sweep_results part = sweep(&request, SWEEP_STOPPED);
        assert_in_range(jobs_run, 5, 6); /* another job may end at the same time */
        jobs_before += jobs_run;
        sweep_results_free(&part);
    }
    stop_after = 0;
    struct sweep_results rest = sweep(&request, SWEEP_DONE);
    assert_int_equal(jobs_before + jobs_run, jobs); /* no job ran twice */
    assert_same(&whole, &rest);
    sweep_results_free(&whole);
    sweep_results_free(&rest);
}

static void assert_journal_refused(const struct sweep_request *request, const char *expected)
{
    struct sweep_results results;
    struct sim_error error = {"", false};

    assert_int_equal(sweep_run(request, &results, &error), SWEEP_ERROR);
    if (strstr(error.text, expected) == NULL)
        fail_msg("expected \"%s\", got \"%s\"", expected, error.text);
    assert_int_equal(results.count, 0);
}

TEST(a_journal_of_another_trace_or_range_is_refused)
{
    const char *path = scratch_path("else.journal");
    struct sweep_request request = request_of(1, 0, path);
    struct sweep_results results = sweep(&request, SWEEP_DONE);
    struct trace first = traces[0];
    size_t bytes = journal_read(path);

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
    assert_journal_refused(&request, "/dev/null: a journal must be a regular file");
}

/* A journal that does not name its program is also refused. */
TEST(a_journal_of_another_program_is_refused)
{
    const char *path = scratch_path("program.journal");
    struct sweep_request request = request_of(1, 0, path);
    struct sweep_results results = sweep(&request, SWEEP_DONE);
    size_t bytes = journal_read(path);

    sweep_results_free(&results);
    char *sources = strstr(journal_text, fingerprint);
    assert_non_null(sources);
    sources[0] = sources[0] == 'a' ? 'b' : 'a';
    scratch_bytes("program.journal", journal_text, bytes);
    assert_journal_refused(&request, "program.journal:1: written by another mmsim (sources ");
    memcpy(strstr(journal_text, "\"sources\""), "\"_ources\"", 9);
    scratch_bytes("program.journal", journal_text, bytes);
    assert_journal_refused(&request, "(sources not said)");
    assert_int_equal(journal_read(path), bytes);
}

/* Sweeps of more or fewer traces share a journal, and ignore the lines of other traces. */
TEST(a_journal_can_hold_several_sweeps)
{
    const char *path = scratch_path("grown.journal");
    struct sweep_request request = request_of(2, 0, path);
    struct sweep_results part;
    struct sweep_results whole;

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

static bool take_any(void *context, const struct sweep_line *line, uint64_t number,
                     struct sim_error *error)
{
    (void)line;
    (void)number;
    (void)error;
    ++*(uint32_t *)context;
    return true;
}

/* A line for which the file has no room is removed as a whole. Earlier lines stay. */
TEST(a_full_file_keeps_whole_lines)
{
    const char *path = scratch_path("full.journal");
    const struct sweep_line line = {
        .kind = SWEEP_POINT, .trace = "a.mmb", .strategy = "brk", .ram_bytes = 1, .requests = 1};
    struct sweep_journal journal;
    struct sim_error error;
    struct rlimit unlimited;
    uint32_t lines = 0;

    assert_true(sweep_journal_open(&journal, path, take_any, &lines, &error));
    assert_true(sweep_journal_add(&journal, &line, &error));
    size_t bytes = journal_read(path);
    getrlimit(RLIMIT_FSIZE, &unlimited);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){bytes + 5u, unlimited.rlim_max});
    assert_false(sweep_journal_add(&journal, &line, &error));
    setrlimit(RLIMIT_FSIZE, &unlimited);
    signal(SIGXFSZ, SIG_DFL);
    assert_true(error.writing);
    assert_non_null(strstr(error.text, "full.journal: cannot write: File too large"));
    assert_int_equal(journal_read(path), bytes);
    assert_true(sweep_journal_add(&journal, &line, &error));
    assert_int_equal(journal_read(path), 2u * bytes);
    sweep_journal_close(&journal);
}

int main(void)
{
    return tests_run(sweeping_setup, sweeping_teardown);
}
