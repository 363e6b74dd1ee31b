/* The parent's side of the protocol with the runner: runners that die, hang, send false data or
   write without end. */
#include "kernel/runner_process.h"
#include "support/fake_runner.h"
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct fixture {
    struct runner_process process;
    int arena_fd;
    char error[512];
    char *output;
    size_t output_bytes;
};

static struct fixture fixture;

static void collect(void *context, const char *bytes, size_t count)
{
    struct fixture *to = context;

    to->output = realloc(to->output, to->output_bytes + count);
    memcpy(to->output + to->output_bytes, bytes, count);
    to->output_bytes += count;
}

/* Start a runner that follows a script. */
static bool start(const char *script, bool patient)
{
    struct runner_program program;
    const char *reason;

    fixture = (struct fixture){.arena_fd = memfd_create("arena", MFD_CLOEXEC)};
    fake_runner_use(script);
    assert_true(runner_program_find(&program));
    assert_true(runner_process_create(&fixture.process, patient, &reason));
    bool started = runner_process_start(&fixture.process, &program, fixture.arena_fd, fixture.error,
                                        sizeof fixture.error);
    if (!started)
        print_message("%s: %s\n", script, fixture.error);
    return started;
}

static int stop(void **state)
{
    (void)state;
    runner_process_destroy(&fixture.process);
    close(fixture.arena_fd);
    free(fixture.output);
    return 0;
}

static struct runner_turn turn_of(double seconds)
{
    return (struct runner_turn){.limit_seconds = seconds, .output = collect, .context = &fixture};
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void assert_says_end(const char *expected)
{
    char text[256];

    runner_process_say_end(&fixture.process, text, sizeof text);
    assert_string_equal(text, expected);
}

/* ---- turns ---- */

static void answer_many_turns(bool patient, int turns)
{
    assert_true(start("returns", patient));
    for (int i = 0; i < turns; i++) {
        struct runner_turn turn = turn_of(60);

        fixture.process.control->registers.eip = (uint32_t)i;
        assert_int_equal(runner_process_turn(&fixture.process, &turn), TURN_EVENT);
        assert_int_equal(turn.event.kind, EVENT_RETURNED);
        assert_int_equal(fixture.process.control->registers.general[EAX], i + 1);
    }
}

TEST(turns_are_answered)
{
    answer_many_turns(false, 2000);
}

TEST(turns_are_answered_without_spinning)
{
    answer_many_turns(true, 500);
}

TEST(two_runners_are_apart)
{
    struct fixture first;
    struct runner_turn turn = turn_of(60);

    assert_true(start("returns", false));
    first = fixture;
    assert_true(start("answers_requests", false));
    assert_int_equal(runner_process_turn(&fixture.process, &turn), TURN_EVENT);
    assert_int_equal(turn.event.kind, EVENT_EXIT);
    assert_int_equal(runner_process_turn(&first.process, &turn), TURN_EVENT);
    assert_int_equal(turn.event.kind, EVENT_RETURNED);
    runner_process_destroy(&first.process);
    close(first.arena_fd);
    assert_int_equal(runner_process_turn(&fixture.process, &turn), TURN_EVENT);
}

/* ---- the start ---- */

TEST(a_start_that_fails_says_why)
{
    static const struct {
        const char *script, *error;
    } cases[] = {
        {"refuses", "this host has no modify_ldt()"},
        {"is_not_ready", "the runner did not say that it is ready"},
        {"dies_at_start", "the runner ended by signal 9 (Killed)"},
        {"exits_at_start", "the runner exited with status 3"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_false(start(cases[i].script, false));
        assert_string_equal(fixture.error, cases[i].error);
        assert_int_equal(fixture.process.pid, 0);
        stop(NULL);
    }
    assert_true(start("returns", false));
}

/* A runner that is ready before its parent checks must not get a second turn at the start. */
TEST(a_start_takes_one_turn)
{
    for (int i = 0; i < 30; i++) {
        struct runner_turn turn = turn_of(60);

        assert_true(start("answers_requests", false));
        assert_int_equal(runner_process_turn(&fixture.process, &turn), TURN_EVENT);
        assert_int_equal(turn.event.value, 1);
        stop(NULL);
    }
    assert_true(start("returns", false));
}

static void fail_to_start(const char *path, const char *expected)
{
    struct runner_program program;
    const char *reason;

    setenv("MMSIM_RUNNER", path, 1);
    fixture = (struct fixture){.arena_fd = memfd_create("arena", MFD_CLOEXEC)};
    assert_true(runner_program_find(&program));
    assert_true(runner_process_create(&fixture.process, false, &reason));
    assert_false(runner_process_start(&fixture.process, &program, fixture.arena_fd, fixture.error,
                                      sizeof fixture.error));
    assert_string_equal(fixture.error, expected);
}

TEST(a_program_that_is_not_there)
{
    fail_to_start("/nonexistent/runner",
                  "cannot start the runner: /nonexistent/runner: No such file or directory");
}

TEST(a_program_that_cannot_be_executed)
{
    fail_to_start("/etc/passwd", "cannot execute the runner: Permission denied");
}

/* The runner has standard error, the control block and the arena, and no other descriptor of this
   process. */
TEST(the_runner_has_no_other_descriptors)
{
    static const char *const expected[] = {"/dev/null", "/dev/null", NULL, "/memfd:mmsim control",
                                           "/memfd:arena"};
    char path[64], target[256];

    assert_true(start("returns", false));
    for (int fd = 0; fd < 100; fd++) {
        snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)fixture.process.pid, fd);
        ssize_t bytes = readlink(path, target, sizeof target - 1);

        if (fd == STDERR_FILENO)
            continue;
        assert_int_equal(bytes >= 0, fd < 5);
        if (bytes < 0)
            continue;
        target[bytes] = '\0';
        assert_int_equal(strncmp(target, expected[fd], strlen(expected[fd])), 0);
    }
}

