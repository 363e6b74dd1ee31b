/* Reads the lines and objects that sweeps write, and merges them into results. */
#include "lab/sweep_results.h"
#include "support/scratch.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#define RANGE                                                                                      \
    ", \"range\": {\"from_bytes\": 100, \"to_bytes\": 900, \"step_bytes\": 8, \"points\": 3}}\n"
#define POINT(trace, strategy, ram, failed)                                                        \
    "{\"trace\": \"" trace "\", \"content\": \"00000000000000aa\", \"strategy\": \"" strategy      \
    "\", \"ram_bytes\": " ram ", \"requests\": 50, \"failed\": " failed                            \
    ", \"digest\": \"0123456789abcdef\"}\n"
#define LEAST(trace, strategy, least)                                                              \
    "{\"trace\": \"" trace "\", \"content\": \"00000000000000aa\", \"strategy\": \"" strategy      \
    "\", \"least_ram_bytes\": " least RANGE

#define BY(program, trace, ram)                                                                    \
    "{\"trace\": \"" trace "\", \"strategy\": \"brk\", \"sources\": \"00000000000000" program      \
    "\", \"ram_bytes\": " ram ", \"requests\": 50, \"failed\": 7}\n"
#define RESULTS_BY(program)                                                                        \
    "{\"sources\": \"00000000000000" program                                                       \
    "\", \"results\": [{\"trace\": \"a\", \"strategy\": \"brk\", \"least_ram_bytes\": null, "      \
    "\"points\": []}]}"

static struct sweep_results results;

static void load(const char *text)
{
    struct sim_error error;

    if (!sweep_results_load(&results, scratch_text("results", text), &error))
        fail_msg("%s", error.text);
}

static void assert_refused(const char *text, const char *reason)
{
    const char *path = scratch_text("wrong", text);
    struct sim_error error;

    if (sweep_results_load(&results, path, &error))
        fail_msg("this text was accepted: %s", text);
    if (strncmp(error.text, path, strlen(path)) != 0 || strstr(error.text, reason) == NULL)
        fail_msg("expected \"%s: ...%s\", got \"%s\"", path, reason, error.text);
    assert_int_equal(results.count, 0);
}

static void assert_result(uint32_t i, const char *trace, const char *strategy, uint64_t least,
                          uint32_t points)
{
    assert_true(i < results.count);
    assert_string_equal(results.list[i].trace, trace);
    assert_string_equal(results.list[i].strategy, strategy);
    assert_int_equal(results.list[i].least_ram_bytes, least);
    assert_int_equal(results.list[i].count, points);
}

TEST(lines_come_in_any_order)
{
    load(LEAST("b", "brk", "200") POINT("b", "brk", "900", "0") POINT("a", "zoned", "900", "50")
             POINT("b", "brk", "100", "7") POINT("a", "window", "100", "0")
                 LEAST("a", "zoned", "null") POINT("b", "unheard-of", "100", "1"));
    assert_int_equal(results.count, 4);
    assert_result(0, "a", "window", 0, 1);
    assert_false(results.list[0].least_known);
    assert_result(1, "a", "zoned", 0, 1);
    assert_true(results.list[1].least_known);
    assert_result(2, "b", "brk", 200, 2);
    assert_int_equal(results.list[2].range.to_bytes, 900);
    assert_int_equal(results.list[2].points[0].ram_bytes, 100);
    assert_int_equal(results.list[2].points[0].failed, 7);
    assert_int_equal(results.list[2].points[1].ram_bytes, 900);
    assert_int_equal(results.list[2].points[1].requests, 50);
    assert_result(3, "b", "unheard-of", 0, 1);
    sweep_results_free(&results);
}

TEST(a_repeated_line_counts_once)
{
    load(POINT("a", "brk", "100", "7") LEAST("a", "brk", "200") POINT("a", "brk", "100", "7")
             LEAST("a", "brk", "200"));
    assert_int_equal(results.count, 1);
    assert_result(0, "a", "brk", 200, 1);
    sweep_results_free(&results);
}

