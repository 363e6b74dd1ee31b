/* `mmsim watch` on terminals that tmux emulates: what it shows, and how it leaves them. */
#include "support/program.h"
#include "support/raw_trace.h"
#include "support/scratch.h"
#include "support/test.h"
#include "support/tmux.h"

#include "replay/event.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRACE  "bench/traces/fork_1024.mmb.zst"
#define WATCH  MMSIM_PROGRAM " watch " TRACE " --strategy brk --ram 19M"
#define PAUSED WATCH " --speed 1"

/* Without tmux only one test has something to do. */
#define NEEDS_TMUX()                                                                               \
    do {                                                                                           \
        if (!tmux_is_installed())                                                                  \
            skip();                                                                                \
    } while (0)

static int end_terminal(void **state)
{
    (void)state;
    tmux_end();
    return 0;
}

TEST_FIXTURES(NULL, end_terminal)

/* ---- how it leaves the terminal ---- */

/* Start a shell, note the terminal's settings, and watch. */
static void start(const char *kind, const char *command)
{
    char line[1024];

    tmux_start(80, 24, kind);
    snprintf(line, sizeof line, "stty -g >%s; %s; echo status $?", scratch_path("before"), command);
    tmux_command(line);
}

/* The shell is as before: the same settings, the first screen with what was typed, a cursor. */
static void assert_terminal_is_as_before(int status)
{
    static char before[256];
    static char after[256];
    char line[300];

    snprintf(line, sizeof line, "status %d", status);
    tmux_wait_for(line);
    snprintf(line, sizeof line, "stty -g >%s; echo noted", scratch_path("after"));
    tmux_command(line);
    tmux_wait_for("\nnoted");
    memset(before, 0, sizeof before);
    memset(after, 0, sizeof after);
    assert_true(scratch_read(scratch_path("before"), before, sizeof before - 1u) > 10);
    scratch_read(scratch_path("after"), after, sizeof after - 1u);
    assert_string_equal(before, after);
    assert_string_equal(
        tmux_format("#{alternate_on} #{cursor_flag} #{keypad_flag} #{keypad_cursor_flag}"),
        "0 1 0 0");
    tmux_wait_for("ready stty -g");
    tmux_end();
}

/* ---- what it shows ---- */

TEST(a_person_looks_around)
{
    NEEDS_TMUX();
    start("tmux-256color", WATCH);
    tmux_wait_for("events/s");
    tmux_wait_for("fork_1024 under brk, RAM 19.0 MiB");
    tmux_type(" ");
    tmux_wait_for("paused, ");
    tmux_type("g1000\n");
    tmux_wait_for("before event 1,000 of ");
    tmux_press("Right");
    tmux_wait_for("before event 1,001 of ");
    tmux_press("Left");
    tmux_wait_for("before event 1,000 of ");
    tmux_type("n");
    tmux_wait_for("] at event ");
    tmux_wait_for(" fails: ");
    tmux_wait_for("failures  1 ");
    tmux_type("?");
    tmux_wait_for("to the next failure, as its request found memory");
    tmux_type("x");
    tmux_type("e");
    tmux_wait_for("end of the trace");
    tmux_type("q");
    assert_terminal_is_as_before(0);
}

TEST(it_follows_the_size_of_the_terminal)
{
    NEEDS_TMUX();
    start("tmux-256color", PAUSED);
    tmux_wait_for("failures");
    tmux_resize(40, 12);
    tmux_wait_without("failures");
    tmux_wait_for("fork_1024 under");
    tmux_resize(1, 1);
    tmux_resize(160, 50);
    tmux_wait_for("failures");
    tmux_wait_for("? help  q quit");
    tmux_type("q");
    assert_terminal_is_as_before(0);
}

TEST(it_runs_on_other_kinds_of_terminals)
{
    static const char *const kinds[] = {"vt100", "xterm"};

    NEEDS_TMUX();
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        start(kinds[i], PAUSED);
        tmux_wait_for("     0 RRRR");
        tmux_wait_for("q quit");
        tmux_type("q");
        tmux_wait_for("status 0");
        tmux_end();
    }
}

TEST(without_colour_there_are_letters)
{
    NEEDS_TMUX();
    start("tmux-256color", "NO_COLOR=1 " PAUSED);
    tmux_wait_for("     0 RRRR");
    tmux_type("q");
    assert_terminal_is_as_before(0);
}

