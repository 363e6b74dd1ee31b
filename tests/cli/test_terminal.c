/*
 * Output on terminals and elsewhere: every line fits the width. Only terminals get colour and a
 * progress bar, and the bar is removed in the end.
 */
#include "inspect_dump.h"
#include "support/program.h"
#include "support/scratch.h"
#include "support/terminal.h"
#include "support/test.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRACE     "tests/cli/data/brk_blocked.mmt"
#define RECORDED  "bench/traces/fork_1024.mmb.zst"
#define PROCESSES "tests/cli/data/accesses.mmt"

static struct program program;
static struct terminal terminal;

/* ---- widths ---- */

#define REPORT_WORDS 12
#define NARROWEST    60u

/* Commands that print a table or a report, and no path that is longer than a line. A command that
   measures times takes seconds, so it runs in the least width only, which is the hardest to fit. */
static const struct {
    const char *words[REPORT_WORDS];
    bool measures_times;
} reports[] = {
    {{"strategies"}, false},
    {{"compare", TRACE}, false},
    {{"compare", RECORDED, "--ram", "19M"}, false},
    {{"compare", PROCESSES}, false},
    {{"compare", TRACE, "--time", "--strategies", "window,brk,zoned"}, true},
    {{"replay", RECORDED, "--strategy", "brk", "--ram", "19M"}, false},
    {{"thread", TRACE, "--ram", "64M", "--strategies", "window,primary,brk"}, true},
    {{"explain", TRACE, "--strategy", "brk"}, false},
    {{"advise", TRACE, "--ram", "24M..26M", "--strategies", "window,brk,zoned"}, true},
    {{"explain", RECORDED, "--strategy", "brk", "--ram", "19M"}, false},
    {{"explain", PROCESSES, "--strategy", "window"}, false},
    {{"map", TRACE, "--strategy", "brk"}, false},
    {{"map", RECORDED, "--strategy", "zoned", "--ram", "19M"}, false},
    {{"map", PROCESSES, "--strategy", "window", "--at", "end"}, false},
    {{"sweep", TRACE, "--ram", "24M..32M"}, false},
    {{"diff", TRACE, "--strategies", "brk,jump"}, false},
    {{"diff", RECORDED, "--strategies", "window,brk", "--ram", "19M"}, false},
    {{"layout"}, false},
    {{"info", RECORDED}, false},
    {{"info", PROCESSES}, false},
};

static void run_report(const char *const words[])
{
    const char *argv[REPORT_WORDS + 2] = {MMSIM_PROGRAM};

    for (size_t i = 0; i < REPORT_WORDS && words[i] != NULL; i++)
        argv[i + 1u] = words[i];
    program_run(&program, NULL, NULL, argv);
}

static void assert_fits(const char *text, unsigned width, const char *name)
{
    for (const char *end; (end = strchr(text, '\n')) != NULL; text = end + 1) {
        char line[400];
        snprintf(line, sizeof line, "%.*s", (int)(end - text), text);
        if (text_columns(line) > width)
            fail_msg("%s: wider than %u: %s", name, width, line);
    }
}

static void assert_output_fits(unsigned width, const char *name)
{
    if (program.status != 0)
        fail_msg("%s: %s", name, program.err);
    assert_true(program.out_bytes > 0);
    assert_fits(program.out, width, name);
    assert_null(strchr(program.out, '\033'));
    assert_null(strchr(program.out, '\001'));
}

static void assert_reports_of_made_files_fit(unsigned width)
{
    const char *journal = scratch_path("journal");

    MMSIM(&program, "sweep", TRACE, "--ram", "24M..32M", "--step", "64K", "--journal", journal);
    assert_output_fits(width, "sweep --step");
    MMSIM(&program, "table", journal);
    assert_output_fits(width, "table");
    MMSIM(&program, "inspect", sound_dump(), "--cr3", "0x1000");
    assert_output_fits(width, "inspect");
    MMSIM(&program, "inspect", sound_dump(), "--cr3", "0x1000", "--pages");
    assert_output_fits(width, "inspect --pages");
    MMSIM(&program, "inspect", sound_dump(), "--cr3", "0x1000", "0x1000", "0xc0001004");
    assert_output_fits(width, "inspect VA");
}

