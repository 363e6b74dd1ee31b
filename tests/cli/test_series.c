/* --series of replay and compare: the file, its rows, and that nothing else changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "command/series.h"
#include "support/json.h"
#include "support/lab.h"
#include "support/program.h"
#include "support/scratch.h"

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

/* Of a CSV text: what stands under a name in the last line. */
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

static void a_row_comes_every_so_often(void **state)
{
    const char *path = scratch_path("a.csv");

    (void)state;
    MMSIM(&program, "info", GOOD, "--json");
    uint64_t events = json_u64(program.out, "events");
    MMSIM(&program, "replay", GOOD, "--strategy", "brk", "--series", path, "--every", "3");
    assert_int_equal(program.status, 0);
    assert_non_null(strstr(program.out, "digest")); /* the result is there as ever */
    assert_int_equal(text_lines(read_rows(path)), 1u + (events + 2u) / 3u);
    assert_memory_equal(rows, "strategy,event,", 15);
    assert_non_null(strstr(rows, "\nbrk,3,"));
    assert_int_equal(strtoull(last_value(rows, "event"), NULL, 10), events);
    MMSIM(&program, "replay", GOOD, "--strategy", "brk", "--series", path);
    assert_int_equal(text_lines(read_rows(path)), 1u + events); /* of a short trace, each */
}

static void without_a_number_there_are_a_thousand(void **state)
{
    const char *path = scratch_path("many.csv");
    static char trace[64 + 7500 * 8] = "mmtrace 1\n";
    char *at = trace + strlen(trace);

    (void)state;
    for (uint32_t i = 0; i < 7500; i++)
        at += sprintf(at, "mark\n");
    MMSIM(&program, "replay", scratch_text("marks.mmt", trace), "--strategy", "brk", "--series",
          path);
    assert_int_equal(program.status, 0);
    static char many[1u << 18];
    many[scratch_read(path, many, sizeof many - 1u)] = '\0';
    assert_int_equal(text_lines(many), 1u + 7500u / 7u + 1u);
}

