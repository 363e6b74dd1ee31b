/* Runs jobs in processes of their own: streams of jobs, results of any size, and signals. */
#include "lab/workers.h"
#include "support/test.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define JOBS_MAX    400u
#define SECONDS_MAX 300u /* the longest wait for a job on a busy machine */

/* A source of jobs, and a record of how they ended. */
struct source {
    uint32_t count; /* jobs 0 to count - 1 */
    uint32_t next;
    uint32_t running;
    uint32_t most_running;
    uint32_t ended;
    uint32_t lost;
    uint32_t ends[JOBS_MAX];
    char reason[WORKERS_LOST_BYTES];
    bool one_by_one;  /* the next starts when the last has ended */
    bool first_alone; /* the second starts when the first has ended */
    int started_fd;   /* a job writes a byte to it */
};

static bool next(void *context, uint32_t *job)
{
    struct source *source = context;

    if (source->next == source->count || (source->one_by_one && source->running > 0) ||
        (source->first_alone && source->next == 1 && source->running > 0))
        return false;
    *job = source->next++;
    source->running++;
    if (source->running > source->most_running)
        source->most_running = source->running;
    return true;
}

static void ended(void *context, uint32_t job, const void *result, const char *lost)
{
    struct source *source = context;

    source->running--;
    source->ended++;
    source->ends[job]++;
    assert_true((result == NULL) != (lost == NULL));
    if (lost != NULL) {
        source->lost++;
        strcpy(source->reason, lost);
    } else {
        assert_int_equal(*(const uint32_t *)result, job * job);
    }
}

static void square(void *context, uint32_t job, void *result)
{
    (void)context;
    assert_int_equal(*(uint32_t *)result, 0);
    *(uint32_t *)result = job * job;
}

static struct source run(struct source source, uint32_t at_once,
                         void (*job)(void *context, uint32_t job, void *result))
{
    const struct workers_stream stream = {.context = &source,
                                          .result_bytes = sizeof(uint32_t),
                                          .at_once = at_once,
                                          .next = next,
                                          .run_job = job,
                                          .ended = ended};

    assert_true(workers_run_stream(&stream));
    assert_int_equal(source.running, 0);
    assert_int_equal(source.ended, source.count);
    for (uint32_t i = 0; i < source.count; i++)
        assert_int_equal(source.ends[i], 1);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    return source;
}

TEST(each_job_ends_once)
{
    assert_int_equal(run((struct source){.count = 40}, 0, square).lost, 0);
    assert_int_equal(run((struct source){.count = 0}, 0, square).lost, 0);
}

TEST(no_more_jobs_run_at_once_than_asked_for)
{
    assert_int_equal(run((struct source){.count = 9}, 1, square).most_running, 1);
    assert_int_equal(run((struct source){.count = 20}, 7, square).most_running, 7);
    assert_int_equal(run((struct source){.count = 3}, 7, square).most_running, 3);
}

TEST(a_source_may_wait_for_a_result)
{
    assert_int_equal(run((struct source){.count = 12, .one_by_one = true}, 4, square).most_running,
                     1);
}

static void fail_two_of_three(void *context, uint32_t job, void *result)
{
    square(context, job, result);
    if (job % 3 == 0)
        _exit(0);
    if (job % 3 == 1)
        kill(getpid(), SIGKILL);
}

TEST(only_jobs_that_crash_are_lost)
{
    assert_int_equal(run((struct source){.count = 12}, 3, fail_two_of_three).lost, 8);
    assert_string_equal(run((struct source){.count = 1}, 3, fail_two_of_three).reason,
                        "crashed: ended without a result");
    assert_string_equal(
        run((struct source){.count = 2, .one_by_one = true}, 3, fail_two_of_three).reason,
        "crashed: Killed");
}

/* ---- processes that run one job after another ---- */

static void write_order(void *context, uint32_t job, void *order)
{
    (void)context;
    *(uint32_t *)order = job;
}

static uint32_t jobs_here; /* jobs that this process has run */