static void assert_every_report_fits(const char *columns)
{
    unsigned width = (unsigned)atoi(columns);

    setenv("COLUMNS", columns, 1);
    for (size_t i = 0; i < sizeof reports / sizeof reports[0]; i++) {
        if (reports[i].measures_times && width > NARROWEST)
            continue;
        run_report(reports[i].words);
        assert_output_fits(width, reports[i].words[0]);
    }
    assert_reports_of_made_files_fit(width);
    unsetenv("COLUMNS");
}

TEST(every_report_fits_60_80_100_and_160_columns)
{
    assert_every_report_fits("60");
    assert_every_report_fits("80");
    assert_every_report_fits("100");
    assert_every_report_fits("160");
}

/* Output that does not go to a terminal is 80 columns wide. 120 columns have room for all
   strategies side by side. */
TEST(the_width_is_that_of_the_terminal_or_80)
{
    unsetenv("COLUMNS");
    MMSIM(&program, "compare", TRACE);
    assert_int_equal(program.status, 0);
    assert_true(text_columns(program.out) <= 80);
    assert_null(strstr(program.out, "window   primary       brk     zoned     kseg0"));
    terminal = (struct terminal){.columns = 120};
    TERMINAL_MMSIM(&terminal, "compare", TRACE);
    assert_non_null(strstr(terminal.text, "zoned     kseg0      jump   migrate\r\n"));
}

/* ---- colour ---- */

static void compare_on(const char *kind, const char *no_color)
{
    terminal = (struct terminal){.columns = 80, .kind = kind, .no_color = no_color};
    TERMINAL_MMSIM(&terminal, "compare", TRACE);
    assert_int_equal(terminal.status, 0);
}

/* Failures are bold and red; the best value of a row is green, the worst yellow. */
TEST(colour_marks_failures_and_the_best_and_worst_values)
{
    compare_on(NULL, NULL);
    assert_non_null(strstr(terminal.text, "\033[1;31m"));
    assert_non_null(strstr(terminal.text, "\033[32m"));
    assert_non_null(strstr(terminal.text, "\033[33m"));
    compare_on(NULL, ""); /* an empty NO_COLOR counts as not set */
    assert_non_null(strstr(terminal.text, "\033[32m"));
}

/* The text has a control sequence that sets a colour. The progress bar of a slow run has others. */
static bool has_colour(const char *text)
{
    while ((text = strstr(text, "\033[")) != NULL) {
        text += 2;
        if (text[strspn(text, "0123456789;")] == 'm')
            return true;
    }
    return false;
}

static void map_on(const char *kind, const char *locale, const char *no_color)
{
    setenv("LC_ALL", locale, 1);
    terminal = (struct terminal){.columns = 80, .kind = kind, .no_color = no_color};
    TERMINAL_MMSIM(&terminal, "map", TRACE, "--strategy", "brk");
    unsetenv("LC_ALL");
    assert_int_equal(terminal.status, 0);
}

/* The first 4 MiB are whole cells of one kind: blanks on a ground, or letters. */
TEST(the_map_has_the_colours_and_characters_that_the_terminal_has)
{
    unsetenv("COLORTERM");
    map_on("xterm-256color", "C.UTF-8", NULL);
    assert_non_null(strstr(terminal.text, "\033[48;5;242m\033[97m    "));
    assert_null(strstr(terminal.text, "RRRR"));
    map_on("xterm-256color", "C", NULL);
    assert_non_null(strstr(terminal.text, "\033[48;5;242m\033[97mRRRR"));
    map_on("xterm", "C.UTF-8", NULL);
    assert_non_null(strstr(terminal.text, "\033[47m\033[30mRRRR"));
    map_on("xterm-256color", "C.UTF-8", "1");
    assert_non_null(strstr(terminal.text, " RRRR"));
    assert_false(has_colour(terminal.text));
}

