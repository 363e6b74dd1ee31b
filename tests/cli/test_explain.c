/* `mmsim explain` from the command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/json.h"
#include "support/program.h"

#include <stdio.h>
#include <string.h>

#define DATA    "tests/cli/data/"
#define BLOCKED DATA "brk_blocked.mmt"

static struct program program;

static void a_blocked_brk(void **state)
{
    (void)state;
    MMSIM(&program, "explain", BLOCKED, "--strategy", "brk", "--ram", "64M");
    assert_int_equal(program.status, 0);
    assert_string_equal(program.err, "");
    assert_output_has(&program, BLOCKED " under brk, RAM 64.0 MiB (--ram)\nfailure 1 of 1\n\n"
                                        "asked    kmalloc of 13.0 MiB, by module_load\n");
    assert_output_has(&program, "blocked  at frame 0x1000, kernel\n"
                                "         put there by ring_buffer, 1,024 frames\n"
                                "         since event 11, 11 events before: 45.8 % of the trace\n");
    assert_output_has(&program, "            primary  passes it (verified)\n");
    assert_output_has(&program,
                      "  freeing   that one block, before the event: passes (verified)\n");
    assert_true(text_columns(program.out) <= 100);
}

/* The least RAM passes when it is tried, and 64 KiB less does not. */
static void the_least_ram_holds(void **state)
{
    char ram[32];

    (void)state;
    MMSIM(&program, "explain", BLOCKED, "--strategy", "brk", "--ram", "64M", "--json");
    assert_int_equal(program.status, 0);
    assert_null(json_error(program.out));
    uint64_t least = json_u64(program.out, "ram.least_bytes");
    snprintf(ram, sizeof ram, "%llu", (unsigned long long)least);
    MMSIM(&program, "explain", BLOCKED, "--strategy", "brk", "--ram", ram);
    assert_output_has(&program, "none of its 24 events failed\n");
    snprintf(ram, sizeof ram, "%llu", (unsigned long long)least - 65536);
    MMSIM(&program, "explain", BLOCKED, "--strategy", "brk", "--ram", ram, "--json");
    assert_int_equal(json_u64(program.out, "failure.event"), 22);
}

static void late_and_unsupported_and_bad(void **state)
{
    (void)state;
    MMSIM(&program, "explain", DATA "late.mmt", "--strategy", "window", "--ram", "16M");
    assert_int_equal(program.status, 0);
    assert_output_has(&program, "at the touch: the call itself had succeeded\n");
    MMSIM(&program, "explain", BLOCKED, "--strategy", "window", "--ram", "64M", "--failure", "11");
    assert_output_has(&program, "failure 11 of 11\n");
    assert_output_has(&program, "failed   unsupported: ");
    assert_output_has(&program, "  RAM       no size helps up to ");
    MMSIM(&program, "explain", DATA "accesses.mmt", "--strategy", "brk", "--ram", "64M");
    assert_output_has(&program, "failed   bad_access: ");
    assert_output_has(&program, "map 10004000-10005000 is read-only\n");
    assert_output_has(&program, "  freeing   no block or process of the trace is in the way\n");
}

/* In the pipe of another process, and under a memory map. */
static void a_memory_map(void **state)
{
    (void)state;
    MMSIM(&program, "explain", DATA "zones.mmt", "--strategy", "primary", "--memmap",
          DATA "zones.e820");
    assert_int_equal(program.status, 0);
    assert_output_has(&program, "  HIGH ");
    assert_output_has(&program, "  RAM       not tried: ");
}

static void no_failure_is_no_error(void **state)
{
    (void)state;
    MMSIM(&program, "explain", DATA "krealloc.mmt", "--strategy", "primary", "--ram", "64M",
          "--json");
    assert_int_equal(program.status, 0);
    assert_true(json_equals(program.out, "failure", "null"));
    MMSIM(&program, "explain", DATA "krealloc.mmt", "--strategy", "primary", "--ram", "64M");
    assert_int_equal(program.status, 0);
    assert_output_has(&program, "none of its ");
}

static void expect_bad(const char *says)
{
    assert_int_equal(program.status, 2);
    assert_string_equal(program.out, "");
    if (strstr(program.err, says) == NULL)
        fail_msg("no \"%s\" in: %s", says, program.err);
}

static void bad_arguments(void **state)
{
    static const char *const numbers[] = {"0", "x", "-1", "1.5", "", "9999999999999999999999"};
    char says[64];

    (void)state;
    MMSIM(&program, "explain", BLOCKED);
    expect_bad("explain needs --strategy NAME");
    MMSIM(&program, "explain", BLOCKED, "--strategy", "brk,window");
    expect_bad("one strategy only;");
    MMSIM(&program, "explain", BLOCKED, "--strategy", "none");
    expect_bad("no strategy 'none'");
    MMSIM(&program, "explain", "--strategy", "brk");
    expect_bad("explain needs a TRACE");
    MMSIM(&program, "explain", DATA "none.mmt", "--strategy", "brk");
    expect_bad("none.mmt");
    MMSIM(&program, "explain", BLOCKED, "--strategy", "brk", "--ram", "1M");
    expect_bad("--ram 1M");
    MMSIM(&program, "explain", BLOCKED, "--strategy", "brk", "--tlb", "64x4");
    expect_bad("explain has no option '--tlb'");
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        MMSIM(&program, "explain", BLOCKED, "--strategy", "brk", "--failure", numbers[i]);
        snprintf(says, sizeof says, "mmsim: --failure %s: ", numbers[i]);
        expect_bad(says);
    }
    MMSIM(&program, "explain", BLOCKED, "--strategy", "brk", "--ram", "64M", "--failure", "99");
    expect_bad("--failure 99: no such failure: brk has 1 in " BLOCKED);
}

static void help(void **state)
{
    (void)state;
    MMSIM(&program, "explain", "--help");
    assert_int_equal(program.status, 0);
    assert_output_has(&program, "--failure N");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_blocked_brk),
        cmocka_unit_test(the_least_ram_holds),
        cmocka_unit_test(late_and_unsupported_and_bad),
        cmocka_unit_test(a_memory_map),
        cmocka_unit_test(no_failure_is_no_error),
        cmocka_unit_test(bad_arguments),
        cmocka_unit_test(help),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