TEST(trials_are_left_out)
{
    load(POINT(
        "a", "brk", "100",
        "7") "{\"trace\": \"a\", \"strategy\": \"brk\", \"ram_bytes\": 108, \"passes\": false}\n");
    assert_int_equal(results.count, 1);
    assert_result(0, "a", "brk", 0, 1);
    sweep_results_free(&results);
}

TEST(the_json_object_of_a_sweep_is_read)
{
    load("{\"results\": [\n"
         "  {\"trace\": \"a\", \"strategy\": \"brk\", \"least_ram_bytes\": 200, \"points\": [\n"
         "    {\"ram_bytes\": 300, \"requests\": 9, \"failed\": 0},\n"
         "    {\"ram_bytes\": 100, \"requests\": 9, \"failed\": 2}]},\n"
         "  {\"trace\": \"a\", \"strategy\": \"window\", \"least_ram_bytes\": null, \"points\": "
         "[]}]}\n\n");
    assert_int_equal(results.count, 2);
    assert_result(0, "a", "window", 0, 0);
    assert_true(results.list[0].least_known);
    assert_result(1, "a", "brk", 200, 2);
    assert_int_equal(results.list[1].points[0].ram_bytes, 100);
    assert_int_equal(results.list[1].points[0].failed, 2);
    sweep_results_free(&results);
}

/* A sweep that is killed may leave part of a line. */
TEST(a_torn_last_line_is_left_out)
{
    static const char lines[] = POINT("a", "brk", "100", "7") POINT("a", "brk", "200", "5");
    size_t whole = sizeof lines / 2;
    char text[sizeof lines];

    for (size_t bytes = whole; bytes < sizeof lines - 2u; bytes++) {
        memcpy(text, lines, bytes);
        text[bytes] = '\0';
        load(text);
        assert_int_equal(results.count, 1);
        assert_int_equal(results.list[0].count, 1);
        sweep_results_free(&results);
    }
}

TEST(invalid_lines_and_objects_are_refused)
{
    assert_refused("hello\n", ":1: ");
    assert_refused(POINT("a", "brk", "100", "7") "{\"trace\": \"a\"\n", ":2: ");
    assert_refused("[7]\n", "expected an object with \"trace\" and \"strategy\"");
    assert_refused("{\"trace\": \"a\", \"strategy\": 7}\n", "\"trace\" and \"strategy\"");
    assert_refused(POINT("a", "brk", "-1", "7"), "makes no sense");
    assert_refused(POINT("a", "brk", "0", "7"), "makes no sense");
    assert_refused(POINT("a", "brk", "1.5", "7"), "makes no sense");
    assert_refused(POINT("a", "brk", "100", "51"), "makes no sense");
    assert_refused(LEAST("a", "brk", "true"), "makes no sense");
    assert_refused("{\"trace\": \"a\", \"strategy\": \"b\", \"content\": \"12\"}\n", "\"content\"");
    assert_refused("{\"trace\": \"a\", \"strategy\": \"b\", \"passes\": 1}\n", "\"passes\"");
    assert_refused("{\"results\": 7}\n", "\"results\" is not a list");
    assert_refused("{\"results\": [{\"trace\": \"a\", \"strategy\": \"b\"}]}", "\"points\"");
    assert_refused("{\"results\": []} {}", "something stands behind the object");
    assert_refused("{\"results\": [{\"trace\": \"a\", \"strategy\": \"b\", \"points\": [{}]}]}",
                   "a point without");
}

