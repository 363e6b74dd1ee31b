/* `mmsim kernel`: output, exit status, JSON, and messages about wrong arguments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/json.h"
#include "support/program.h"
#include "support/scratch.h"

#include <stdbool.h>
#include <string.h>

#define LOW GUESTS "/low.elf"

static struct program program;

/* On a host that cannot run kernels, the program prints the reason and runs none. */
static bool host_refuses(void)
{
    MMSIM(&program, "kernel", LOW);
    if (program.status != 1 || program.out_bytes != 0)
        return false;
    print_message("skipped: %s", program.err);
    return true;
}

static void assert_says(int status, const char *part)
{
    if (program.status != status || strstr(program.err, part) == NULL)
        fail_msg("status %d, '%s': %s", program.status, part, program.err);
}

static void assert_json(const char *path, const char *expected)
{
    if (!json_equals(program.out, path, expected))
        fail_msg("%s is not %s in %s", path, expected, program.out);
}

static void a_kernel_writes_to_standard_output(void **state)
{
    (void)state;
    MMSIM(&program, "kernel", LOW);
    assert_int_equal(program.status, 0);
    assert_output_has(&program, "low: a kernel at 0x80000000\n");
    assert_output_has(&program, "passed\n");
    assert_string_equal(program.err, "");
}

static void json_has_the_run(void **state)
{
    (void)state;
    MMSIM(&program, "kernel", LOW, "--json");
    assert_int_equal(program.status, 0);
    assert_null(json_error(program.out));
    assert_json("ended", "\"exit\"");
    assert_json("exit_value", "0");
    assert_json("result", "null");
    assert_json("reports", "[]");
    assert_true(json_u64(program.out, "fills") != UINT64_MAX);
    assert_true(json_u64(program.out, "traps") != UINT64_MAX);
    assert_true(json_u64(program.out, "faults") != UINT64_MAX);
    assert_int_equal(json_type(program.out, "seconds"), 'f');
    assert_int_equal(json_type(program.out, "output"), '"');
}

static void functions_are_called(void **state)
{
    (void)state;
    MMSIM(&program, "kernel", LOW, "--call", "strlen banner");
    assert_string_equal(program.out, "strlen: 0x0000001c\n");
    MMSIM(&program, "kernel", LOW, "--call", "kinit 0x80400000 0x80402000; kalloc", "--json");
    assert_json("ended", "\"returned\"");
    assert_json("result", "2151682048");
    MMSIM(&program, "kernel", LOW, "--until", "kernel_ready", "--call", "kalloc", "--json");
    assert_json("result", "2164256768");
}

static void until_is_an_end(void **state)
{
    (void)state;
    MMSIM(&program, "kernel", LOW, "--until", "kernel_ready", "--json");
    assert_json("ended", "\"until\"");
    assert_int_equal(program.status, 0);
}

static void a_panic_is_a_failure(void **state)
{
    (void)state;
    MMSIM(&program, "kernel", LOW, "--until", "kernel_ready", "--call", "kfree 1", "--panic",
          "panic", "--json");
    assert_says(1, "mmsim: panic: panic(\"kfree: not a page\") at ");
    assert_json("ended", "\"panic\"");
    assert_json("result", "null");
    assert_json("reports[0].kind", "\"panic\"");
    assert_json("reports[0].address", "null");
}

static void a_stale_entry_is_a_failure(void **state)
{
    (void)state;
    MMSIM(&program, "kernel", GUESTS "/higher-no-invlpg.elf", "--check-tlb", "--json");
    assert_says(1, "mmsim: stale TLB entry: kernel write at 0xe000");
    assert_json("ended", "\"stale_tlb\"");
    assert_json("reports[0].kind", "\"stale_tlb\"");
    assert_json("reports[0].access", "\"write\"");
    assert_int_equal(json_type(program.out, "reports[0].address"), 'i');
    assert_int_equal(json_type(program.out, "reports[0].where"), '"');
    assert_int_equal(json_type(program.out, "reports[0].changed_at"), '"');
    assert_int_equal(json_type(program.out, "reports[0].missing"), '"');
}

static void an_endless_loop_is_a_failure(void **state)
{
    (void)state;
    /* The called function jumps to itself: machine code, in the page that kalloc() returns. */
    MMSIM(&program, "kernel", LOW, "--call",
          "memset 0x80400000 0xeb 1; memset 0x80400001 0xfe 1; "
          "0x80400000",
          "--limit", "0.2", "--json");
    assert_says(1, "mmsim: still running after 0.2 s at 0x80400000");
    assert_json("ended", "\"limit\"");
}

static void arguments_that_are_wrong(void **state)
{
    static const struct {
        const char *option, *value, *error;
    } cases[] = {
        {"--limit", "0", "--limit 0: expected a number of seconds above 0"},
        {"--fill", "256", "--fill 256: expected a byte, 0 to 255 or 0x00 to 0xff"},
        {"--fill", "poison", "--fill poison: expected a byte"},
        {"--limit", "soon", "--limit soon: expected a number"},
        {"--limit", "nan", "--limit nan: expected a number"},
        {"--ram", "1M", "--ram 1M: out of range"},
        {"--memmap", "/nonexistent", "/nonexistent: cannot open"},
        {"--until", "kernel_redy", "kernel_ready"},
        {"--panic", "panik", "panic"},
        {"--module", "/nonexistent", "/nonexistent"},
        {"--call", "", "--call: a symbol is missing"},
        {"--call", "kalloc;", "--call: a symbol is missing"},
        {"--call", "kaloc", "kalloc"},
        {"--call", "kfree 1x", "--call: 1x: "},
        {"--hooks", "hooks", "--hooks needs --check-tlb"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        MMSIM(&program, "kernel", LOW, cases[i].option, cases[i].value);
        assert_says(2, cases[i].error);
        assert_int_equal(text_lines(program.err), 1);
        assert_string_equal(program.out, "");
    }
    MMSIM(&program, "kernel", LOW, "--ram", "16M", "--memmap", "map");
    assert_says(2, "--ram and --memmap exclude each other");
    MMSIM(&program, "kernel", scratch_text("text.elf", "no kernel"));
    assert_says(2, "text.elf");
    MMSIM(&program, "kernel", LOW, "--check-tlb", "--hooks", scratch_text("hooks", "frees x\n"));
    assert_says(2, "hooks:1: frees: a line begins with free, direct or panic");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kernel_writes_to_standard_output),
        cmocka_unit_test(json_has_the_run),
        cmocka_unit_test(functions_are_called),
        cmocka_unit_test(until_is_an_end),
        cmocka_unit_test(a_panic_is_a_failure),
        cmocka_unit_test(a_stale_entry_is_a_failure),
        cmocka_unit_test(an_endless_loop_is_a_failure),
        cmocka_unit_test(arguments_that_are_wrong),
    };

    return host_refuses() ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}
