/* The exit status of commands whose output cannot be written, whose standard files are closed, or
 * that a signal ends. */
#include "command/status.h"
#include "support/program.h"
#include "support/scratch.h"
#include "support/test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define GOOD "tests/cli/data/orders.mmt"
#define GCC  "bench/traces/gcc_512.mmb.zst"

static struct program program;

/* Run a script with bash. $m is mmsim, and $1 followed by a name is the path of a file in the
 * scratch folder. */
static void run_script(const char *script)
{
    char whole[1024];

    assert_true((size_t)snprintf(whole, sizeof whole, "m=%s; %s", MMSIM_PROGRAM, script) <
                sizeof whole);
    program_run(&program, NULL, NULL,
                (const char *const[]){"bash", "-c", whole, "sh", scratch_path(""), NULL});
}

static void assert_status(const char *script, int status)
{
    if (program.status != status)
        fail_msg("%s: expected status %d, got %d: %s", script, status, program.status, program.err);
}

/* Commands that print a result. */
static const char *const printing[] = {
    "strategies",
    "compare " GOOD " --strategies brk",
    "replay " GOOD " --strategy brk",
    "thread " GOOD " --strategies brk",
    "explain " GOOD " --strategy brk",
    "sweep " GOOD " --ram 32M..33M --strategies brk",
    "diff " GOOD " --strategies brk,jump",
    "layout --strategies brk",
    "info " GOOD,
    "convert " GOOD " -",
    "cut " GOOD " 1..2 -o -",
    "generate churn --events 100 -o -",
    "completion zsh",
    "help exit-status",
    "--version",
};

#define PRINTING (sizeof printing / sizeof printing[0])

static void assert_output_error(const char *redirection, const char *reason)
{
    for (size_t i = 0; i < PRINTING; i++) {
        char script[256];
        char message[128];

        snprintf(script, sizeof script, "$m %s %s", printing[i], redirection);
        run_script(script);
        assert_status(script, STATUS_FAILED);
        snprintf(message, sizeof message, "mmsim: standard output: cannot write: %s\n", reason);
        if (strcmp(program.err, message) != 0)
            fail_msg("%s: %s", script, program.err);
    }
}

TEST(a_full_device_is_named)
{
    assert_output_error(">/dev/full", "No space left on device");
}

/* Commands that write a file. $f is a link to a full device; its name has the ending that the
 * command needs. */
static const struct {
    const char *ending;
    const char *command;
} writing[] = {
    {".mmt", "convert " GOOD " $f"},
    {".mmb", "convert " GOOD " $f"},
    {".mmt.zst", "convert " GOOD " $f"},
    {".mmt", "cut " GOOD " 1..2 -o $f"},
    {".mmb", "generate churn --events 100 -o $f"},
    {".mmb", "import mtrace tests/trace/data/heap.mtrace -o $f"},
    {".mmt", "reduce tests/cli/data/brk_blocked.mmt --strategy brk --ram 64M -o $f"},
    {".csv", "replay " GOOD " --strategy brk --series $f"},
};

TEST(a_file_on_a_full_device_is_named)
{
    for (size_t i = 0; i < sizeof writing / sizeof writing[0]; i++) {
        char script[256];
        char message[64];

        snprintf(script, sizeof script, "f=$1full%s; ln -sf /dev/full $f; $m %s", writing[i].ending,
                 writing[i].command);
        run_script(script);
        assert_status(script, STATUS_FAILED);
        snprintf(message, sizeof message, "full%s: cannot write: No space left on device\n",
                 writing[i].ending);
        assert_error_has(&program, message);
        assert_int_equal(text_lines(program.err), 1);
    }
}

TEST(a_closed_standard_output_is_named)
{
    assert_output_error(">&-", "Bad file descriptor");
}

TEST(a_long_output_that_fails_early_is_named)
{
    run_script("$m generate churn --events 20k -o $1long.mmb && "
               "$m replay $1long.mmb --strategy brk --series - --every 1 >/dev/full");
    assert_status("a long series", STATUS_FAILED);
    assert_string_equal(program.err,
                        "mmsim: standard output: cannot write: No space left on device\n");
}

TEST(a_broken_pipe_ends_the_program_by_sigpipe)
{
    run_script("$m convert " GCC " - | head -n 1 >/dev/null; exit ${PIPESTATUS[0]}");
    assert_status("convert | head", STATUS_SIGNAL + SIGPIPE);
    assert_string_equal(program.err, "");
    run_script("trap '' PIPE; $m convert " GCC " - | head -n 1 >/dev/null; exit ${PIPESTATUS[0]}");
    assert_status("convert | head, ignoring SIGPIPE", STATUS_FAILED);
    assert_error_has(&program, "standard output: cannot write: Broken pipe\n");
}

TEST(a_closed_standard_input_is_named)
{
    run_script("$m info - <&-");
    assert_status("info -", STATUS_BAD_INPUT);
    assert_error_has(&program, "mmsim: standard input: ");
    assert_int_equal(text_lines(program.err), 1);
}

/* A file that is opened does not get the number of a standard file that is closed. */
TEST(messages_do_not_get_into_the_output_file)
{
    run_script("$m generate churn --events 10 -o $1own.mmt >&- 2>&- <&- && "
               "head -c 9 $1own.mmt");
    assert_status("generate with closed standard files", STATUS_DONE);
    assert_string_equal(program.out, "mmtrace 1");
}

/* Commands that still run when the signal comes. */
static const char *const lasting[] = {
    "generate churn --events 1e9 -o $1signal.mmb",
    "compare $1long.mmb --check-tlb",
    "replay $1long.mmb --strategy brk --series $1signal.csv --every 1",
    "thread $1long.mmb",
    "explain $1long.mmb --strategy window --ram 16M",
    "reduce $1long.mmb --strategy primary --ram 16M -o $1signal.mmt",
    "sweep $1long.mmb --ram 16M..128M",
    "diff $1long.mmb --strategies brk,zoned",
    "cut $1long.mmb 1..4M -o $1signal.mmt",
    "import valgrind <(sleep 60) -o $1signal.mmb",
    "convert <(sleep 60) $1signal.mmb",
    "info <(sleep 60)",
};

static void assert_ended_by_signal(const char *name, int number)
{
    for (size_t i = 0; i < sizeof lasting / sizeof lasting[0]; i++) {
        char script[512];

        snprintf(script, sizeof script,
                 "export TMPDIR=$1; timeout --preserve-status --signal %s 0.15 $m %s >/dev/null",
                 name, lasting[i]);
        run_script(script);
        assert_status(script, STATUS_SIGNAL + number);
        assert_string_equal(program.out, "");
    }
}

TEST(the_status_after_a_signal_is_128_plus_its_number)
{
    run_script("$m generate churn --events 5M -o $1long.mmb");
    assert_ended_by_signal("INT", SIGINT);
    assert_ended_by_signal("TERM", SIGTERM);
    assert_ended_by_signal("HUP", SIGHUP);
}