TEST(the_shared_block_cannot_shrink)
{
    assert_true(start("returns", false));
    assert_int_equal(ftruncate(fixture.process.control_fd, 0), -1);
    assert_int_equal(errno, EPERM);
}

/* ---- death ---- */

TEST(a_death_is_noticed)
{
    struct runner_turn turn = turn_of(60);

    assert_true(start("dies", false));
    assert_int_equal(runner_process_turn(&fixture.process, &turn), TURN_ENDED);
    assert_says_end("the runner ended by signal 9 (Killed)");
    assert_int_equal(runner_process_turn(&fixture.process, &turn), TURN_ENDED);
}

TEST(an_exit_is_noticed)
{
    struct runner_turn turn = turn_of(60);

    assert_true(start("exits", false));
    assert_int_equal(runner_process_turn(&fixture.process, &turn), TURN_ENDED);
    assert_says_end("the runner exited with status 3");
}

TEST(output_before_a_death_is_not_lost)
{
    struct runner_turn turn = turn_of(60);

    assert_true(start("writes_and_dies", false));
    assert_int_equal(runner_process_turn(&fixture.process, &turn), TURN_ENDED);
    assert_int_equal(fixture.output_bytes, 1);
}

/* A parent that ignores SIGCHLD cannot wait for its children. */
TEST(a_death_is_noticed_where_children_are_ignored)
{
    struct runner_turn turn = turn_of(60);

    signal(SIGCHLD, SIG_IGN);
    assert_true(start("dies", false));
    assert_int_equal(runner_process_turn(&fixture.process, &turn), TURN_ENDED);
    assert_says_end("the runner has ended");
    signal(SIGCHLD, SIG_DFL);
}

TEST(a_destroyed_runner_is_gone)
{
    assert_true(start("hangs", false));
    pid_t pid = fixture.process.pid;
    runner_process_destroy(&fixture.process);
    assert_int_equal(kill(pid, 0), -1);
    assert_int_equal(errno, ESRCH);
}

/* ---- the clock ---- */

TEST(the_limit_interrupts)
{
    double begin = now();

    assert_true(start("is_interrupted", false));
    for (int i = 0; i < 3; i++) {
        struct runner_turn turn = turn_of(0.05);

        assert_int_equal(runner_process_turn(&fixture.process, &turn), TURN_LIMIT);
    }
    assert_true(now() - begin > 0.15);
    assert_int_not_equal(fixture.process.pid, 0);
}

TEST(who_does_not_answer_is_killed)
{
    struct runner_turn turn = turn_of(0.05);

    assert_true(start("hangs", false));
    assert_int_equal(runner_process_turn(&fixture.process, &turn), TURN_SILENT);
    assert_says_end("the runner no longer answers, and was ended");
    assert_int_equal(runner_process_turn(&fixture.process, &turn), TURN_ENDED);
}

/* The signal came too late: the turn's own event counts, and the next turn continues. */
TEST(a_late_interruption_is_no_event)
{
    struct runner_turn turn = turn_of(0.02);

    assert_true(start("is_interrupted_late", false));
    assert_int_equal(runner_process_turn(&fixture.process, &turn), TURN_EVENT);
    assert_int_equal(turn.event.value, 1);
    turn = turn_of(60);
    assert_int_equal(runner_process_turn(&fixture.process, &turn), TURN_EVENT);
    assert_int_equal(turn.event.value, 2);
}

TEST(time_passes_without_traps)
{
    struct runner_turn turn = turn_of(60);

    assert_true(start("needs_a_tick", false));
    assert_int_equal(runner_process_turn(&fixture.process, &turn), TURN_EVENT);
    assert_int_equal(turn.event.value, 5);
}

TEST(no_tick_comes_while_there_are_traps)
{
    struct runner_turn turn = turn_of(60);

    assert_true(start("traps_and_needs_no_tick", false));
    assert_int_equal(runner_process_turn(&fixture.process, &turn), TURN_EVENT);
    assert_int_equal(turn.event.value, 0);
}

/* ---- output ---- */

TEST(output_of_many_rings_is_whole)
{
    struct runner_turn turn = turn_of(60);

    assert_true(start("writes", false));
    assert_int_equal(runner_process_turn(&fixture.process, &turn), TURN_EVENT);
    assert_int_equal(turn.event.kind, EVENT_EXIT);
    assert_int_equal(fixture.output_bytes, FAKE_OUTPUT_BYTES);
    for (size_t i = 0; i < fixture.output_bytes; i++)
        if (fixture.output[i] != FAKE_OUTPUT(i))
            fail_msg("byte %zu", i);
}

TEST(a_ring_that_cannot_be_ends_the_runner)
{
    struct runner_turn turn = turn_of(60);

    assert_true(start("writes_too_much", false));
    assert_int_equal(runner_process_turn(&fixture.process, &turn), TURN_BROKEN);
    assert_int_equal(fixture.process.pid, 0);
    assert_int_equal(fixture.output_bytes, 0);
}

/* ---- lies ---- */

TEST(an_event_is_made_well_formed)
{
    struct runner_turn turn = turn_of(60);

    assert_true(start("gives_garbage", false));
    assert_int_equal(runner_process_turn(&fixture.process, &turn), TURN_EVENT);
    assert_int_equal(turn.event.kind, EVENT_STALE);
    assert_int_equal(turn.event.stale.global, true);
    assert_int_equal(strlen(turn.event.text), CONTROL_TEXT_BYTES - 1);
}

TEST_FIXTURES(NULL, stop)

int main(int argc, char **argv)
{
    fake_runner_main(argc, argv);
    return tests_run(NULL, NULL);
}
