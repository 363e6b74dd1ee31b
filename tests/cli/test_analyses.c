/* Commands that analyse the failures of a trace: diff, explain, thread. */
#include "support/json.h"
#include "support/program.h"
#include "support/raw_trace.h"
#include "support/scratch.h"
#include "support/test.h"
#include "trace/trace_file.h"

#include <stdio.h>
#include <string.h>

#define DATA    "tests/cli/data/"
#define BLOCKED DATA "brk_blocked.mmt"

static struct program program;

static void assert_done_quietly(void)
{
    if (program.status != 0 || program.err_bytes != 0)
        fail_msg("status %d: %s", program.status, program.err);
}

static void assert_json(void)
{
    assert_done_quietly();
    assert_null(json_error(program.out));
}

/* ---- diff ---- */

TEST(diff_names_the_page_in_the_way)
{
    MMSIM(&program, "diff", BLOCKED, "--strategies", "brk,jump", "--ram", "64M");
    assert_done_quietly();
    assert_output_has(&program, "1 of 24 events differs; brk fails 1, jump 0\n");
    assert_output_has(&program,
                      "->          22  brk_blocked  served  kmalloc 12 13631488 @module_load\n");
    assert_output_has(&program,
                      "           in the way: frame 0x1000, held since event 11 by ring_buffer\n");
    assert_null(strstr(program.out, " \n"));
    assert_true(text_columns(program.out) <= 80);
}

TEST(diff_reports_no_difference)
{
    MMSIM(&program, "diff", DATA "krealloc.mmt", "--strategies", "brk,jump", "--ram", "64M");
    assert_done_quietly();
    assert_output_has(&program, " events differ; brk fails ");
    assert_output_has(&program, "\nnone of ");
    MMSIM(&program, "diff", DATA "krealloc.mmt", "--strategies", "brk,jump", "--ram", "64M",
          "--json");
    assert_true(json_equals(program.out, "first", "null"));
}

TEST(diff_prints_json)
{
    MMSIM(&program, "diff", BLOCKED, "--strategies", "brk,jump", "--ram", "64M", "--json");
    assert_json();
    assert_int_equal(json_u64(program.out, "differing_events"), 1);
    assert_int_equal(json_u64(program.out, "strategies[0].failed"), 1);
    assert_int_equal(json_u64(program.out, "first.event"), 22);
    assert_true(json_equals(program.out, "first.sides[0].failure.cause", "\"brk_blocked\""));
    assert_true(json_equals(program.out, "first.sides[1].failure", "null"));
    assert_true(json_equals(program.out, "first.around[5].outcomes[1].outcome", "\"served\""));
}

TEST(diff_refuses_all_but_two_strategies)
{
    static const struct refused_command commands[] = {
        {{"diff", BLOCKED, "--strategies", "brk"},
         "--strategies brk: diff compares two strategies, not 1"},
        {{"diff", BLOCKED}, "diff needs --strategies"},
        {{"diff", BLOCKED, "--strategies", "brk,none"}, "no strategy 'none'"},
        {{"diff", DATA "none.mmt", "--strategies", "brk,jump"}, "none.mmt: cannot open"},
    };

    ASSERT_COMMANDS_REFUSED(commands);
}

/* ---- explain ---- */

TEST(explain_names_the_block_in_the_way_and_the_remedies)
{
    MMSIM(&program, "explain", BLOCKED, "--strategy", "brk", "--ram", "64M");
    assert_done_quietly();
    assert_output_has(&program, BLOCKED " under brk, RAM 64.0 MiB (--ram)\nfailure 1 of 1\n\n"
                                        "asked    kmalloc of 13.0 MiB, by module_load\n");
    assert_output_has(&program, "blocked  at frame 0x1000, kernel\n"
                                "         put there by ring_buffer, 1,024 frames\n"
                                "         since event 11, 11 events before: 45.8 % of the trace\n");
    assert_output_has(&program, "            primary  serves it (verified)\n");
    assert_output_has(
        &program, "  freeing   that one block before the event: the request passes (verified)\n");
    assert_true(text_columns(program.out) <= 100);
}

