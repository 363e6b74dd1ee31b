/* `mmsim advise`: its table has the numbers of `sweep` and `compare`, and its words those of the
   table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/json.h"
#include "support/program.h"
#include "support/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct program program;
static struct program other;

static const char *trace(void)
{
    return scratch_path("leak.mmb");
}

static uint64_t number(const struct program *of, const char *format, unsigned i, unsigned k)
{
    char path[96];

    snprintf(path, sizeof path, format, i, k);
    uint64_t value = json_u64(of->out, path);
    if (value == UINT64_MAX)
        fail_msg("no number at %s in %s", path, of->out);
    return value;
}

static void advise_json(void)
{
    MMSIM(&program, "advise", trace(), "--strategies", "brk,zoned", "--ram", "10M..14M", "--json");
    assert_int_equal(program.status, 0);
    assert_string_equal(program.err, "");
    assert_null(json_error(program.out));
}

static void the_numbers_are_those_of_sweep_and_compare(void **state)
{
    (void)state;
    advise_json();
    MMSIM(&other, "sweep", trace(), "--strategies", "brk,zoned", "--ram", "10M..14M", "--points",
          "5", "--json");
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(number(&program, "results[%u].least_ram_bytes", i, 0),
                         number(&other, "results[%u].least_ram_bytes", i, 0));
        for (unsigned k = 0; k < 5; k++) {
            static const char *const keys[] = {"ram_bytes", "requests", "failed"};
            for (size_t key = 0; key < 3; key++) {
                char path[64];
                snprintf(path, sizeof path, "results[%%u].points[%%u].%s", keys[key]);
                assert_int_equal(number(&program, path, i, k), number(&other, path, i, k));
            }
        }
    }
    MMSIM(&other, "compare", trace(), "--strategies", "brk,zoned", "--ram", "14M", "--json");
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(number(&program, "results[%u].metadata_bytes", i, 0),
                         number(&other, "runs[%u].frames.metadata_bytes", i, 0));
}

static void the_json_has_every_key_with_its_type(void **state)
{
    static const struct {
        const char *path;
        char type;
    } keys[] = {
        {"trace", '"'},
        {"events", 'i'},
        {"peak_live_bytes", 'i'},
        {"range.from_bytes", 'i'},
        {"range.to_bytes", 'i'},
        {"range.step_bytes", 'i'},
        {"range.points", 'i'},
        {"headline", '"'},
        {"results[0].strategy", '"'},
        {"results[0].least_ram_bytes", 'i'},
        {"results[0].points[4].late_failures", 'i'},
        {"results[0].event_nanoseconds", 'f'},
        {"results[0].event_nanoseconds_spread", 'f'},
        {"results[0].metadata_bytes", 'i'},
        {"results[0].dominated_by", '['},
        {"results[2]", 0},
        {"aims[0].aim", '"'},
        {"aims[0].strategies[0]", '"'},
        {"aims[0].matters", 't'},
        {"aims[4].text", '"'},
        {"story_ram_bytes", 'i'},
        {"story.headline", '"'},
        {"story.paragraphs[0][0].text", '"'},
    };

    (void)state;
    advise_json();
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (json_type(program.out, keys[i].path) != keys[i].type)
            fail_msg("%s: expected type %c in %s", keys[i].path, keys[i].type, program.out);
}

static void the_text_has_the_table_the_aims_and_the_story(void **state)
{
    (void)state;
    MMSIM(&program, "advise", trace(), "--strategies", "brk");
    assert_int_equal(program.status, 0);
    assert_string_equal(program.err, "");
    assert_output_has(&program, "chosen; --ram A..B sets it");
    assert_output_has(&program, "\nbrk needs ");
    assert_output_has(&program, "\nrequests failed\n");
    assert_output_has(&program, "\nleast RAM         nothing fails from ");
    assert_output_has(&program, "\nWhat goes wrong first, with ");
    assert_true(text_columns(program.out) <= 80);
}

static void a_trace_for_which_any_ram_is_enough_needs_at_most_the_least(void **state)
{
    (void)state;
    MMSIM(&program, "advise", "tests/cli/data/krealloc.mmt", "--strategies", "brk");
    assert_int_equal(program.status, 0);
    assert_output_has(&program, "\nRAM 8 MiB (chosen");
    assert_output_has(&program, "\nbrk needs at most 8 MiB for krealloc\n");
    assert_output_has(&program, "nothing fails from 8 MiB on, or from less.\n");
    assert_null(strstr(program.out, "What goes wrong"));
}

static void wrong_arguments_and_traces_are_refused(void **state)
{
    static const struct refused_command commands[] = {
        {{"advise"}, "advise needs a TRACE"},
        {{"advise", "absent.mmb"}, "absent.mmb"},
        {{"advise", "tests/cli/data/brk_blocked.mmt", "--ram", "64M"}, "not a range of sizes"},
        {{"advise", "tests/cli/data/brk_blocked.mmt", "--ram", "64M..32M"},
         "the range ends before it starts"},
        {{"advise", "tests/cli/data/brk_blocked.mmt", "--strategies", "none"}, "none"},
    };

    (void)state;
    ASSERT_COMMANDS_REFUSED(commands);
}

static int make_trace(void **state)
{
    (void)state;
    MMSIM(&program, "generate", "leak", "--events", "30000", "-o", trace());
    return program.status;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_numbers_are_those_of_sweep_and_compare),
        cmocka_unit_test(the_json_has_every_key_with_its_type),
        cmocka_unit_test(the_text_has_the_table_the_aims_and_the_story),
        cmocka_unit_test(a_trace_for_which_any_ram_is_enough_needs_at_most_the_least),
        cmocka_unit_test(wrong_arguments_and_traces_are_refused),
    };

    return cmocka_run_group_tests(tests, make_trace, NULL);
}