static bool square_order(void *context, const void *order, void *result)
{
    square(context, *(const uint32_t *)order, result);
    jobs_here++;
    return true;
}

static bool square_order_once(void *context, const void *order, void *result)
{
    square_order(context, order, result);
    if (jobs_here > 1)
        kill(getpid(), SIGKILL);
    return false;
}

static bool fail_third_order(void *context, const void *order, void *result)
{
    square_order(context, order, result);
    if (*(const uint32_t *)order % 3 == 2)
        kill(getpid(), SIGKILL);
    return true;
}

static bool square_order_in_one_process(void *context, const void *order, void *result)
{
    square_order(context, order, result);
    if (jobs_here != *(const uint32_t *)order + 1u)
        kill(getpid(), SIGKILL);
    return true;
}

static struct source follow(struct source source, uint32_t at_once,
                            bool (*order)(void *context, const void *order, void *result))
{
    const struct workers_stream stream = {.context = &source,
                                          .result_bytes = sizeof(uint32_t),
                                          .at_once = at_once,
                                          .order_bytes = sizeof(uint32_t),
                                          .write_order = write_order,
                                          .run_order = order,
                                          .next = next,
                                          .ended = ended};

    assert_true(workers_run_stream(&stream));
    assert_int_equal(source.running, 0);
    assert_int_equal(source.ended, source.count);
    for (uint32_t i = 0; i < source.count; i++)
        assert_int_equal(source.ends[i], 1);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    return source;
}

TEST(a_process_runs_one_job_after_another)
{
    assert_int_equal(follow((struct source){.count = 30}, 1, square_order_in_one_process).lost, 0);
    assert_int_equal(follow((struct source){.count = 40}, 4, square_order).lost, 0);
    assert_int_equal(
        follow((struct source){.count = 9, .one_by_one = true}, 4, square_order_in_one_process)
            .lost,
        0);
}

TEST(a_process_that_should_not_go_on_is_replaced)
{
    assert_int_equal(follow((struct source){.count = 20}, 3, square_order_once).lost, 0);
}

TEST(a_crash_loses_only_the_job_that_ran)
{
    struct source source = follow((struct source){.count = 12}, 2, fail_third_order);

    assert_int_equal(source.lost, 4);
    assert_string_equal(source.reason, "crashed: Killed");
}

/* The result is far larger than the buffer of a pipe. */
#define LARGE 300000u

static void fill(void *context, uint32_t job, void *result)
{
    (void)context;
    memset(result, (int)job + 1, LARGE);
}

static void check_filled(void *context, uint32_t job, const void *result, const char *lost)
{
    struct source *source = context;
    const char *bytes = result;

    assert_null(lost);
    for (uint32_t i = 0; i < LARGE; i += 1009)
        assert_int_equal(bytes[i], job + 1u);
    assert_int_equal(bytes[LARGE - 1u], job + 1u);
    source->running--;
    source->ended++;
}

TEST(results_may_be_larger_than_a_pipe)
{
    struct source source = {.count = 9};
    const struct workers_stream stream = {.context = &source,
                                          .result_bytes = LARGE,
                                          .at_once = 3,
                                          .next = next,
                                          .run_job = fill,
                                          .ended = check_filled};

    assert_true(workers_run_stream(&stream));
    assert_int_equal(source.ended, 9);
}

/* Valgrind 3.19 makes a pair of sockets in spite of the limit. */
static bool limit_holds(void)
{
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
        return true;
    close(fds[0]);
    close(fds[1]);
    return false;
}

TEST(without_file_descriptors_jobs_are_lost)
{
    struct rlimit files;

    getrlimit(RLIMIT_NOFILE, &files);
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){3, files.rlim_max});
    if (!limit_holds()) {
        setrlimit(RLIMIT_NOFILE, &files);
        skip();
    }
    struct source source = run((struct source){.count = 2}, 2, square);
    setrlimit(RLIMIT_NOFILE, &files);
    assert_int_equal(source.lost, 2);
    assert_string_equal(source.reason, "no process: Too many open files");
}