/* The trace passes with the least RAM that explain prints, and fails with 64 KiB less. */
TEST(the_least_ram_passes_and_less_fails)
{
    char ram[32];

    MMSIM(&program, "explain", BLOCKED, "--strategy", "brk", "--ram", "64M", "--json");
    assert_json();
    uint64_t least_bytes = json_u64(program.out, "ram.least_bytes");
    snprintf(ram, sizeof ram, "%llu", (unsigned long long)least_bytes);
    MMSIM(&program, "explain", BLOCKED, "--strategy", "brk", "--ram", ram);
    assert_output_has(&program, "none of its 24 events failed\n");
    snprintf(ram, sizeof ram, "%llu", (unsigned long long)least_bytes - 65536);
    MMSIM(&program, "explain", BLOCKED, "--strategy", "brk", "--ram", ram, "--json");
    assert_int_equal(json_u64(program.out, "failure.event"), 22);
}

TEST(explain_knows_late_unsupported_and_bad_accesses)
{
    MMSIM(&program, "explain", DATA "late.mmt", "--strategy", "window", "--ram", "16M");
    assert_done_quietly();
    assert_output_has(&program, "at the touch: the call itself had succeeded\n");
    MMSIM(&program, "explain", BLOCKED, "--strategy", "window", "--ram", "64M", "--failure", "11");
    assert_output_has(&program, "failure 11 of 11\n");
    assert_output_has(&program, "failed   unsupported: ");
    assert_output_has(&program, "  RAM       no size up to ");
    MMSIM(&program, "explain", DATA "accesses.mmt", "--strategy", "brk", "--ram", "64M");
    assert_output_has(&program, "failed   bad_access: ");
    assert_output_has(&program, "map 10004000-10005000 is read-only\n");
    assert_output_has(&program, "  freeing   no block or process of the trace is in the way\n");
}

TEST(explain_tries_no_other_ram_under_a_memory_map)
{
    MMSIM(&program, "explain", DATA "zones.mmt", "--strategy", "primary", "--memmap",
          DATA "zones.e820");
    assert_done_quietly();
    assert_output_has(&program, "  HIGH ");
    assert_output_has(&program, "  RAM       not tried, because ");
}

TEST(a_trace_without_a_failure_is_no_error)
{
    MMSIM(&program, "explain", DATA "krealloc.mmt", "--strategy", "primary", "--ram", "64M",
          "--json");
    assert_json();
    assert_true(json_equals(program.out, "failure", "null"));
    MMSIM(&program, "explain", DATA "krealloc.mmt", "--strategy", "primary", "--ram", "64M");
    assert_done_quietly();
    assert_output_has(&program, "none of its ");
}

#define EXPLAIN "explain", BLOCKED, "--strategy", "brk"

TEST(explain_refuses_bad_arguments)
{
    static const struct refused_command commands[] = {
        {{"explain", BLOCKED}, "explain needs --strategy NAME"},
        {{"explain", BLOCKED, "--strategy", "brk,window"}, "one strategy only;"},
        {{"explain", BLOCKED, "--strategy", "none"}, "no strategy 'none'"},
        {{"explain", "--strategy", "brk"}, "explain needs a TRACE"},
        {{"explain", DATA "none.mmt", "--strategy", "brk"}, "none.mmt"},
        {{EXPLAIN, "--ram", "1M"}, "--ram 1M"},
        {{EXPLAIN, "--tlb", "64x4"}, "explain has no option '--tlb'"},
        {{EXPLAIN, "--failure", "0"}, "mmsim: --failure 0: "},
        {{EXPLAIN, "--failure", "x"}, "mmsim: --failure x: "},
        {{EXPLAIN, "--failure", "-1"}, "mmsim: --failure -1: "},
        {{EXPLAIN, "--failure", "1.5"}, "mmsim: --failure 1.5: "},
        {{EXPLAIN, "--failure", ""}, "mmsim: --failure : "},
        {{EXPLAIN, "--failure", "9999999999999999999999"},
         "mmsim: --failure 9999999999999999999999: "},
        {{EXPLAIN, "--ram", "64M", "--failure", "99"},
         "--failure 99: no such failure: brk has 1 in " BLOCKED},
    };

    ASSERT_COMMANDS_REFUSED(commands);
    MMSIM(&program, "explain", "--help");
    assert_done_quietly();
    assert_output_has(&program, "--failure N");
}

