/* `mmsim reduce` from the command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/program.h"
#include "support/scratch.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define GCC "bench/traces/gcc_512.mmb.zst"

static struct program program;

/* A real kernel's trace: one line, and the command that is told repeats it. */
static void a_line_of_half_a_million(void **state)
{
    const char *out = scratch_path("out.mmt");
    char told[256];

    (void)state;
    MMSIM(&program, "reduce", GCC, "--strategy", "window", "-o", out);
    assert_int_equal(program.status, 0);
    assert_string_equal(program.out, "");
    snprintf(told, sizeof told, "\nmmsim replay %s --strategy window --ram 8M\n", out);
    assert_non_null(strstr(program.err, "unsupported at event 17, kept in 1 event"));
    assert_non_null(strstr(program.err, told));
    MMSIM(&program, "convert", out, "-");
    assert_string_equal(program.out, "mmtrace 1\nmark reduced: its last event fails with "
                                     "--strategy window --ram 8M for unsupported\n"
                                     "pages 1 1 @comm:run.sh\n");
    MMSIM(&program, "replay", out, "--strategy", "window", "--ram", "8M");
    assert_non_null(strstr(program.out, "first unsupported: event 2, pages of 8.0 KiB"));
}

static void a_page_in_the_way(void **state)
{
    (void)state;
    MMSIM(&program, "reduce", "tests/cli/data/brk_blocked.mmt", "--strategy", "brk", "--ram", "64M",
          "-o", "-");
    assert_int_equal(program.status, 0);
    assert_true(text_lines(program.out) <= 5);
    assert_non_null(strstr(program.out, "@module_load\n"));
    assert_non_null(strstr(program.err, "brk_blocked at event 22, kept in "));
}

/* With as little RAM as a PC has; and the same each time. */
static void less_ram(void **state)
{
    static struct program again;

    (void)state;
    MMSIM(&program, "reduce", "tests/cli/data/brk_blocked.mmt", "--strategy", "brk", "-o", "-");
    assert_int_equal(program.status, 0);
    assert_non_null(strstr(program.out, "fails with --strategy brk --ram 8M for brk_blocked\n"));
    assert_true(text_lines(program.out) <= 5);
    MMSIM(&again, "reduce", "tests/cli/data/brk_blocked.mmt", "--strategy", "brk", "-o", "-");
    assert_string_equal(again.out, program.out);
    assert_string_equal(again.err, program.err);
}

static void a_memory_map(void **state)
{
    (void)state;
    MMSIM(&program, "reduce", "tests/cli/data/zones.mmt", "--strategy", "brk", "--keeps", "zone",
          "--memmap", "tests/cli/data/zones.e820", "-o", "-");
    assert_int_equal(program.status, 0);
    assert_non_null(strstr(program.out, "mark reduced: its last event fails with --strategy "
                                        "brk --memmap tests/cli/data/zones.e820 for zone\n"));
    assert_true(text_lines(program.out) <= 10);
}

static void what_is_wrong(void **state)
{
    const char *out = scratch_path("none.mmt");

    (void)state;
    MMSIM(&program, "reduce", GCC, "--strategy", "brk", "--ram", "128M", "-o", out);
    assert_int_equal(program.status, 2);
    assert_string_equal(program.err,
                        "mmsim: " GCC ": nothing fails under brk with 128.0 MiB of RAM\n");
    assert_int_not_equal(access(out, F_OK), 0);
    MMSIM(&program, "reduce", GCC, "--strategy", "brk", "--keeps", "hope", "-o", out);
    assert_int_equal(program.status, 2);
    assert_string_equal(
        program.err, "mmsim: --keeps hope: expected failure, crash, or a cause, such as no_run\n");
    MMSIM(&program, "reduce", GCC, "--strategy", "brk");
    assert_int_equal(program.status, 2);
    MMSIM(&program, "reduce", GCC, "-o", out);
    assert_int_equal(program.status, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_of_half_a_million),
        cmocka_unit_test(a_page_in_the_way),
        cmocka_unit_test(less_ram),
        cmocka_unit_test(a_memory_map),
        cmocka_unit_test(what_is_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
