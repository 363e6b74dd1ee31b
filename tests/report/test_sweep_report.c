/* The tables and the JSON of a sweep, compared exactly. */
#include "report/sweep_report.h"
#include "support/printing.h"
#include "support/scratch.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

#define MIB UINT64_C(0x100000)

static struct sweep_merge merge;
static struct sweep_range range = {16 * MIB, 32 * MIB, MIB, 2};

static void add(const char *trace, const char *strategy, enum sweep_kind kind, uint64_t ram_bytes,
                uint64_t failed)
{
    const struct sweep_line line = {.kind = kind,
                                    .trace = trace,
                                    .strategy = strategy,
                                    .ram_bytes = ram_bytes,
                                    .requests = 100000,
                                    .failed = failed,
                                    .range = range};

    sweep_merge_add(&merge, &line, "here", 1);
}

static void print_text(const struct sweep_results *results, FILE *file)
{
    sweep_print(results, false, file);
}

static void print_markdown(const struct sweep_results *results, FILE *file)
{
    sweep_print(results, true, file);
}

/* Returns the printed results of what add() was given. The caller frees the text. */
static char *printed(void (*print)(const struct sweep_results *results, FILE *file))
{
    struct sweep_results results;
    struct sim_error error;
    struct printing printing;

    if (!sweep_merge_finish(&merge, &results, &error))
        fail_msg("%s", error.text);
    print(&results, printing_start(&printing));
    sweep_results_free(&results);
    return printing_end(&printing);
}

static void assert_printed(void (*print)(const struct sweep_results *results, FILE *file),
                           const char *expected)
{
    char *text = printed(print);

    assert_string_equal(text, expected);
    free(text);
}

static void add_two_traces(void)
{
    add("dir/gcc.mmb.zst", "zoned", SWEEP_LEAST, 16 * MIB, 0);
    add("dir/gcc.mmb.zst", "zoned", SWEEP_POINT, 16 * MIB, 0);
    add("dir/gcc.mmb.zst", "brk", SWEEP_LEAST, 17 * MIB + 8192, 0);
    add("dir/gcc.mmb.zst", "brk", SWEEP_POINT, 32 * MIB, 0);
    add("dir/gcc.mmb.zst", "brk", SWEEP_POINT, 16 * MIB, 1);
    add("boot.mmt", "brk", SWEEP_LEAST, 0, 0);
    add("boot.mmt", "brk", SWEEP_POINT, 16 * MIB, 12345);
    add("boot.mmt", "brk", SWEEP_POINT, 32 * MIB, 99999);
}

TEST(results_are_printed_as_text)
{
    add_two_traces();
    assert_printed(print_text, "Least RAM with no failure, MiB, of 16 to 32 in steps of 1\n"
                               "\n"
                               "           brk     zoned\n"
                               "boot      none         -\n"
                               "gcc    17,416K     <= 16\n"
                               "\n"
                               "boot: requests that fail, of all, with so many MiB\n"
                               "\n"
                               "           brk     zoned\n"
                               "16     12.35 %         -\n"
                               "32    > 99.99 %         -\n"
                               "\n"
                               "gcc: requests that fail, of all, with so many MiB\n"
                               "\n"
                               "           brk     zoned\n"
                               "16    < 0.01 %         0\n"
                               "32           0         -\n");
}

TEST(results_are_printed_as_markdown)
{
    add_two_traces();
    assert_printed(print_markdown, "Least RAM with no failure, MiB, of 16 to 32 in steps of 1\n"
                                   "\n"
                                   "|  | `brk` | `zoned` |\n"
                                   "|---|---|---|\n"
                                   "| boot | none | - |\n"
                                   "| gcc | 17,416K | <= 16 |\n"
                                   "\n"
                                   "boot: requests that fail, of all, with so many MiB\n"
                                   "\n"
                                   "|  | `brk` | `zoned` |\n"
                                   "|---|---|---|\n"
                                   "| 16 | 12.35 % | - |\n"
                                   "| 32 | > 99.99 % | - |\n"
                                   "\n"
                                   "gcc: requests that fail, of all, with so many MiB\n"
                                   "\n"
                                   "|  | `brk` | `zoned` |\n"
                                   "|---|---|---|\n"
                                   "| 16 | < 0.01 % | 0 |\n"
                                   "| 32 | 0 | - |\n");
}

/* Two traces of one name are shown with their folders. Ranges that differ are not shown. */
TEST(traces_of_one_name_are_shown_with_their_folders)
{
    add("a/gcc.mmb", "brk", SWEEP_LEAST, 17 * MIB, 0);
    range.to_bytes = 64 * MIB;
    add("b/gcc.mmt.xz", "brk", SWEEP_LEAST, 18 * MIB, 0);
    range.to_bytes = 32 * MIB;
    assert_printed(print_text, "Least RAM with no failure, MiB\n"
                               "\n"
                               "                   brk\n"
                               "a/gcc.mmb           17\n"
                               "b/gcc.mmt.xz        18\n");
}

/* Results that are read from the JSON print the same JSON. */
TEST(json_is_read_back)
{
    struct sweep_results results;
    struct sim_error error;

    add_two_traces();
    add("boot.mmt", "zoned", SWEEP_POINT, 16 * MIB, 0); /* the least RAM is not known */
    char *text = printed(sweep_print_json);
    assert_non_null(strstr(text, "{\"trace\": \"boot.mmt\", \"strategy\": \"brk\", "
                                 "\"least_ram_bytes\": null, \"range\": "));
    assert_non_null(strstr(text, "\"strategy\": \"zoned\", \"points\": [{\"ram_bytes\": 16777216, "
                                 "\"requests\": 100000, \"failed\": 0}]}"));
    if (!sweep_results_load(&results, scratch_text("json", text), &error))
        fail_msg("%s", error.text);
    assert_int_equal(results.count, 4);
    sweep_results_free(&results);
    assert_true(sweep_merge_read(&merge, scratch_path("json"), &error));
    assert_printed(sweep_print_json, text);
    free(text);
}
