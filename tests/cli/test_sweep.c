/* `mmsim sweep` and `mmsim table`: on one machine, spread over several, interrupted and resumed. */
#include "support/json.h"
#include "support/program.h"
#include "support/scratch.h"
#include "support/test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCKED "tests/cli/data/brk_blocked.mmt"
#define ORDERS  "tests/cli/data/orders.mmt"
#define RANGE   "--ram", "16M..64M", "--points", "4", "--strategies", "jump,zoned,brk"
#define LONG_WORDS                                                                                 \
    "sweep bench/traces/gcc_512.mmb.zst --ram 90M..98M --points 3 --strategies brk "               \
    "--jobs 1"
#define LONG                                                                                       \
    "sweep", "bench/traces/gcc_512.mmb.zst", "--ram", "90M..98M", "--points", "3", "--strategies", \
        "brk", "--jobs", "1"

static struct program program;
static char expected[PROGRAM_OUT_BYTES];

/* Run a script with sh. mmsim is in its PATH, and "$1" followed by a name is the path of a file in
 * the scratch folder. */
static void run_script(const char *script)
{
    char whole[4096];
    int folder = (int)(strrchr(MMSIM_PROGRAM, '/') - MMSIM_PROGRAM);

    assert_true((size_t)snprintf(whole, sizeof whole, "set -e; PATH=\"$(realpath %.*s):$PATH\"; %s",
                                 folder, MMSIM_PROGRAM, script) < sizeof whole);
    program_run(&program, NULL, NULL,
                (const char *const[]){"sh", "-c", whole, "sh", scratch_path(""), NULL});
}

static void keep_expected(void)
{
    if (program.status != 0)
        fail_msg("status %d: %s", program.status, program.err);
    strcpy(expected, program.out);
}

static void assert_as_expected(void)
{
    if (program.status != 0)
        fail_msg("status %d: %s", program.status, program.err);
    assert_string_equal(program.out, expected);
}

TEST(sweep_prints_a_table)
{
    MMSIM(&program, "sweep", BLOCKED, RANGE);
    assert_int_equal(program.status, 0);
    assert_string_equal(program.err, "");
    assert_string_equal(program.out, "Least RAM with no failure, MiB, of 16 to 64 in steps of 1\n"
                                     "\n"
                                     "                  brk     zoned      jump\n"
                                     "brk_blocked      none      none        49\n"
                                     "\n"
                                     "brk_blocked: requests that fail, of all, with so many MiB\n"
                                     "\n"
                                     "                  brk     zoned      jump\n"
                                     "16            84.62 %   84.62 %   84.62 %\n"
                                     "32            38.46 %   61.54 %   38.46 %\n"
                                     "48             7.69 %   30.77 %    7.69 %\n"
                                     "64             7.69 %   15.38 %         0\n");
}

TEST(sweep_prints_json_with_the_least_ram)
{
    MMSIM(&program, "sweep", BLOCKED, RANGE, "--json", "--step", "64K");
    assert_int_equal(program.status, 0);
    assert_null(json_error(program.out));
    assert_true(json_equals(program.out, "results[0].strategy", "\"brk\""));
    assert_true(json_equals(program.out, "results[0].least_ram_bytes", "null"));
    assert_true(json_equals(program.out, "results[2].trace", "\"" BLOCKED "\""));
    assert_int_equal(json_u64(program.out, "results[2].points[3].ram_bytes"), 64u << 20);
    assert_int_equal(json_u64(program.out, "results[2].points[3].failed"), 0);
    uint64_t least = json_u64(program.out, "results[2].least_ram_bytes");
    assert_true(least > 48u << 20 && least <= 49u << 20);

    char ram[32];
    snprintf(ram, sizeof ram, "%llu", (unsigned long long)least);
    MMSIM(&program, "replay", BLOCKED, "--strategy", "jump", "--ram", ram, "--json");
    assert_true(json_equals(program.out, "first_failure", "null"));
    snprintf(ram, sizeof ram, "%llu", (unsigned long long)least - 65536u);
    MMSIM(&program, "replay", BLOCKED, "--strategy", "jump", "--ram", ram, "--json");
    assert_int_equal(json_type(program.out, "first_failure"), '{');
}

/* ---- spread over machines ---- */

#define SWEEP "mmsim sweep " BLOCKED " " ORDERS " --ram 16M..64M --points 4 --strategies jump,brk "

static void assert_table_equals_sweep(const char *make_lines)
{
    static const char *const forms[] = {"", "--json", "--markdown"};
    char script[1024];

    run_script(make_lines);
    if (program.status != 0 || program.out[0] != '\0')
        fail_msg("status %d: %s%s", program.status, program.out, program.err);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        snprintf(script, sizeof script, SWEEP "%s", forms[i]);
        run_script(script);
        keep_expected();
        snprintf(script, sizeof script, "mmsim table %s - \"$1\"half <\"$1\"lines", forms[i]);
        run_script(script);
        assert_as_expected();
    }
}