/* The same figures, but for the time. */
static void nothing_else_changes(void **state)
{
    static struct program with;
    static const char *const keys[] = {"digest",   "requests", "failures_by_cause", "heap",
                                       "frames",   "events",   "fragmentation",     "first_failure",
                                       "cost.tlb", "moves"};
    static const char *const strategies[] = {"window", "primary", "brk", "zoned", "migrate"};

    (void)state;
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

/* Side by side is one after the other, in one file. */
static void compare_puts_them_together(void **state)
{
    static char one[ROWS_MAX];
    const char *path = scratch_path("all.csv");
    const char *part = scratch_path("part.csv");

    (void)state;
    MMSIM(&program, "replay", GOOD, "--strategy", "zoned", "--series", part, "--every", "5");
    strcpy(one, read_rows(part));
    MMSIM(&program, "replay", GOOD, "--strategy", "brk", "--series", part, "--every", "5");
    strcat(one, strchr(read_rows(part), '\n') + 1);
    MMSIM(&program, "compare", GOOD, "--strategies", "zoned,brk", "--series", path, "--every", "5");
    assert_int_equal(program.status, 0);
    assert_string_equal(read_rows(path), one);
}

static void standard_output_instead_of_the_result(void **state)
{
    const char *path = scratch_path("a.csv");

    (void)state;
    MMSIM(&program, "replay", GOOD, "--strategy", "brk", "--series", path);
    MMSIM(&program, "replay", GOOD, "--strategy", "brk", "--series", "-");
    assert_int_equal(program.status, 0);
    assert_string_equal(program.out, read_rows(path));
    assert_string_equal(program.err, "");
}

/* ---- by hand ---- */

/*
 * A machine of one MiB, full of single pages, of which `freed` then go. With `step` 2 they are 8
 * frames apart from each other; with 1, 4 in a row, which one request of order 2 had.
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

static const char *index_of(const char *trace, const char *column)
{
    const char *map =
        scratch_text("map", "BIOS-e820: [mem 0x0000000001000000-0x00000000010fffff] usable\n");

    MMSIM(&program, "replay", trace, "--strategy", "brk", "--memmap", map, "--series", "-");
    assert_int_equal(program.status, 0);
    return last_value(program.out, column);
}

static void indices_are_linux_s(void **state)
{
    const char *trace = fragmented(8, 0, 2);

    (void)state;
    assert_string_equal(index_of(trace, "free_low_frames"), "8");
    assert_string_equal(index_of(trace, "largest_free_run_frames"), "1");
    assert_string_equal(index_of(trace, "fragmentation_index_3"), "750");
    assert_string_equal(index_of(trace, "fragmentation_index_0"), "-1000");
    assert_string_equal(index_of(trace, "unusable_index_1"), "1000");
    trace = fragmented(1, 2, 1);
    assert_string_equal(index_of(trace, "free_low_frames"), "4");
    assert_string_equal(index_of(trace, "fragmentation_index_3"), "-500");
    assert_string_equal(index_of(trace, "fragmentation_index_2"), "-1000");
    assert_string_equal(index_of(trace, "unusable_index_2"), "0");
}

/* ---- what goes wrong ---- */

static void assert_bad(const char *message)
{
    assert_int_equal(program.status, 2);
    assert_string_equal(program.out, "");
    if (strstr(program.err, message) == NULL)
        fail_msg("%s is not in: %s", message, program.err);
}

static void bad_words_are_named(void **state)
{
    const char *path = scratch_path("never.csv");

    (void)state;
    MMSIM(&program, "replay", GOOD, "--strategy", "brk", "--every", "5");
    assert_bad("--every 5 needs --series FILE");
    MMSIM(&program, "replay", GOOD, "--strategy", "brk", "--series", path, "--every", "0");
    assert_bad("--every 0: out of range: expected at least 1");
    MMSIM(&program, "replay", GOOD, "--strategy", "brk", "--series", path, "--every", "1x");
    assert_bad("--every 1x: not a count, such as 500");
    MMSIM(&program, "compare", GOOD, "--series", "-", "--json");
    assert_bad("--series - and --json both need standard output");
    MMSIM(&program, "compare", GOOD, "--series", "/no/such/directory/a.csv");
    assert_bad("/no/such/directory/a.csv: cannot create: No such file or directory");
    assert_false(exists(path));
}

/* Whole or not at all: what was there stays. */
static void a_run_that_fails_leaves_no_file(void **state)
{
    const char *bad = scratch_text("bad.mmt", "mmtrace 1\nkmalloc 1 100\nkfree 2\n");
    const char *path = scratch_text("kept.csv", "as it was\n");
    const char *tiny =
        scratch_text("tiny", "BIOS-e820: [mem 0x0000000001000000-0x0000000001000fff] usable\n");

    (void)state;
    MMSIM(&program, "replay", bad, "--strategy", "brk", "--series", path);
    assert_int_equal(program.status, 2);
    assert_string_equal(read_rows(path), "as it was\n");
    MMSIM(&program, "compare", GOOD, "--memmap", tiny, "--series", path);
    assert_int_equal(program.status, 1);
    assert_string_equal(read_rows(path), "as it was\n");
}

/* The disk is full while rows are made: the run has failed, and says why. */
static void rows_that_cant_be_kept_fail_the_run(void **state)
{
    const char *path = scratch_path("never.csv");
    const struct arguments arguments = {.value = {[OPTION_SERIES] = path}};
    const struct strategy *brk = mm_strategy_find("brk");
    struct trace trace = lab_trace_text("kmalloc 1 100\n");
    struct memmap map = lab_map(32u << 20);
    static struct series series;
    struct run_outcome outcome;

    (void)state;
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

static void nowhere_to_keep_rows_fails_the_run(void **state)
{
    const char *trace = scratch_path("orders.mmb"); /* which needs no temporary file itself */
    const char *path = scratch_path("never.csv");

    (void)state;
    MMSIM(&program, "convert", GOOD, trace);
    setenv("TMPDIR", "/no/such/directory", 1);
    MMSIM(&program, "replay", trace, "--strategy", "brk", "--series", path);
    unsetenv("TMPDIR");
    assert_int_equal(program.status, 1);
    assert_non_null(strstr(program.err, "no temporary file in /no/such/directory"));
    assert_false(exists(path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_comes_every_so_often),
        cmocka_unit_test(without_a_number_there_are_a_thousand),
        cmocka_unit_test(nothing_else_changes),
        cmocka_unit_test(compare_puts_them_together),
        cmocka_unit_test(standard_output_instead_of_the_result),
        cmocka_unit_test(indices_are_linux_s),
        cmocka_unit_test(bad_words_are_named),
        cmocka_unit_test(a_run_that_fails_leaves_no_file),
        cmocka_unit_test(rows_that_cant_be_kept_fail_the_run),
        cmocka_unit_test(nowhere_to_keep_rows_fails_the_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
