/* `mmsim layout`: the map of virtual memory as a table, and as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/json.h"
#include "support/program.h"

#include <string.h>

static struct program program;

static void a_table_of_one_strategy(void **state)
{
    (void)state;
    MMSIM(&program, "layout", "--strategies", "brk", "--ram", "64M");
    assert_int_equal(program.status, 0);
    assert_output_has(&program, "RAM 64.0 MiB (--ram)\n");
    assert_output_has(&program,
                      "00000000-00001000    4.0 KiB never mapped                             -\n");
    assert_output_has(&program,
                      "bfffd000-c0000000   12.0 KiB   stack                                  -\n");
    assert_output_has(
        &program,
        "c0000000-f0000000  768.0 MiB direct map of 0 - 768 MiB        768.0 MiB 4M   -rw\n");
    assert_output_has(
        &program,
        "f5000000-fd000000  128.0 MiB linear frame buffer, uncached     16.0 MiB 4M   -rw\n");
    assert_output_has(
        &program,
        "fffff000-100000000   4.0 KiB page directory                     4.0 KiB 4K   -rw\n");
    assert_true(text_columns(program.out) <= 80);
}

static void every_strategy_without_a_choice(void **state)
{
    (void)state;
    MMSIM(&program, "layout");
    assert_int_equal(program.status, 0);
    assert_output_has(&program, "RAM 1.0 GiB (--ram sets it)\n");
    assert_output_has(&program, "\nwindow: ");
    assert_output_has(&program, "heap window");
    assert_output_has(&program, "\nprimary: ");
    assert_output_has(&program, "\nbrk: ");
}

static void what_needs_no_page_table(void **state)
{
    (void)state;
    MMSIM(&program, "layout", "--strategies", "kseg0", "--ram", "64M");
    assert_int_equal(program.status, 0);
    assert_output_has(&program, "00001000-80000000    2.0 GiB user space ");
    assert_output_has(
        &program,
        "80000000-a0000000  512.0 MiB kseg0: 0 - 512 MiB, by hardware  512.0 MiB none -rw\n");
    assert_output_has(
        &program,
        "a0000000-c0000000  512.0 MiB kseg1: the same, uncached        512.0 MiB none -rw\n");
    assert_true(text_columns(program.out) <= 80);
}

static void json(void **state)
{
    (void)state;
    MMSIM(&program, "layout", "--strategies", "window,brk", "--ram", "64M", "--json");
    assert_int_equal(program.status, 0);
    assert_null(json_error(program.out));
    assert_int_equal(json_u64(program.out, "ram_bytes"), 64u << 20);
    assert_true(json_equals(program.out, "layouts[1].strategy", "\"brk\""));
    assert_true(json_equals(program.out, "layouts[0].areas[0].what", "\"never mapped\""));
    assert_int_equal(json_u64(program.out, "layouts[0].areas[0].end"), 4096);
    assert_int_equal(json_u64(program.out, "layouts[0].areas[0].mapped_bytes"), 0);
    assert_true(json_equals(program.out, "layouts[0].areas[2].rights", "\"ur-\""));
    assert_int_equal(json_u64(program.out, "layouts[0].areas[2].page_bytes"), 4096);
    assert_true(json_equals(program.out, "layouts[0].areas[2].uncached", "false"));
}

static void bad_arguments(void **state)
{
    (void)state;
    MMSIM(&program, "layout", "--strategies", "brk,none");
    assert_int_equal(program.status, 2);
    MMSIM(&program, "layout", "--ram", "1M");
    assert_int_equal(program.status, 2);
    MMSIM(&program, "layout", "extra");
    assert_int_equal(program.status, 2);
    assert_string_equal(program.out, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_of_one_strategy),
        cmocka_unit_test(every_strategy_without_a_choice),
        cmocka_unit_test(what_needs_no_page_table),
        cmocka_unit_test(json),
        cmocka_unit_test(bad_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