/* The jobs run in reverse order, and the first ten run twice. */
TEST(jobs_in_any_order_make_the_same_table)
{
    assert_table_equals_sweep(SWEEP "--list-jobs >\"$1\"jobs; test $(wc -l <\"$1\"jobs) = 20;"
                                    "tac \"$1\"jobs | sh >\"$1\"lines;"
                                    "head -n 10 \"$1\"jobs | sh >\"$1\"half");
}

TEST(gnu_parallel_runs_the_jobs)
{
    run_script("parallel --version");
    if (program.status != 0)
        skip();
    assert_table_equals_sweep(SWEEP "--list-jobs | parallel >\"$1\"lines; : >\"$1\"half");
}

/* parallel is ended after three jobs. When it is resumed, the fourth job fails; then only this job
 * is run again. */
TEST(gnu_parallel_resumes)
{
    run_script("parallel --version");
    if (program.status != 0)
        skip();
    assert_table_equals_sweep(SWEEP
                              "--list-jobs >\"$1\"jobs;"
                              "{ head -n 3 \"$1\"jobs; echo 'kill -TERM $PPID; sleep 9'; } |"
                              "parallel -j 1 --joblog \"$1\"log >\"$1\"lines 2>/dev/null && exit 1;"
                              "test $(wc -l <\"$1\"lines) = 3;"
                              "sed 4s/mmsim/false/ \"$1\"jobs |"
                              "parallel --resume --joblog \"$1\"log >>\"$1\"lines && exit 1;"
                              "test $(wc -l <\"$1\"lines) = 19;"
                              "parallel --resume --joblog \"$1\"log <\"$1\"jobs >\"$1\"half;"
                              "test ! -s \"$1\"half;"
                              "parallel --resume-failed --joblog \"$1\"log <\"$1\"jobs >\"$1\"half;"
                              "test $(wc -l <\"$1\"half) = 1");
}

TEST(a_job_is_a_complete_command)
{
    run_script("cp " BLOCKED " \"$1\"\"it's a \\\"trace\\\".mmt\"; cd \"$1\";"
               "mmsim sweep it* --ram 16M..17M --strategies brk --list-jobs");
    assert_int_equal(program.status, 0);
    assert_string_equal(program.out,
                        "mmsim sweep 'it'\\''s a \"trace\".mmt' --strategies brk --only least "
                        "--ram 16M..17M --step 1M --points 2\n"
                        "mmsim sweep 'it'\\''s a \"trace\".mmt' --strategies brk --only 16M\n"
                        "mmsim sweep 'it'\\''s a \"trace\".mmt' --strategies brk --only 17M\n");
    run_script("cd \"$1\"; mmsim sweep it* --ram 16M..17M --strategies brk --list-jobs | sh");
    assert_int_equal(program.status, 0);
    assert_int_equal(text_lines(program.out), 3);
    assert_output_has(&program, "\"least_ram_bytes\": null, \"range\"");
    assert_output_has(&program, "\"ram_bytes\": 17825792, \"requests\": 13, ");
}

TEST(results_that_contradict_each_other_are_refused)
{
    run_script("mmsim sweep " ORDERS " --strategies brk --only 64M >\"$1\"one;"
               "sed 's/\"failed\": [0-9]*/\"failed\": 1/; s/\"digest\": \".\\{16\\}/\"digest\": "
               "\"0123456789abcdef/' \"$1\"one >\"$1\"two; mmsim table \"$1\"one \"$1\"two");
    assert_int_equal(program.status, 2);
    assert_string_equal(program.out, "");
    assert_error_has(&program, "two:1: " ORDERS " under brk has another result than ");
    assert_error_has(&program, "one:1 says\n");
}

TEST(results_of_another_program_are_refused)
{
    run_script("mmsim sweep " ORDERS " --strategies brk --only 64M >\"$1\"ours;"
               "mmsim --version | grep -q \"$(sed 's/.*\"sources\": \"\\([0-9a-f]*\\)\".*/sources "
               "\\1/' \"$1\"ours)\";"
               "mmsim sweep " BLOCKED " --strategies brk --only 64M |"
               "sed 's/\"sources\": \".\\{16\\}/\"sources\": \"0123456789abcdef/' >\"$1\"theirs;"
               "mmsim table \"$1\"ours >/dev/null; mmsim table \"$1\"theirs >/dev/null;"
               "mmsim table \"$1\"ours \"$1\"theirs");
    assert_int_equal(program.status, 2);
    assert_string_equal(program.out, "");
    assert_non_null(strstr(program.err, "ours:1: written by another mmsim (sources "));
    assert_error_has(&program, "theirs:1 (sources 0123456789abcdef)");
}

/* ---- interrupted ---- */

/* End the sweep by a signal as soon as its journal has lines. A sweep that has finished before is
 * run again. */