/* ---- signals ---- */

/* AddressSanitizer has a handler of its own for SIGSEGV. */
#ifdef __SANITIZE_ADDRESS__
#define CRASH SIGTERM
#else
#define CRASH SIGSEGV
#endif

TEST(signals_end_it_and_restore_the_terminal)
{
    static const int signals[] = {SIGTERM, SIGHUP, CRASH};

    NEEDS_TMUX();
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        start("tmux-256color", "ulimit -c 0; " PAUSED);
        tmux_wait_for("q quit");
        assert_int_equal(kill(tmux_process(), signals[i]), 0);
        assert_terminal_is_as_before(128 + signals[i]);
    }
}

TEST(control_c_ends_it)
{
    NEEDS_TMUX();
    start("tmux-256color", PAUSED);
    tmux_wait_for("q quit");
    tmux_press("C-c");
    tmux_wait_without("q quit");
    tmux_command("echo status $?");
    assert_terminal_is_as_before(130);
}

TEST(control_z_stops_it_until_it_is_continued)
{
    NEEDS_TMUX();
    start("tmux-256color", "set -m; " PAUSED);
    tmux_wait_for("q quit");
    tmux_press("C-z");
    tmux_wait_for("Stopped");
    assert_string_equal(tmux_format("#{alternate_on}"), "0");
    tmux_command("fg; echo status $?");
    tmux_wait_for("q quit");
    tmux_type(".");
    tmux_wait_for("before event 2 of");
    tmux_type("q");
    assert_terminal_is_as_before(0);
}

/* ---- replays that go wrong ---- */

TEST(a_crash_of_the_replay_is_shown_and_reported)
{
    NEEDS_TMUX();
    start("tmux-256color", "ulimit -c 0; " PAUSED);
    tmux_wait_for("q quit");
    assert_int_equal(kill(tmux_child_of(tmux_process()), SIGKILL), 0);
    tmux_type(".");
    tmux_wait_for("its process was ended by signal 9");
    tmux_type("g500\n");
    tmux_wait_for("before event 500 of");
    assert_int_equal(kill(tmux_child_of(tmux_process()), SIGKILL), 0);
    tmux_type(".");
    tmux_wait_for("the replay has ended");
    tmux_type("q");
    tmux_wait_for("mmsim: brk: its process was ended by signal 9");
    assert_terminal_is_as_before(1);
}

/* All checksums are right, but the third event frees a block a second time. */
TEST(an_error_in_the_trace_is_shown_and_reported)
{
    static const uint8_t payload[] = {EVENT_KMALLOC, 0, 100, EVENT_KFREE, 0, EVENT_KFREE, 0};
    uint8_t bytes[RAW_TRACE_BYTES(sizeof payload)];
    const struct trace_header header = {.slots = 1, .events = 3, .peak_live_bytes = 100};
    size_t size = raw_trace_make(bytes, header, payload, sizeof payload);
    char command[512];

    NEEDS_TMUX();
    snprintf(command, sizeof command, MMSIM_PROGRAM " watch %s --strategy zoned --speed 1000",
             scratch_bytes("twice.mmb", bytes, size));
    start("tmux-256color", command);
    tmux_wait_for("the replay has ended");
    tmux_wait_for("event 3");
    tmux_type("q");
    tmux_wait_for("mmsim: ");
    assert_terminal_is_as_before(2);
}

/* ---- where it does not run ---- */

TEST(terminals_that_cannot_place_a_cursor_are_refused)
{
    NEEDS_TMUX();
    start("dumb", PAUSED);
    tmux_wait_for("watch needs a terminal: this kind of terminal cannot place its cursor: TERM is "
                  "dumb; `mmsim replay` prints");
    assert_terminal_is_as_before(2);
    start("nonesuch", PAUSED);
    tmux_wait_for("watch needs a terminal: the kind of terminal is not known: TERM is nonesuch;");
    assert_terminal_is_as_before(2);
}

TEST(bad_arguments_and_files_are_refused)
{
    static const struct refused_command commands[] = {
        {{"watch", TRACE, "--strategy", "brk"},
         "standard output is not one; `mmsim replay` prints"},
        {{"watch", TRACE}, "watch needs --strategy NAME"},
        {{"watch", TRACE, "--strategy", "brk", "--json"}, "watch has no --json"},
    };

    ASSERT_COMMANDS_REFUSED(commands);
}
