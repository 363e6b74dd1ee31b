/* `mmsim thread`: the thread's claims as a table, and as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/json.h"
#include "support/program.h"
#include "support/raw_trace.h"
#include "support/scratch.h"
#include "trace/trace_file.h"

#include <stdio.h>
#include <string.h>

#define BLOCKED "tests/cli/data/brk_blocked.mmt"

static struct program program;

static void a_table_of_claims(void **state)
{
    (void)state;
    MMSIM(&program, "thread", BLOCKED, "--ram", "64M", "--strategies", "window,brk");
    assert_int_equal(program.status, 0);
    assert_string_equal(program.err, "");
    assert_non_null(strstr(program.out, "RAM 64.0 MiB (--ram)\n"));
    assert_non_null(strstr(program.out, "  window  "));
    assert_non_null(strstr(program.out, "\nproxy, benefit #3: \"I could use the 64MB for other "
                                        "purposes\"\n"));
    assert_non_null(strstr(program.out, "\n  kmallocs of the trace that failed "));
    assert_true(text_columns(program.out) <= 110);
}

/* The value of a strategy in the row of a claim with this label. */
static const char *value_of(const char *label, const char *strategy)
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

static void assert_value(const char *label, const char *strategy, const char *expected)
{
    if (!json_equals(program.out, value_of(label, strategy), expected))
        fail_msg("%s, %s: expected %s in: %s", label, strategy, expected, program.out);
}

/* Frame 0x1000 is in brk's way for one of the two blocks. */
static void json_of_a_blocked_heap(void **state)
{
    (void)state;
    MMSIM(&program, "thread", BLOCKED, "--ram", "64M", "--json");
    assert_int_equal(program.status, 0);
    assert_null(json_error(program.out));
    assert_int_equal(json_u64(program.out, "ram_bytes"), 64u << 20);
    assert_int_equal(json_u64(program.out, "events"), 24);
    assert_true(json_equals(program.out, "errors", "[]"));
    assert_value("kmallocs of the trace that failed", "brk", "0.500000");
    assert_value("with 4x as much free", "brk", "0.500000");
    assert_value("kmallocs of the trace that failed", "window", "0.000000");
    assert_value("64 KiB, against window's page", "window", "null");
    assert_value("which is for want of", "brk", "\"no_frames\"");
    assert_value("left for vmalloc by a full heap", "window", "0.000000");
}

static void a_strategy_named_twice_is_refused(void **state)
{
    (void)state;
    MMSIM(&program, "thread", BLOCKED, "--ram", "64M", "--json", "--strategies", "brk,brk");
    assert_int_equal(program.status, 2);
    assert_string_equal(program.err, "mmsim: --strategies brk,brk: brk is named twice\n");
}

/* Sound to the last checksum, but its second event frees what the first has freed. */
static void a_trace_without_sense_is_bad_input(void **state)
{
    static const uint8_t payload[] = {EVENT_KMALLOC, 0, 100, EVENT_KFREE, 0, EVENT_KFREE, 0};
    uint8_t bytes[RAW_TRACE_BYTES(sizeof payload)];
    struct trace_header header = {.slots = 1, .events = 3, .peak_live_bytes = 100};
    size_t size = raw_trace_make(bytes, header, payload, sizeof payload);

    (void)state;
    MMSIM(&program, "thread", scratch_bytes("twice.mmb", bytes, size), "--strategies", "brk");
    assert_int_equal(program.status, 2);
    assert_non_null(strstr(program.err, "event 3: slot holds no allocation"));
    assert_int_equal(text_lines(program.err), 1);
    assert_string_equal(program.out, "");
}

/* Less RAM than a strategy's metadata: each that has no result says so, on standard error too. */
static void no_result_is_a_failed_run(void **state)
{
    static const char map[] = "BIOS-e820: [mem 0x0000000001000000-0x0000000001003fff] usable\n";

    (void)state;
    MMSIM(&program, "thread", BLOCKED, "--memmap", scratch_text("small.e820", map), "--strategies",
          "brk");
    assert_int_equal(program.status, 1);
    assert_non_null(strstr(program.err, "mmsim: brk: the memory map has no room"));
    assert_non_null(strstr(program.out, "brk  NO RESULT: the memory map has no room"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_of_claims),
        cmocka_unit_test(json_of_a_blocked_heap),
        cmocka_unit_test(a_strategy_named_twice_is_refused),
        cmocka_unit_test(a_trace_without_sense_is_bad_input),
        cmocka_unit_test(no_result_is_a_failed_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
