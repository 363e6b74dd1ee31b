/* `mmsim cut` from the command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/program.h"
#include "support/scratch.h"

#include <string.h>
#include <unistd.h>

#define BLOCKED "tests/cli/data/brk_blocked.mmt"

static struct program program;

static void to_standard_output(void **state)
{
    (void)state;
    MMSIM(&program, "cut", BLOCKED, "21..22", "--needed", "-o", "-");
    assert_int_equal(program.status, 0);
    assert_string_equal(program.out,
                        "mmtrace 1\nmark live before event 21\npages 10 10 @readahead\n"
                        "mark from here on: event 21\nfree_pages 10\n"
                        "kmalloc 12 13631488 @module_load\n");
    assert_string_equal(program.err, "");
}

static void from_standard_input_to_a_compressed_file(void **state)
{
    const char *out = scratch_path("out.mmb.xz");

    (void)state;
    program_run(&program, BLOCKED, NULL,
                (const char *const[]){MMSIM_PROGRAM, "cut", "-", "12..", "-o", out, NULL});
    assert_int_equal(program.status, 0);
    MMSIM(&program, "convert", out, "-");
    assert_int_equal(text_lines(program.out), 1 + 2 + 11 + 13);
}

static void what_is_wrong(void **state)
{
    (void)state;
    MMSIM(&program, "cut", BLOCKED, "1..25", "-o", "-");
    assert_int_equal(program.status, 2);
    assert_string_equal(program.err, "mmsim: 1..25: out of range: the trace has 24 events\n");
    MMSIM(&program, "cut", BLOCKED, "5", "-o", "-");
    assert_int_equal(program.status, 2);
    assert_string_equal(program.err,
                        "mmsim: 5: not a range of events, such as 100..200, 2M.. or ..1e6\n");
    MMSIM(&program, "cut", BLOCKED, "5..4", "-o", "-");
    assert_int_equal(program.status, 2);
    assert_string_equal(program.err,
                        "mmsim: 5..4: events are numbered from 1, and FROM is not above TO\n");
    MMSIM(&program, "cut", BLOCKED, "1..1k", "-o", "-");
    assert_int_equal(program.status, 2);
    assert_string_equal(program.err, "mmsim: 1..1k: out of range: the trace has 24 events\n");
    MMSIM(&program, "cut", BLOCKED, "1..");
    assert_int_equal(program.status, 2);
    MMSIM(&program, "cut", BLOCKED, "1..", "-o", scratch_path("out.txt"));
    assert_int_equal(program.status, 2);
    assert_non_null(strstr(program.err, "the name must end in .mmt"));
    assert_int_not_equal(access(scratch_path("out.txt"), F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(to_standard_output),
        cmocka_unit_test(from_standard_input_to_a_compressed_file),
        cmocka_unit_test(what_is_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