TEST(lines_that_disagree_are_refused_with_both_places)
{
    assert_refused(POINT("a", "brk", "100", "7") LEAST("a", "brk", "200")
                       POINT("a", "brk", "100", "8"),
                   "wrong:3: a under brk has another result than ");
    assert_refused(POINT("a", "brk", "100", "7") "{\"trace\": \"a\", \"content\": "
                                                 "\"00000000000000bb\", \"strategy\": \"brk\", "
                                                 "\"ram_bytes\": 9, \"passes\": true}\n",
                   " is of another trace than ");
    assert_refused(LEAST("a", "brk", "200") LEAST("a", "brk", "208"), ":2: ");
    assert_refused(
        LEAST("a", "brk", "200") "{\"trace\": \"a\", \"strategy\": \"brk\", \"least_ram_bytes\": "
                                 "200, \"range\": {\"from_bytes\": 100, \"to_bytes\": 900, "
                                 "\"step_bytes\": 16, \"points\": 3}}\n",
        "another range");
}

/* The lines of two programs are refused even if their traces differ. */
TEST(lines_of_two_programs_are_refused)
{
    load(BY("aa", "a", "100") BY("aa", "b", "100"));
    assert_string_equal(results.sources, "00000000000000aa");
    sweep_results_free(&results);
    load(POINT("a", "brk", "100", "7") POINT("b", "brk", "100", "7"));
    assert_string_equal(results.sources, "");
    sweep_results_free(&results);
    load(RESULTS_BY("aa"));
    assert_string_equal(results.sources, "00000000000000aa");
    sweep_results_free(&results);

    assert_refused(BY("aa", "a", "100") BY("bb", "b", "100"),
                   ":2: written by another mmsim (sources 00000000000000bb) than ");
    assert_refused(BY("aa", "a", "100") BY("bb", "b", "100"), "wrong:1 (sources 00000000000000aa)");
    assert_refused(POINT("a", "brk", "100", "7") BY("aa", "b", "100"), "(sources not said)");
    assert_refused("{\"trace\": \"a\", \"strategy\": \"b\", \"sources\": 1}\n", "\"sources\"");
}

static void collect(void *context, const char *text, size_t bytes)
{
    strncat(context, text, bytes);
}

static bool compare_with(void *context, const struct sweep_line *line, uint64_t number,
                         struct sim_error *error)
{
    const struct sweep_line *expected = context;

    (void)error;
    expected += number - 1u;
    assert_int_equal(line->kind, expected->kind);
    assert_string_equal(line->trace, expected->trace);
    assert_string_equal(line->content, expected->content);
    assert_string_equal(line->sources, expected->sources);
    assert_string_equal(line->strategy, expected->strategy);
    assert_string_equal(line->digest, expected->digest);
    assert_int_equal(line->ram_bytes, expected->ram_bytes);
    assert_int_equal(line->requests, expected->requests);
    assert_int_equal(line->failed, expected->failed);
    assert_true(sweep_ranges_equal(&line->range, &expected->range));
    return true;
}

TEST(written_lines_are_read_back)
{
    struct sweep_line lines[] = {
        {SWEEP_POINT,
         "a \"b\" \\ ü.mmb",
         "brk",
         "0123456789abcdef",
         "00112233445566ff",
         1 << 20,
         9,
         3,
         "fedcba9876543210",
         {0}},
        {SWEEP_POINT, "a", "brk", "0123456789abcdef", "", 1 << 20, 9, 9, "", {0}},
        {SWEEP_TRIAL, "a", "brk", "0123456789abcdef", "", 1 << 20, 0, 1, "", {0}},
        {SWEEP_TRIAL, "a", "brk", "0123456789abcdef", "", 1 << 21, 0, 0, "", {0}},
        {SWEEP_LEAST, "a", "brk", "0123456789abcdef", "", 1 << 20, 0, 0, "", {8, 16, 4, 2}},
        {SWEEP_LEAST, "a", "brk", "", "00112233445566ff", 0, 0, 0, "", {8, 16, 4, 2}},
    };
    char text[2048] = "";
    const struct text_out out = {collect, text};
    struct sim_error error;

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        sweep_line_put(&out, &lines[i]);
    assert_true(sweep_read(scratch_text("written", text), compare_with, lines, &error));
}

TEST(an_absent_file_is_reported)
{
    struct sim_error error;

    assert_false(sweep_results_load(&results, scratch_path("absent"), &error));
    assert_non_null(strstr(error.text, "absent"));
}