/* ---- thread ---- */

TEST(thread_prints_a_table_of_claims)
{
    MMSIM(&program, "thread", BLOCKED, "--ram", "64M", "--strategies", "window,brk");
    assert_done_quietly();
    assert_output_has(&program, "RAM 64.0 MiB (--ram)\n");
    assert_output_has(&program, "  window  ");
    assert_output_has(&program, "\nproxy, benefit #3: \"I could use the 64MB for other "
                                "purposes\"\n");
    assert_output_has(&program, "\n  kmallocs of the trace that failed ");
    assert_true(text_columns(program.out) <= 110);
}

/* Returns the path of a strategy's value in the claim that has this label. */
static const char *claim_path(const char *label, const char *strategy)
{
    static char path[96];
    char quoted[96];

    snprintf(quoted, sizeof quoted, "\"%s\"", label);
    for (unsigned i = 0;; i++) {
        snprintf(path, sizeof path, "claims[%u].label", i);
        if (json_type(program.out, path) == 0)
            fail_msg("no label \"%s\" in: %s", label, program.out);
        if (json_equals(program.out, path, quoted))
            break;
    }
    snprintf(strchr(path, '.'), 64, ".by_strategy.%s", strategy);
    return path;
}

/* In the trace, frame 0x1000 is in brk's way for one of the two blocks. */
TEST(thread_prints_json)
{
    static const struct {
        const char *label, *strategy, *value;
    } expected[] = {
        {"kmallocs of the trace that failed", "brk", "0.500000"},
        {"with 4x as much free", "brk", "0.500000"},
        {"kmallocs of the trace that failed", "window", "0.000000"},
        {"64 KiB, against window's page", "window", "null"},
        {"which is for want of", "brk", "\"no_frames\""},
        {"left for vmalloc by a full heap", "window", "0.000000"},
    };

    MMSIM(&program, "thread", BLOCKED, "--ram", "64M", "--json");
    assert_json();
    assert_int_equal(json_u64(program.out, "ram_bytes"), 64u << 20);
    assert_int_equal(json_u64(program.out, "events"), 24);
    assert_true(json_equals(program.out, "errors", "[]"));
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        if (!json_equals(program.out, claim_path(expected[i].label, expected[i].strategy),
                         expected[i].value))
            fail_msg("%s, %s: expected %s in: %s", expected[i].label, expected[i].strategy,
                     expected[i].value, program.out);
}

/* All checksums of the second trace are right, but it frees a block twice. */
TEST(thread_refuses_bad_strategies_and_bad_traces)
{
    static const uint8_t payload[] = {EVENT_KMALLOC, 0, 100, EVENT_KFREE, 0, EVENT_KFREE, 0};
    uint8_t bytes[RAW_TRACE_BYTES(sizeof payload)];
    struct trace_header header = {.slots = 1, .events = 3, .peak_live_bytes = 100};
    size_t size = raw_trace_make(bytes, header, payload, sizeof payload);
    const struct refused_command commands[] = {
        {{"thread", BLOCKED, "--ram", "64M", "--json", "--strategies", "brk,brk"},
         "mmsim: --strategies brk,brk: brk is named twice\n"},
        {{"thread", scratch_bytes("twice.mmb", bytes, size), "--strategies", "brk"},
         "event 3: slot holds no allocation"},
    };

    ASSERT_COMMANDS_REFUSED(commands);
}

/* The memory is too small for the strategy's metadata. */
TEST(a_strategy_without_a_result_is_a_failed_run)
{
    static const char map[] = "BIOS-e820: [mem 0x0000000001000000-0x0000000001003fff] usable\n";

    MMSIM(&program, "thread", BLOCKED, "--memmap", scratch_text("small.e820", map), "--strategies",
          "brk");
    assert_int_equal(program.status, 1);
    assert_error_has(&program, "mmsim: brk: the memory map has no room");
    assert_output_has(&program, "brk  NO RESULT: the memory map has no room");
}