static void interrupt(const char *options, const char *journal, const char *signal)
{
    char script[2048];

    snprintf(script, sizeof script,
             "export TMPDIR=\"$1\"; rm -f \"$1\"%s;"
             "mmsim " LONG_WORDS " %s & job=$!;"
             "until [ -s \"$1\"%s ] || ! kill -0 $job; do sleep 0.01; done 2>/dev/null;"
             "kill -%s $job || :; wait $job && exit 77 || exit $?",
             journal, options, journal, signal);
    for (uint32_t tries = 0; tries < 9; tries++) {
        run_script(script);
        if (program.status != 77)
            break;
    }
    assert_string_equal(program.out, "");
}

static void assert_resumes(void)
{
    MMSIM(&program, LONG, "--journal", scratch_path("journal"), "--json");
    assert_as_expected();
    MMSIM(&program, "table", scratch_path("journal"), "--json");
    assert_as_expected();
}

TEST(an_interrupted_sweep_is_resumed)
{
    MMSIM(&program, LONG, "--json");
    keep_expected();
    interrupt("--journal \"$1\"journal", "journal", "TERM");
    assert_int_equal(program.status, 128 + SIGTERM);
    assert_error_has(&program, "mmsim: interrupted after ");
    assert_error_has(&program, "/journal\n");
    assert_resumes();
    interrupt("--journal \"$1\"journal", "journal", "KILL");
    assert_int_equal(program.status, 137);
    assert_resumes();

    /* A sweep without --journal keeps a journal, too, and names it. */
    interrupt("", "mmsim-sweep-*", "HUP");
    assert_int_equal(program.status, 128 + SIGHUP);
    assert_error_has(&program, "run the same command with --journal ");
    run_script("mv \"$1\"mmsim-sweep-* \"$1\"journal");
    assert_resumes();
}

TEST(a_finished_sweep_leaves_no_journal)
{
    run_script("export TMPDIR=\"$1\"; mmsim sweep " ORDERS " --ram 64M..66M >/dev/null;"
               "! ls \"$1\"mmsim-sweep-* 2>/dev/null");
    assert_int_equal(program.status, 0);
}

/* ---- bad traces and arguments ---- */

TEST(a_bad_trace_is_refused_before_any_job_runs)
{
    const char *bad = scratch_text("bad.mmt", "mmtrace 1\nkfree 7\n");

    MMSIM(&program, "sweep", BLOCKED, bad, RANGE, "--journal", scratch_path("none"));
    assert_int_equal(program.status, 2);
    assert_string_equal(program.out, "");
    assert_error_has(&program, bad);
    assert_int_equal(text_lines(program.err), 1);
    assert_int_not_equal(access(scratch_path("none"), F_OK), 0);
}

TEST(bad_arguments_are_refused)
{
    static const struct refused_command commands[] = {
        {{"sweep", BLOCKED}, "sweep needs --ram A..B, such as 64M..96M"},
        {{"sweep", BLOCKED, "--ram", "64M"}, "--ram 64M: not a range of sizes, such as 64M..96M"},
        {{"sweep", BLOCKED, "--ram", "M..64M"}, "--ram M: a size begins with a digit"},
        {{"sweep", BLOCKED, "--ram", "16M..64X"}, "--ram 64X: the unit of a size"},
        {{"sweep", BLOCKED, "--ram", "1M..64M"}, "--ram 1M: out of range: expected 8M to 63G"},
        {{"sweep", BLOCKED, "--ram", "16M..64M", "--step", "1X"}, "--step 1X: the unit of a size"},
        {{"sweep", BLOCKED, "--ram", "16M..64M", "--points", "1"}, "at least two points"},
        {{"sweep", BLOCKED, "--ram", "16M..64M", "--points", "x"},
         "--points x: not a count, such as 500, 64k"},
        {{"sweep", BLOCKED, "--ram", "16M..64M", "--jobs", "0"},
         "--jobs 0: out of range: expected 1 to 4096"},
        {{"sweep", BLOCKED, "--ram", "16M..64M", "--jobs", "5000"},
         "--jobs 5000: out of range: expected 1 to 4096"},
        {{"sweep", BLOCKED, BLOCKED, "--ram", "16M..64M"}, BLOCKED ": this trace is named twice"},
        {{"sweep", "-", "--ram", "16M..64M", "--list-jobs"},
         "standard input can be read once only"},
        {{"sweep", BLOCKED, "--only", "16M"}, "--only 16M: a job needs one TRACE"},
        {{"sweep", BLOCKED, "--only", "16X", "--strategies", "brk"}, "--only 16X: the unit"},
        {{"sweep", BLOCKED, "--only", "1M", "--strategies", "brk"},
         "--only 1M: out of range: expected 8M"},
        {{"sweep", BLOCKED, "--only", "least", "--strategies", "brk"}, "sweep needs --ram A..B"},
        {{"sweep", "absent", "--ram", "16M..64M"}, "absent: "},
        {{"table", "absent"}, "absent: "},
        {{"table", BLOCKED}, BLOCKED ": this is a text trace, not the result of a sweep"},
        {{"table", "/dev/null"}, "/dev/null: the file holds no result of a sweep"},
    };

    ASSERT_COMMANDS_REFUSED(commands);
}