/* ---- signals ---- */

static void wait_except_first(void *context, uint32_t job, void *result)
{
    (void)context;
    if (job == 0) {
        square(context, job, result);
        return;
    }
    if (job == 1)
        kill(getppid(), SIGTERM);
    for (;;)
        pause();
}

static bool run_stopping(struct source *source, bool stops,
                         void (*job)(void *context, uint32_t job, void *result))
{
    const struct workers_stream stream = {.context = source,
                                          .result_bytes = sizeof(uint32_t),
                                          .at_once = 2,
                                          .stops = stops,
                                          .next = next,
                                          .run_job = job,
                                          .ended = ended};

    return workers_run_stream(&stream);
}

TEST(a_signal_stops_the_stream_and_all_its_jobs)
{
    struct source source = {.count = 10, .first_alone = true};

    assert_false(run_stopping(&source, true, wait_except_first));
    assert_int_equal(source.ends[0], 1);
    assert_int_equal(source.ended, 1);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    assert_ptr_equal(signal(SIGTERM, SIG_DFL), SIG_DFL);
    assert_true(run_stopping(&(struct source){.count = 1}, true, wait_except_first));
}

/* Waits until another job has ended too, so that there always is one to collect. */
static void ended_after_waiting(void *context, uint32_t job, const void *result, const char *lost)
{
    struct source *source = context;
    siginfo_t next_one;

    ended(context, job, result, lost);
    if (source->ended == 3)
        raise(SIGTERM);
    if (source->running > 0)
        assert_int_equal(waitid(P_ALL, 0, &next_one, WEXITED | WNOWAIT), 0);
}

static bool run_with_jobs_always_ended(struct source *source)
{
    const struct workers_stream stream = {.context = source,
                                          .result_bytes = sizeof(uint32_t),
                                          .at_once = 3,
                                          .stops = true,
                                          .next = next,
                                          .run_job = square,
                                          .ended = ended_after_waiting};

    return workers_run_stream(&stream);
}

TEST(a_signal_is_seen_among_many_results)
{
    struct source source = {.count = 200};

    assert_false(run_with_jobs_always_ended(&source));
    assert_in_range(source.ended, 3, 5); /* including jobs that had already ended */
    source = (struct source){.count = 3};
    assert_false(run_with_jobs_always_ended(&source));
    assert_int_equal(source.ended, 3);
}

/* A program under nohup starts with SIGHUP ignored. */
TEST(an_ignored_signal_stays_ignored)
{
    struct source source = {.count = 9};

    signal(SIGHUP, SIG_IGN);
    raise(SIGHUP);
    assert_false(run_stopping(&source, true, wait_except_first));
    assert_ptr_equal(signal(SIGHUP, SIG_DFL), SIG_IGN);
}

/* Reports that it has started, and never ends. */
static void report_start_and_wait(void *context, uint32_t job, void *result)
{
    const struct source *source = context;

    (void)job;
    (void)result;
    if (write(source->started_fd, "", 1) == 1)
        pause();
}

TEST(a_killed_parent_leaves_no_job_behind)
{
    int fds[2];
    char byte;

    assert_int_equal(pipe(fds), 0);
    pid_t parent = fork();
    if (parent == 0) {
        struct source source = {.count = 10, .started_fd = fds[1]};
        close(fds[0]);
        (void)run_stopping(&source, false, report_start_and_wait);
        _exit(0);
    }
    close(fds[1]);
    alarm(SECONDS_MAX);
    for (uint32_t jobs = 0; jobs < 2; jobs++) /* both jobs have started */
        assert_int_equal(read(fds[0], &byte, 1), 1);
    kill(parent, SIGKILL);
    assert_int_equal(waitpid(parent, NULL, 0), parent);
    assert_int_equal(read(fds[0], &byte, 1), 0); /* end of file: no job is left */
    alarm(0);
    close(fds[0]);
}
