/* `mmsim diff` from the command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/json.h"
#include "support/program.h"

#include <string.h>

#define DATA    "tests/cli/data/"
#define BLOCKED DATA "brk_blocked.mmt"

static struct program program;

static void a_page_in_the_way(void **state)
{
    (void)state;
    MMSIM(&program, "diff", BLOCKED, "--strategies", "brk,jump", "--ram", "64M");
    assert_int_equal(program.status, 0);
    assert_string_equal(program.err, "");
    assert_output_has(&program, "1 of 24 events differs; brk fails 1, jump 0\n");
    assert_output_has(&program,
                      "->          22  brk_blocked  served  kmalloc 12 13631488 @module_load\n");
    assert_output_has(&program,
                      "           in the way: frame 0x1000, held since event 11 by ring_buffer\n");
    assert_null(strstr(program.out, " \n"));
    assert_true(text_columns(program.out) <= 80);
}

static void no_difference(void **state)
{
    (void)state;
    MMSIM(&program, "diff", DATA "krealloc.mmt", "--strategies", "brk,jump", "--ram", "64M");
    assert_int_equal(program.status, 0);
    assert_output_has(&program, " events differ; brk fails ");
    assert_output_has(&program, "\nnone of ");
}

static void as_json(void **state)
{
    (void)state;
    MMSIM(&program, "diff", BLOCKED, "--strategies", "brk,jump", "--ram", "64M", "--json");
    assert_int_equal(program.status, 0);
    assert_null(json_error(program.out));
    assert_int_equal(json_u64(program.out, "differing_events"), 1);
    assert_int_equal(json_u64(program.out, "strategies[0].failed"), 1);
    assert_int_equal(json_u64(program.out, "first.event"), 22);
    assert_true(json_equals(program.out, "first.sides[0].failure.cause", "\"brk_blocked\""));
    assert_true(json_equals(program.out, "first.sides[1].failure", "null"));
    assert_true(json_equals(program.out, "first.around[5].outcomes[1].outcome", "\"served\""));
    MMSIM(&program, "diff", DATA "krealloc.mmt", "--strategies", "brk,jump", "--ram", "64M",
          "--json");
    assert_true(json_equals(program.out, "first", "null"));
}

static void what_is_wrong(void **state)
{
    (void)state;
    MMSIM(&program, "diff", BLOCKED, "--strategies", "brk");
    assert_int_equal(program.status, 2);
    assert_non_null(strstr(program.err, "--strategies brk: diff compares two strategies, not 1"));
    MMSIM(&program, "diff", BLOCKED);
    assert_int_equal(program.status, 2);
    MMSIM(&program, "diff", BLOCKED, "--strategies", "brk,none");
    assert_int_equal(program.status, 2);
    MMSIM(&program, "diff", "tests/cli/data/none.mmt", "--strategies", "brk,jump");
    assert_int_equal(program.status, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_in_the_way),
        cmocka_unit_test(no_difference),
        cmocka_unit_test(as_json),
        cmocka_unit_test(what_is_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
