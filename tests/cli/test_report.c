/* `mmsim report`: what it refuses, what it writes, and that its numbers are those of compare. */
#include "support/folder.h"
#include "support/json.h"
#include "support/page_elements.h"
#include "support/program.h"
#include "support/scratch.h"
#include "support/test.h"

#include "report/page_block.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRACE "tests/cli/data/brk_blocked.mmt"
#define MAP   "tests/cli/data/qemu_64M.e820"

#define SWEEP_LINE(trace, strategy, failed)                                                        \
    "{\"trace\": \"" trace "\", \"strategy\": \"" strategy "\", \"ram_bytes\": 67108864, "         \
    "\"requests\": 12, \"failed\": " failed ", \"digest\": \"0123456789abcdef\"}\n"

static struct program program;
static struct folder folder;
static char out[FOLDER_PATH_BYTES];
static char perfetto[FOLDER_PATH_BYTES];
static char *page;
static char *head;

/* ---- a folder for each test ---- */

static int begin(void **state)
{
    (void)state;
    folder = folder_make("/tmp");
    snprintf(out, sizeof out, "%s", folder_name(&folder, "out.html").path);
    snprintf(perfetto, sizeof perfetto, "%s", folder_name(&folder, "out.json").path);
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(page);
    free(head);
    page = head = NULL;
    folder_remove(&folder);
    return 0;
}

TEST_FIXTURES(begin, end)

int main(void)
{
    if (page_block_missing() == NULL)
        return tests_run(NULL, NULL);
    printf("skipped: %s\n", page_block_missing());
    return 0;
}

/* ---- reading a page ---- */

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t room = 0;

    assert_non_null(file);
    assert_true(getdelim(&text, &room, '\0', file) > 0);
    assert_true(feof(file));
    fclose(file);
    return text;
}

static void take_head(void)
{
    head = page_element(page, "report");
    assert_non_null(head);
    if (json_error(head) != NULL)
        fail_msg("%s", json_error(head));
}

static void assert_done(void)
{
    if (program.status != 0)
        fail_msg("%s", program.err);
    assert_string_equal(program.out, "");
    page = read_file(out);
    take_head();
}

/* ---- what is refused ---- */

TEST(bad_arguments_are_refused)
{
    const char *broken = scratch_text("broken.json", "{\"trace\": \n");
    const char *empty = scratch_text("empty.json", "");
    const char *other = scratch_text("other.json", SWEEP_LINE("other.mmb", "brk", "1"));
    const char *zoned = scratch_text("zoned.json", SWEEP_LINE(TRACE, "zoned", "1"));
    const struct refused_command commands[] = {
        {{"report", TRACE}, "report needs -o OUT"},
        {{"report", "-o", out}, "report needs a TRACE"},
        {{"report", "no_such.mmb", "-o", out}, "no_such.mmb"},
        {{"report", TRACE, "-o", TRACE}, "this input file would be overwritten"},
        {{"report", TRACE, "--sweep", zoned, "-o", zoned}, "this input file would be overwritten"},
        {{"report", TRACE, "--perfetto", TRACE, "-o", out}, "this input file would be overwritten"},
        {{"report", TRACE, "--perfetto", out, "-o", out}, "-o and --perfetto name the same file"},
        {{"report", TRACE, "--perfetto", "-", "-o", "-"}, "-o and --perfetto name the same file"},
        {{"report", TRACE, "--strategies", "none", "-o", out}, "none"},
        {{"report", TRACE, "--ram", "1K", "-o", out}, "--ram"},
        {{"report", TRACE, "--sweep", "no_such.json", "-o", out}, "no_such.json"},
        {{"report", TRACE, "--sweep", broken, "-o", out}, "broken.json"},
        {{"report", TRACE, "--sweep", empty, "-o", out}, "empty.json"},
        {{"report", TRACE, "--sweep", TRACE, "-o", out}, "this is a text trace, not"},
        {{"report", TRACE, "--sweep", other, "-o", out},
         "other.json is a sweep of other.mmb, and has no result for " TRACE},
        {{"report", TRACE, "--sweep", zoned, "--strategies", "brk", "--quick", "-o", out},
         "zoned.json has no result for these strategies"},
    };

    ASSERT_COMMANDS_REFUSED(commands);
    folder_assert_holds(&folder, "");
}

