/* The option --series of replay and compare: the file and its rows. The results do not change. */
#include "command/series.h"
#include "support/json.h"
#include "support/lab.h"
#include "support/program.h"
#include "support/scratch.h"
#include "support/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GOOD      "tests/cli/data/orders.mmt"
#define ROWS_MAX  65536u
#define TEXT_BYTE 8192u

static struct program program;
static char rows[ROWS_MAX];

static const char *read_rows(const char *path)
{
    rows[scratch_read(path, rows, sizeof rows - 1u)] = '\0';
    return rows;
}

/* Returns the value of a column in the last line of a CSV text. */
static const char *last_value(const char *text, const char *name)
{
    static char value[64];
    const char *line = text;
    const char *names = text;

    for (const char *at = text; (at = strchr(at, '\n')) != NULL && at[1] != '\0'; at++)
        line = at + 1;
    for (;; names++, line++) {
        size_t bytes = strcspn(names, ",\n");
        if (bytes == strlen(name) && memcmp(names, name, bytes) == 0)
            break;
        names += bytes;
        line += strcspn(line, ",\n");
        if (*names != ',')
            fail_msg("no column %s", name);
    }
    snprintf(value, sizeof value, "%.*s", (int)strcspn(line, ",\n"), line);
    return value;
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* ---- rows ---- */

TEST(a_row_is_written_every_so_many_events)
{
    const char *path = scratch_path("a.csv");

    MMSIM(&program, "info", GOOD, "--json");
    uint64_t events = json_u64(program.out, "events");
    MMSIM(&program, "replay", GOOD, "--strategy", "brk", "--series", path, "--every", "3");
    assert_int_equal(program.status, 0);
    assert_output_has(&program, "digest"); /* the result is printed, too */
    assert_int_equal(text_lines(read_rows(path)), 1u + (events + 2u) / 3u);
    assert_memory_equal(rows, "strategy,event,", 15);
    assert_non_null(strstr(rows, "\nbrk,3,"));
    assert_int_equal(strtoull(last_value(rows, "event"), NULL, 10), events);
    MMSIM(&program, "replay", GOOD, "--strategy", "brk", "--series", path);
    assert_int_equal(text_lines(read_rows(path)),
                     1u + events); /* a short trace has a row for each event */
}

TEST(without_every_there_are_about_a_thousand_rows)
{
    const char *path = scratch_path("many.csv");
    static char trace[64 + 7500 * 8] = "mmtrace 1\n";
    char *at = trace + strlen(trace);

    for (uint32_t i = 0; i < 7500; i++)
        at += sprintf(at, "mark\n");
    MMSIM(&program, "replay", scratch_text("marks.mmt", trace), "--strategy", "brk", "--series",
          path);
    assert_int_equal(program.status, 0);
    static char many[1u << 18];
    many[scratch_read(path, many, sizeof many - 1u)] = '\0';
    assert_int_equal(text_lines(many), 1u + 7500u / 7u + 1u);
}

TEST(the_results_are_the_same_with_a_series)
{
    static struct program with;
    static const char *const keys[] = {"digest",   "requests", "failures_by_cause", "heap",
                                       "frames",   "events",   "fragmentation",     "first_failure",
                                       "cost.tlb", "moves"};
    static const char *const strategies[] = {"window", "primary", "brk", "zoned", "migrate"};

    for (size_t i = 0; i < sizeof strategies / sizeof strategies[0]; i++) {
        MMSIM(&program, "replay", GOOD, "--strategy", strategies[i], "--json");
        MMSIM(&with, "replay", GOOD, "--strategy", strategies[i], "--json", "--series",
              scratch_path("a.csv"), "--every", "1");
        for (size_t key = 0; key < sizeof keys / sizeof keys[0]; key++) {
            static char value[8192];
            size_t bytes;
            const char *found = json_find(program.out, keys[key], &bytes);
            assert_non_null(found);
            assert_in_range(bytes, 1, sizeof value - 1u);
            snprintf(value, sizeof value, "%.*s", (int)bytes, found);
            assert_true(json_equals(with.out, keys[key], value));
        }
    }
}

/* The file has the rows of one strategy after those of the other. */
TEST(compare_writes_all_series_into_one_file)
{
    static char one[ROWS_MAX];
    const char *path = scratch_path("all.csv");
    const char *part = scratch_path("part.csv");

    MMSIM(&program, "replay", GOOD, "--strategy", "zoned", "--series", part, "--every", "5");
    strcpy(one, read_rows(part));
    MMSIM(&program, "replay", GOOD, "--strategy", "brk", "--series", part, "--every", "5");
    strcat(one, strchr(read_rows(part), '\n') + 1);
    MMSIM(&program, "compare", GOOD, "--strategies", "zoned,brk", "--series", path, "--every", "5");
    assert_int_equal(program.status, 0);
    assert_string_equal(read_rows(path), one);
}

TEST(a_series_on_standard_output_replaces_the_result)
{
    const char *path = scratch_path("a.csv");

    MMSIM(&program, "replay", GOOD, "--strategy", "brk", "--series", path);
    MMSIM(&program, "replay", GOOD, "--strategy", "brk", "--series", "-");
    assert_int_equal(program.status, 0);
    assert_string_equal(program.out, read_rows(path));
    assert_string_equal(program.err, "");
}

/* ---- indices of a memory fragmented by hand ---- */

/*
 * Returns a trace that fills 1 MiB of memory with blocks * step blocks of this order and with
 * single pages, and then frees every step-th of the blocks.
 */
static const char *fragmented(uint32_t blocks, uint32_t order, uint32_t step)
{
    static char trace[TEXT_BYTE];
    char *at = trace + sprintf(trace, "mmtrace 1\n");

    for (uint32_t i = 0; i < blocks * step; i++)
        at += sprintf(at, "pages %u %u user\n", 1000u + i, order);
    for (uint32_t i = 0; i < 256; i++)
        at += sprintf(at, "pages %u 0 user\n", 1u + i);
    for (uint32_t i = 0; i < blocks; i++)
        at += sprintf(at, "free_pages %u\n", 1000u + i * step);
    return scratch_text("fragmented.mmt", trace);
}

static const char *column_at_end(const char *trace, const char *column)
{
    const char *map =
        scratch_text("map", "BIOS-e820: [mem 0x0000000001000000-0x00000000010fffff] usable\n");

    MMSIM(&program, "replay", trace, "--strategy", "brk", "--memmap", map, "--series", "-");
    assert_int_equal(program.status, 0);
    return last_value(program.out, column);
}

TEST(indices_are_those_of_linux)
{
    const char *trace = fragmented(8, 0, 2);

    assert_string_equal(column_at_end(trace, "free_low_frames"), "8");
    assert_string_equal(column_at_end(trace, "largest_free_run_frames"), "1");
    assert_string_equal(column_at_end(trace, "fragmentation_index_3"), "750");
    assert_string_equal(column_at_end(trace, "fragmentation_index_0"), "-1000");
    assert_string_equal(column_at_end(trace, "unusable_index_1"), "1000");
    trace = fragmented(1, 2, 1);
    assert_string_equal(column_at_end(trace, "free_low_frames"), "4");
    assert_string_equal(column_at_end(trace, "fragmentation_index_3"), "-500");
    assert_string_equal(column_at_end(trace, "fragmentation_index_2"), "-1000");
    assert_string_equal(column_at_end(trace, "unusable_index_2"), "0");
}

/* ---- errors ---- */

TEST(bad_arguments_are_refused)
{
    const char *path = scratch_path("never.csv");
    const struct refused_command commands[] = {
        {{"replay", GOOD, "--strategy", "brk", "--every", "5"}, "--every 5 needs --series FILE"},
        {{"replay", GOOD, "--strategy", "brk", "--series", path, "--every", "0"},
         "--every 0: out of range: expected at least 1"},
        {{"replay", GOOD, "--strategy", "brk", "--series", path, "--every", "1x"},
         "--every 1x: not a count, such as 500"},
        {{"compare", GOOD, "--series", "-", "--json"},
         "--series - and --json both need standard output"},
        {{"compare", GOOD, "--series", "/no/such/directory/a.csv"},
         "/no/such/directory/a.csv: cannot create: No such file or directory"},
    };

    ASSERT_COMMANDS_REFUSED(commands);
    assert_false(exists(path));
}

/* The file that was there before stays. */
TEST(a_failed_run_does_not_replace_the_file)
{
    const char *bad = scratch_text("bad.mmt", "mmtrace 1\nkmalloc 1 100\nkfree 2\n");
    const char *path = scratch_text("kept.csv", "as it was\n");
    const char *tiny =
        scratch_text("tiny", "BIOS-e820: [mem 0x0000000001000000-0x0000000001000fff] usable\n");

    MMSIM(&program, "replay", bad, "--strategy", "brk", "--series", path);
    assert_int_equal(program.status, 2);
    assert_string_equal(read_rows(path), "as it was\n");
    MMSIM(&program, "compare", GOOD, "--memmap", tiny, "--series", path);
    assert_int_equal(program.status, 1);
    assert_string_equal(read_rows(path), "as it was\n");
}

/* The file of the rows is on a full device. */
TEST(rows_that_cannot_be_written_fail_the_run)
{
    const char *path = scratch_path("never.csv");
    const struct arguments arguments = {.value = {[OPTION_SERIES] = path}};
    const struct strategy *brk = mm_strategy_find("brk");
    struct trace trace = lab_trace_text("kmalloc 1 100\n");
    struct memmap map = lab_map(32u << 20);
    static struct series series;
    struct run_outcome outcome;

    assert_int_equal(series_begin(&series, &arguments, &trace, &brk, 1), STATUS_DONE);
    fclose(series.rows[0].file);
    series.rows[0].file = fopen("/dev/full", "w");
    experiment_run_watched(&outcome, &trace, brk, &map, NULL, &series.watches[0]);
    assert_int_equal(outcome.status, RUN_FAILED);
    assert_string_equal(outcome.reason, "cannot write the series' rows: No space left on device; "
                                        "set TMPDIR to a directory with room");
    assert_int_equal(series_end(&series, STATUS_FAILED), STATUS_FAILED);
    assert_false(exists(path));
    trace_close(&trace);
}

TEST(a_missing_temporary_directory_fails_the_run)
{
    const char *trace =
        scratch_path("orders.mmb"); /* reading a binary trace needs no temporary file */
    const char *path = scratch_path("never.csv");

    MMSIM(&program, "convert", GOOD, trace);
    setenv("TMPDIR", "/no/such/directory", 1);
    MMSIM(&program, "replay", trace, "--strategy", "brk", "--series", path);
    unsetenv("TMPDIR");
    assert_int_equal(program.status, 1);
    assert_error_has(&program, "no temporary file in /no/such/directory");
    assert_false(exists(path));
}