TEST(no_color_and_a_dumb_terminal_turn_colour_off)
{
    compare_on(NULL, NULL);
    assert_true(has_colour(terminal.text));
    compare_on(NULL, "1");
    assert_false(has_colour(terminal.text));
    compare_on("dumb", NULL);
    assert_null(strchr(terminal.text, '\033'));
}

/* ---- progress ---- */

/* Enough events that a run shows its progress even on a machine twice as fast as today's. */
#define LONG_EVENTS "8000000"

static const char *long_trace(void)
{
    const char *path = scratch_path("long.mmb");
    static bool exists;

    if (!exists) {
        MMSIM(&program, "generate", "churn", "--events", LONG_EVENTS, "-o", path);
        assert_int_equal(program.status, 0);
        exists = true;
    }
    return path;
}

/* The last progress bar was erased. */
static void assert_bar_erased(void)
{
    const char *bar = terminal.text;

    for (const char *next; (next = strstr(bar + 1, "[#")) != NULL;)
        bar = next;
    assert_non_null(strstr(bar, "\r\033[K"));
}

static void assert_progress(const char *rate)
{
    assert_non_null(strstr(terminal.text, " %, "));
    assert_non_null(strstr(terminal.text, rate));
    assert_non_null(strstr(terminal.text, " to go"));
    assert_bar_erased();
}

TEST(progress_shows_a_rate_and_the_time_left)
{
    const char *const path = long_trace();
    const char *const other = scratch_path("other.mmb.zst");

    terminal = (struct terminal){.columns = 100, .out = "/dev/null"};
    TERMINAL_MMSIM(&terminal, "compare", path, "--strategies", "brk,zoned,jump,window");
    assert_int_equal(terminal.status, 0);
    assert_progress("events/s");
    TERMINAL_MMSIM(&terminal, "diff", path, "--strategies", "brk,zoned");
    assert_int_equal(terminal.status, 0);
    assert_progress("events/s");
    TERMINAL_MMSIM(&terminal, "convert", path, other); /* compresses in a second step */
    assert_int_equal(terminal.status, 0);
    assert_progress("MiB/s");
    TERMINAL_MMSIM(&terminal, "generate", "leak", "--events", LONG_EVENTS, "-o", other);
    assert_int_equal(terminal.status, 0);
    assert_progress("MiB/s");
    TERMINAL_MMSIM(&terminal, "thread", TRACE, "--ram", "64M", "--strategies", "brk");
    assert_int_equal(terminal.status, 0);
    assert_non_null(strstr(terminal.text, "thread: ["));
    assert_bar_erased();
}

TEST(the_progress_bar_fits_a_narrow_terminal)
{
    terminal = (struct terminal){.columns = 30, .out = "/dev/null"};
    TERMINAL_MMSIM(&terminal, "compare", long_trace(), "--strategies", "brk,zoned,jump,window");
    const char *line = strstr(terminal.text, "compare: [");
    assert_non_null(line);
    assert_int_equal(strcspn(line, "\r"), 29);
}

TEST(a_dumb_terminal_and_a_file_get_no_progress)
{
    terminal = (struct terminal){.columns = 80, .kind = "dumb", .out = "/dev/null"};
    TERMINAL_MMSIM(&terminal, "compare", long_trace(), "--strategies", "brk,zoned,jump,window");
    assert_int_equal(terminal.status, 0);
    assert_string_equal(terminal.text, "");
    MMSIM(&program, "compare", long_trace(), "--strategies", "brk,zoned,jump,window");
    assert_int_equal(program.status, 0);
    assert_string_equal(program.err, "");
}

/* Both commands take seconds longer than this test needs to see the bar and to interrupt them. */
TEST(an_interrupted_command_erases_its_progress_bar)
{
    const char *const compare[] = {MMSIM_PROGRAM, "compare", long_trace(), "--time", NULL};
    const char *const thread[] = {MMSIM_PROGRAM, "thread", TRACE, "--ram", "64M", NULL};
    const char *const *const commands[] = {compare, thread};

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        terminal = (struct terminal){.columns = 100, .out = "/dev/null", .interrupt = " to go"};
        terminal_run(&terminal, commands[i]);
        assert_int_equal(terminal.status, 128 + SIGINT);
        assert_bar_erased();
    }
}