TEST(one_file_by_two_names_is_refused)
{
    char other[FOLDER_PATH_BYTES];

    snprintf(other, sizeof other, "%s", folder_name(&folder, "other.json").path);
    fclose(fopen(out, "w"));
    assert_int_equal(symlink(out, other), 0);
    MMSIM(&program, "report", TRACE, "--quick", "--perfetto", other, "-o", out);
    assert_int_equal(program.status, 2);
    assert_error_has(&program, "-o and --perfetto name the same file");
}

/* ---- nothing is left behind ---- */

TEST(of_two_files_none_is_written_if_one_cannot_be)
{
    const char *nowhere = "/no/such/folder/out";

    MMSIM(&program, "report", TRACE, "--ram", "64M", "--strategies", "brk", "--quick", "--perfetto",
          perfetto, "-o", nowhere);
    assert_int_equal(program.status, 2);
    assert_error_has(&program, nowhere);
    folder_assert_holds(&folder, "");
    MMSIM(&program, "report", TRACE, "--ram", "64M", "--strategies", "brk", "--quick", "--perfetto",
          nowhere, "-o", out);
    assert_int_equal(program.status, 2);
    assert_error_has(&program, nowhere);
    folder_assert_holds(&folder, "");
}

TEST(a_full_disk_is_told_of)
{
    MMSIM(&program, "report", TRACE, "--ram", "64M", "--strategies", "brk", "--quick", "-o",
          "/dev/full");
    assert_int_equal(program.status, 1);
    assert_error_has(&program, "/dev/full: cannot write: No space left on device");
}

/* The limit on the size of files holds for the memory of a machine, too, but not for /dev/null. */
TEST(a_strategy_without_a_machine_is_told_of_and_the_command_fails)
{
    static const char *const argv[] = {"sh", "-c",
                                       "ulimit -f 4; exec " MMSIM_PROGRAM " report " TRACE
                                       " --ram 64M --strategies brk --quick -o /dev/null",
                                       NULL};

    program_run(&program, NULL, NULL, argv);
    assert_int_equal(program.status, 1);
    assert_error_has(&program, "mmsim: brk: no machine");
}

TEST(a_missing_folder_for_temporary_files_is_told_of)
{
    setenv("TMPDIR", "/no/such/folder", 1);
    MMSIM(&program, "report", TRACE, "--ram", "64M", "--strategies", "brk", "--quick", "-o", out);
    unsetenv("TMPDIR");
    assert_int_not_equal(program.status, 0);
    assert_error_has(&program, "/no/such/folder");
    folder_assert_holds(&folder, "");
}

/* ---- what is written ---- */

TEST(numbers_are_those_of_compare)
{
    static const char *const paths[] = {
        "requests", "failures",       "failures_by_cause", "late_failures", "digest",    "peak",
        "moves",    "metadata_bytes", "strategy",          "tlb_hits",      "tlb_misses"};
    static struct program compared;
    uint32_t found = 0;

    MMSIM(&compared, "compare", TRACE, "--ram", "64M", "--strategies", "brk,zoned", "--json");
    assert_int_equal(compared.status, 0);
    MMSIM(&program, "report", TRACE, "--ram", "64M", "--strategies", "brk,zoned", "-o", out);
    assert_done();
    for (uint32_t i = 0; i < 2; i++)
        for (size_t k = 0; k < sizeof paths / sizeof paths[0]; k++) {
            char path[96];
            size_t bytes;
            snprintf(path, sizeof path, "runs[%" PRIu32 "].%s", i, paths[k]);
            const char *value = json_find(compared.out, path, &bytes);
            if (value == NULL)
                continue;
            char *expected = strdup(value);
            snprintf(path, sizeof path, "strategies[%" PRIu32 "].result.%s", i, paths[k]);
            if (!json_equals(head, path, expected))
                fail_msg("%s is not %s", path, expected);
            free(expected);
            found++;
        }
    assert_true(found >= 8);
    assert_int_equal(json_u64(head, "ram_bytes"), 64 << 20);
    assert_true(json_equals(head, "ram_from", "\"--ram\""));
    folder_assert_holds(&folder, "out.html");
}

