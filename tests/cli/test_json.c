/* --json prints one valid object, which has every key that scripts rely on, with its type. */
#include "support/json.h"
#include "support/program.h"
#include "support/scratch.h"
#include "support/test.h"

#include <mm/mm.h>
#include <mm/strategy.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKED  "tests/cli/data/brk_blocked.mmt"
#define ACCESSES "tests/cli/data/accesses.mmt"
#define MIXED    "tests/cli/data/skipped.mmt"

static struct program program;

/* ---- support/json.h, which these tests rely on ---- */

TEST(the_checker_accepts_json_and_nothing_else)
{
    static const char *const good[] = {
        "{}",
        " [ ] ",
        "0",
        "-1.5e+3",
        "\"\\u00e9 \xc3\xa9 \xf0\x9f\x90\xa7\"",
        "[1, [2], {\"a\": null}]",
        "{\"a\": 1, \"b\": {\"a\": true}}",
    };
    static const char *const bad[] = {
        "",
        "{",
        "[1,]",
        "{\"a\": 1,}",
        "{\"a\" 1}",
        "{a: 1}",
        "01",
        "1.",
        ".5",
        "+1",
        "1e",
        "nul",
        "\"",
        "\"\n\"",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\xff\"",
        "\"\xc0\x80\"",
        "\"\xed\xa0\x80\"",
        "\"\xf4\x90\x80\x80\"",
        "\"\xe2\x82\"",
        "{} {}",
        "[1 2]",
        "{\"a\": 1, \"b\": 2, \"a\": 3}",
        "NaN",
    };

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_null(json_error(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (json_error(bad[i]) == NULL)
            fail_msg("accepted: %s", bad[i]);
}

TEST(a_path_finds_its_value)
{
    const char *text = "{\"ab\": 1, \"a\": {\"list\": [10, {\"x\": \"y\"}, []]}, \"f\": 1.0}";

    assert_int_equal(json_u64(text, "ab"), 1);
    assert_int_equal(json_u64(text, "a.list[0]"), 10);
    assert_true(json_equals(text, "a.list[1].x", "\"y\""));
    assert_true(json_equals(text, "a.list[2]", "[]"));
    assert_int_equal(json_type(text, "a.list[3]"), 0);
    assert_int_equal(json_type(text, "b"), 0);
    assert_int_equal(json_type(text, "ab.c"), 0);
    assert_int_equal(json_type(text, "f"), 'f');
    assert_int_equal(json_u64(text, "f"), UINT64_MAX);
}

/* ---- the keys ---- */

struct key {
    const char *path;
    char type; /* a result of json_type() */
};

static const struct key run_keys[] = {
    {"strategy", '"'},
    {"requests.kmalloc", 'i'},
    {"requests.pages", 'i'},
    {"requests.vmalloc", 'i'},
    {"requests.touch", 'i'},
    {"requests.process", 'i'},
    {"requests.map", 'i'},
    {"requests.setbrk", 'i'},
    {"failures.kmalloc", 'i'},
    {"failures.pages", 'i'},
    {"failures.vmalloc", 'i'},
    {"failures.touch", 'i'},
    {"failures.process", 'i'},
    {"failures.map", 'i'},
    {"failures.setbrk", 'i'},
    {"late_failures", 'i'},
    {"frees_skipped", 'i'},
    {"process_events_skipped", 'i'},
    {"failures_by_cause.no_frames", 'i'},
    {"failures_by_cause.no_run", 'i'},
    {"failures_by_cause.brk_blocked", 'i'},
    {"failures_by_cause.no_address_space", 'i'},
    {"failures_by_cause.zone", 'i'},
    {"failures_by_cause.unsupported", 'i'},
    {"failures_by_cause.bad_access", 'i'},
    {"heap.peak_payload_bytes", 'i'},
    {"heap.peak_span_bytes", 'i'},
    {"heap.peak_spans", 'i'},
    {"heap.peak_left_bytes", 'i'},
    {"moves.count", 'i'},
    {"moves.bytes", 'i'},
    {"moves.wasted", 'i'},
    {"heap.utilisation", 'f'},
    {"heap.contiguous_fraction", 'f'},
    {"frames.total", 'i'},
    {"frames.peak_used", 'i'},
    {"frames.metadata_bytes", 'i'},
    {"fragmentation.end[0].unusable_index", 'i'},
    {"fragmentation.end[10].fragmentation_index", 'i'},
    {"fragmentation.worst[0].fragmentation_index", 'i'},
    {"fragmentation.worst[10].unusable_index", 'i'},
    {"cost.seconds", 'f'},
    {"cost.events_per_second", 'i'},
    {"cost.repetitions", 'i'},
    {"cost.seconds_least", 'f'},
    {"cost.seconds_most", 'f'},
    {"cost.seconds_spread", 'f'},
    {"cost.tlb.hits", 'i'},
    {"cost.tlb.untranslated", 'i'},
    {"cost.tlb.misses", 'i'},
    {"digest", '"'},
};

static const struct key failure_keys[] = {
    {"event", 'i'},      {"request", '"'}, {"bytes", 'i'},  {"cause", '"'},
    {"free_bytes", 'i'}, {"process", 'n'}, {"access", 'n'},
};

static const struct key no_other_failure_keys[] = {
    {"no_frames", 'n'}, {"no_run", 'n'},      {"no_address_space", 'n'},
    {"zone", 'n'},      {"unsupported", 'n'}, {"bad_access", 'n'},
};

static const struct key blocker_keys[] = {
    {"frame", 'i'},  {"site", '"'},        {"process", 'n'},    {"kind", '"'},
    {"frames", 'i'}, {"since_event", 'i'}, {"age_events", 'i'},
};

static const struct key access_keys[] = {
    {"process", 'i'},    {"access.address", 'i'}, {"access.error_code", 'i'},
    {"access.why", '"'}, {"blocker", 'n'},
};

static const struct key head_keys[] = {{"trace", '"'}, {"events", 'i'}, {"ram_bytes", 'i'}};

#define ASSERT_KEYS(prefix, keys) assert_keys((prefix), (keys), sizeof(keys) / sizeof((keys)[0]))

static void assert_keys(const char *prefix, const struct key keys[], size_t count)
{
    char path[128];

    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s%s%s", prefix, *prefix != '\0' ? "." : "", keys[i].path);
        if (json_type(program.out, path) != keys[i].type)
            fail_msg("%s: expected type %c in %s", path, keys[i].type, program.out);
    }
}

static void assert_valid(void)
{
    const char *error = json_error(program.out);

    assert_int_equal(program.status, 0);
    assert_string_equal(program.err, "");
    if (error != NULL)
        fail_msg("not JSON: %s", error);
    assert_int_equal(program.out[0], '{');
}

static void assert_run(const char *prefix)
{
    char path[64];
    size_t bytes;

    ASSERT_KEYS(prefix, run_keys);
    snprintf(path, sizeof path, "%s%sdigest", prefix, *prefix != '\0' ? "." : "");
    const char *digest = json_find(program.out, path, &bytes);
    assert_int_equal(bytes, 18);
    assert_int_equal(strspn(digest + 1, "0123456789abcdef"), 16);
    snprintf(path, sizeof path, "%s%sfragmentation.end[11]", prefix, *prefix != '\0' ? "." : "");
    assert_int_equal(json_type(program.out, path), 0);
}

TEST(replay_has_every_key)
{
    MMSIM(&program, "replay", BLOCKED, "--ram", "64M", "--strategy", "brk", "--json");
    assert_valid();
    ASSERT_KEYS("", head_keys);
    assert_run("");
    ASSERT_KEYS("first_failure", failure_keys);
    ASSERT_KEYS("first_failure.blocker", blocker_keys);
    ASSERT_KEYS("first_failure_by_cause.brk_blocked", failure_keys);
    ASSERT_KEYS("first_failure_by_cause.brk_blocked.blocker", blocker_keys);
    ASSERT_KEYS("first_failure_by_cause", no_other_failure_keys);
    assert_true(json_equals(program.out, "trace", "\"" BLOCKED "\""));
    assert_int_equal(json_u64(program.out, "events"), 24);
    assert_int_equal(json_u64(program.out, "ram_bytes"), 64u << 20);

    MMSIM(&program, "replay", ACCESSES, "--ram", "64M", "--strategy", "brk", "--json");
    assert_valid();
    assert_run("");
    ASSERT_KEYS("first_failure_by_cause.bad_access", access_keys);

    MMSIM(&program, "replay", BLOCKED, "--strategy", "window", "--json");
    assert_int_equal(json_type(program.out, "first_failure.blocker"), 'n');
    MMSIM(&program, "replay", "tests/cli/data/krealloc.mmt", "--strategy", "brk", "--json");
    assert_int_equal(json_type(program.out, "first_failure"), 'n');
    assert_int_equal(json_type(program.out, "first_failure_by_cause.brk_blocked"), 'n');
    ASSERT_KEYS("first_failure_by_cause", no_other_failure_keys);
}

TEST(compare_has_every_key_for_each_run)
{
    char path[32];
    unsigned run = 0;

    MMSIM(&program, "compare", MIXED, "--ram", "64M", "--json");
    assert_valid();
    ASSERT_KEYS("", head_keys);
    for (; mm_strategies[run] != NULL; run++) {
        char expected[16];
        snprintf(path, sizeof path, "runs[%u]", run);
        assert_run(path);
        snprintf(path, sizeof path, "runs[%u].strategy", run);
        snprintf(expected, sizeof expected, "\"%s\"", mm_strategies[run]->name);
        assert_true(json_equals(program.out, path, expected));
    }
    snprintf(path, sizeof path, "runs[%u]", run);
    assert_int_equal(json_type(program.out, path), 0);
}

/* ---- compare and replay agree ---- */

/* Returns the members of a run, except its cost, as text. The caller frees it. */
static char *run_without_cost(const char *json, const char *path)
{
    size_t bytes;
    char *text = strdup(strstr(json_find(json, path, &bytes), "\"strategy\""));
    char *cost = strstr(text, "\"cost\": {");
    char *end = strstr(cost, "\"digest\"");

    memmove(cost, end, strlen(end) + 1);
    return text;
}

TEST(compare_and_replay_have_the_same_results)
{
    static struct program alone;
    char path[16];

    MMSIM(&program, "compare", MIXED, "--ram", "64M", "--json");
    for (unsigned run = 0; mm_strategies[run] != NULL; run++) {
        MMSIM(&alone, "replay", MIXED, "--ram", "64M", "--strategy", mm_strategies[run]->name,
              "--json");
        snprintf(path, sizeof path, "runs[%u]", run);
        char *of_compare = run_without_cost(program.out, path);
        char *of_replay = run_without_cost(alone.out, "");
        assert_string_equal(of_compare, of_replay);
        free(of_compare);
        free(of_replay);
    }
}

TEST(a_second_replay_has_the_same_result)
{
    static struct program again;

    MMSIM(&program, "replay", MIXED, "--strategy", "brk", "--json");
    MMSIM(&again, "replay", MIXED, "--strategy", "brk", "--json");
    char *first = run_without_cost(program.out, "");
    char *second = run_without_cost(again.out, "");
    assert_string_equal(first, second);
    free(first);
    free(second);
}

/* ---- info ---- */

TEST(info_counts_a_small_trace)
{
    static const struct {
        const char *path;
        const char *value;
    } expected[] = {
        {"events", "14"},
        {"by_kind.kmalloc", "2"},
        {"by_kind.krealloc", "1"},
        {"by_kind.kfree", "1"},
        {"by_kind.pages", "2"},
        {"by_kind.free_pages", "1"},
        {"by_kind.vmalloc", "1"},
        {"by_kind.vfree", "0"},
        {"by_kind.process", "1"},
        {"by_kind.map", "1"},
        {"by_kind.unmap", "0"},
        {"by_kind.touch", "1"},
        {"by_kind.setbrk", "1"},
        {"by_kind.exit", "1"},
        {"by_kind.mark", "1"},
        {"peak_live_bytes", "32148"}, /* after vmalloc: 60 + 8192 + 4096 + 3800 + 16000 */
        {"peak_bytes.kmalloc", "16060"},
        {"peak_bytes.pages", "12288"},
        {"live_at_end_allocations", "3"},
        {"live_at_end_bytes.kmalloc", "16000"},
        {"live_at_end_bytes.pages", "4096"},
        {"pages_by_order[1]", "1"},
        {"pages_by_class.user", "1"},
        {"kmalloc_sizes_by_log2[6]", "1"},
        {"kmalloc_bytes_by_log2[14]", "16000"},
        {"vmalloc_sizes_by_log2[12]", "1"},
        {"vmalloc_bytes_by_log2[12]", "3800"},
        {"lifetimes_in_events.kmalloc.count", "1"},
        {"lifetimes_in_events.kmalloc.p50", "7"},
        {"lifetimes_in_events.pages.by_log2[2]", "1"},
        {"lifetimes_in_events.process.p99", "4"},
        {"lifetimes_in_events.vmalloc.p99", "0"},
        {"never_freed.kmalloc.count", "1"},
        {"never_freed.kmalloc.bytes", "16000"},
        {"never_freed.vmalloc.count", "1"},
        {"never_freed.process.count", "0"},
        {"sites", "2"},
        {"top_sites_by_count[0].site", "null"},
        {"top_sites_by_count[0].allocations", "2"},
        {"top_sites_never_freed[0].live_bytes", "16000"},
        {"top_sites_never_freed[0].live_allocations", "1"},
    };

    MMSIM(&program, "info", "--json",
          scratch_text("info.mmt", "mmtrace 1\n"
                                   "kmalloc 1 60 @a\n"
                                   "kmalloc 2 100 @\"quoted\\\"\n"
                                   "krealloc 2 16000\n"
                                   "pages 3 1 @a\n"
                                   "pages 4 0 user\n"
                                   "vmalloc 5 3800\n"
                                   "free_pages 3\n"
                                   "kfree 1\n"
                                   "process 1\n"
                                   "map 1 0x10000 4096 rw\n"
                                   "touch 1 0x10000 w\n"
                                   "setbrk 1 0x20000\n"
                                   "exit 1\n"
                                   "mark done\n"));
    assert_valid();
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        if (!json_equals(program.out, expected[i].path, expected[i].value))
            fail_msg("%s: expected %s in %s", expected[i].path, expected[i].value, program.out);
}

/* The time is that of one replay, or with --time the median of several. */
TEST(cost_has_the_number_of_repetitions)
{
    MMSIM(&program, "compare", "tests/cli/data/orders.mmt", "--strategies", "brk,zoned", "--json");
    assert_true(json_equals(program.out, "runs[1].cost.repetitions", "1"));
    assert_true(json_equals(program.out, "runs[1].cost.seconds_spread", "0.000000"));
    MMSIM(&program, "compare", "tests/cli/data/orders.mmt", "--strategies", "brk,zoned", "--json",
          "--time");
    assert_int_equal(program.status, 0);
    assert_null(json_error(program.out));
    assert_true(json_equals(program.out, "runs[0].cost.repetitions", "9"));
    assert_true(json_equals(program.out, "runs[1].cost.repetitions", "9"));
}