/* Data, which have no times, must be the same bytes. */
TEST(two_runs_give_the_same_page_but_for_times)
{
    static const char *const ids[] = {"series-0", "kinds-0", "marks-0", "owners-0", "owner-list-0"};
    static const char *const parts[] = {
        "story", "strategies[0].groups",        "notes",        "kinds",
        "map",   "strategies[0].result.digest", "table.rows[0]"};
    char *before;
    char *head_before;

    MMSIM(&program, "report", TRACE, "--ram", "64M", "--strategies", "brk", "-o", out);
    assert_done();
    before = page;
    head_before = head;
    MMSIM(&program, "report", TRACE, "--ram", "64M", "--strategies", "brk", "-o", out);
    assert_done();
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        char *a = page_element(before, ids[i]);
        char *b = page_element(page, ids[i]);
        assert_non_null(a);
        assert_string_equal(a, b);
        free(a);
        free(b);
    }
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        size_t bytes;
        char *part = strdup(json_find(head, parts[i], &bytes));
        assert_true(json_equals(head_before, parts[i], part));
        free(part);
    }
    free(before);
    free(head_before);
}

TEST(a_dash_writes_the_page_to_standard_output)
{
    static const char *const argv[] = {
        MMSIM_PROGRAM, "report",  TRACE, "--ram", "64M", "--strategies",
        "brk",         "--quick", "-o",  "-",     NULL};

    program_run(&program, NULL, out, argv);
    assert_int_equal(program.status, 0);
    page = read_file(out);
    take_head();
    assert_non_null(strstr(page, "</html>"));
}

TEST(a_trace_without_events_has_a_page)
{
    MMSIM(&program, "report", scratch_text("empty.mmt", "mmtrace 1\n"), "-o", out);
    assert_done();
    assert_int_equal(json_u64(head, "trace.events"), 0);
    assert_true(json_equals(head, "ram_from", "\"chosen\""));
    assert_int_equal(json_u64(head, "strategies[0].samples"), 1);
}

TEST(a_memory_map_may_be_given)
{
    MMSIM(&program, "report", TRACE, "--memmap", MAP, "--strategies", "brk", "-o", out);
    assert_done();
    assert_true(json_equals(head, "ram_from", "\"memmap\""));
    assert_true(json_equals(head, "sweep", "null"));
}

TEST(with_quick_remedies_are_not_looked_for)
{
    MMSIM(&program, "report", TRACE, "--ram", "64M", "--strategies", "brk", "-o", out);
    assert_done();
    assert_false(json_equals(head, "strategies[0].groups[0].remedies", "[]"));
    free(page);
    free(head);
    MMSIM(&program, "report", TRACE, "--ram", "64M", "--strategies", "brk", "--quick", "-o", out);
    assert_done();
    assert_true(json_equals(head, "strategies[0].groups[0].remedies", "[]"));
}

TEST(perfetto_writes_a_second_file)
{
    MMSIM(&program, "report", TRACE, "--ram", "64M", "--strategies", "brk", "--quick", "--perfetto",
          perfetto, "-o", out);
    assert_done();
    char *events = read_file(perfetto);
    assert_null(json_error(events));
    assert_int_equal(json_type(events, "traceEvents"), '[');
    free(events);
    folder_assert_holds(&folder, "out.html out.json");
}

/* ---- sweeps ---- */

/* A trace of the same name elsewhere comes first in the file. */
TEST(of_a_sweep_the_results_of_this_very_path_are_taken)
{
    const char *sweep = scratch_text("both.json", SWEEP_LINE("elsewhere/brk_blocked.mmt", "brk",
                                                             "7") SWEEP_LINE(TRACE, "brk", "3"));

    MMSIM(&program, "report", TRACE, "--ram", "64M", "--strategies", "brk,zoned", "--quick",
          "--sweep", sweep, "-o", out);
    assert_done();
    assert_true(json_equals(head, "sweep.file", "\"both.json\""));
    assert_int_equal(json_u64(head, "sweep.results[0].points[0].failed"), 3);
    assert_int_equal(json_type(head, "sweep.results[1]"), 0);
}

TEST(a_trace_of_the_same_name_elsewhere_will_do)
{
    const char *sweep = scratch_text("moved.json", SWEEP_LINE("old/brk_blocked.mmt", "brk", "7"));

    MMSIM(&program, "report", TRACE, "--ram", "64M", "--strategies", "brk", "--quick", "--sweep",
          sweep, "-o", out);
    assert_done();
    assert_int_equal(json_u64(head, "sweep.results[0].points[0].failed"), 7);
}
