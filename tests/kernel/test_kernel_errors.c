/* The public interface's errors: wrong arguments, files and orders of calls. The runner is a fake:
   no guest is executed. */
#include "support/elf_maker.h"
#include "support/fake_runner.h"
#include "support/scratch.h"
#include "support/test.h"
#include "support/tested_kernel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- creation ---- */

static void assert_refused(const struct kernel_options *options, const char *part)
{
    kernel = kernel_create(options);
    assert_null(kernel);
    if (strstr(kernel_create_error(), part) == NULL)
        fail_msg("'%s' is not in '%s'", part, kernel_create_error());
}

TEST(options_that_make_no_sense)
{
    fake_runner_use("returns");
    assert_refused(&(struct kernel_options){.ram_bytes = 4096}, "a PC has 8 MiB to 63 GiB");
    assert_refused(&(struct kernel_options){.memmap = "/nonexistent"},
                   "/nonexistent: cannot open: No such file or directory");
    assert_refused(&(struct kernel_options){.limit_seconds = -1}, "limit_seconds is -1");
    assert_refused(&(struct kernel_options){.limit_seconds = (double)NAN}, "limit_seconds is");
}

TEST(a_host_that_refuses)
{
    fake_runner_use("refuses");
    assert_refused(NULL, "this host has no modify_ldt()");
    fake_runner_use("returns");
    kernel = kernel_create(NULL);
    assert_non_null(kernel);
    assert_string_equal(kernel_create_error(), "");
}

TEST(nothing_is_destroyed)
{
    kernel_destroy(NULL);
}

/* ---- order of calls ---- */

TEST(steps_in_the_wrong_order)
{
    fake_kernel_create("returns", 0);
    assert_int_equal(kernel_boot(kernel), KERNEL_ERROR);
    assert_kernel_error("no kernel is loaded: kernel_load() comes first");
    assert_int_equal(kernel_run(kernel), KERNEL_ERROR);
    assert_kernel_error_has("the kernel has no state yet");
    assert_int_equal(kernel_call(kernel, "page_alloc"), 0);
    assert_int_equal(kernel_ended(kernel), KERNEL_ERROR);
    assert_kernel_error_has("the kernel has no state yet");
    assert_int_equal(kernel_restart(kernel), KERNEL_ERROR);
    assert_kernel_error("there is no checkpoint: kernel_checkpoint() takes one");
    assert_string_equal(kernel_report(kernel), "");
}

TEST(two_kernels_in_one)
{
    fake_kernel_begin("returns", 0);
    assert_int_equal(kernel_load(kernel, fake_kernel_path()), KERNEL_ERROR);
    assert_kernel_error_has("a kernel is loaded already");
}

TEST(a_second_boot)
{
    fake_kernel_begin("answers_requests", 0);
    assert_int_equal(kernel_run(kernel), KERNEL_EXIT);
    assert_int_equal(kernel_boot(kernel), KERNEL_ERROR);
    assert_kernel_error_has("the kernel has run already");
}

/* ---- files and symbols ---- */

TEST(files_that_are_no_kernels)
{
    fake_kernel_create("returns", 0);
    assert_int_equal(kernel_load(kernel, "/nonexistent"), KERNEL_ERROR);
    assert_kernel_error_has("/nonexistent");
    assert_int_equal(kernel_load(kernel, scratch_text("text.elf", "no kernel")), KERNEL_ERROR);
    assert_kernel_error_has("text.elf");
    assert_int_equal(kernel_symbols(kernel, scratch_text("text.elf", "no kernel")), KERNEL_ERROR);
    assert_kernel_error_has("text.elf");
    assert_int_equal(kernel_module(kernel, "/nonexistent", NULL), KERNEL_ERROR);
    assert_kernel_error_has("/nonexistent");
    assert_int_equal(kernel_load(kernel, fake_kernel_path()), KERNEL_DONE);
    assert_kernel_error("");
}

TEST(too_many_modules)
{
    const char *path = scratch_text("module", "module");

    fake_kernel_create("returns", 0);
    for (int i = 0; i < 32; i++)
        assert_int_equal(kernel_module(kernel, path, "words"), KERNEL_DONE);
    assert_int_equal(kernel_module(kernel, path, NULL), KERNEL_ERROR);
    assert_kernel_error_has("more than 32 modules");
}

TEST(symbols_that_are_not_there)
{
    uint32_t va;

    fake_kernel_begin("returns", 0);
    assert_false(kernel_symbol(kernel, "page_aloc", &va));
    assert_kernel_error_has("page_alloc");
    assert_int_equal(kernel_run_until(kernel, "page_aloc"), KERNEL_ERROR);
    assert_int_equal(kernel_panic_symbol(kernel, "page_aloc"), KERNEL_ERROR);
    assert_int_equal(kernel_count(kernel, "page_aloc"), KERNEL_ERROR);
    assert_int_equal(kernel_fail(kernel, "page_aloc", 1, 0), KERNEL_ERROR);
    assert_int_equal(kernel_hook_before(kernel, "page_aloc", NULL, NULL), KERNEL_ERROR);
    assert_int_equal(kernel_unhook(kernel, "page_aloc"), KERNEL_ERROR);
    assert_int_equal(kernel_timer(kernel, &(struct kernel_timer){.at_symbol = "page_aloc"}),
                     KERNEL_ERROR);
    assert_int_equal(kernel_entries(kernel, "page_alloc"), 0);
    assert_kernel_error_has("kernel_count()");
    assert_true(kernel_symbol(kernel, "0xc0100100", &va));
    assert_int_equal(va, 0xc0100100);
}

TEST(numbers_out_of_range)
{
    uint32_t arguments[65] = {0};

    fake_kernel_begin("returns", 0);
    assert_int_equal(kernel_timer(kernel, &(struct kernel_timer){.vector = 256}), KERNEL_ERROR);
    assert_kernel_error_has("vector 256");
    assert_int_equal(kernel_free_function(kernel, "page_free", 16, KERNEL_FREE_FRAME, -1),
                     KERNEL_ERROR);
    assert_int_equal(kernel_call_arguments(kernel, "page_alloc", arguments, 65), 0);
    assert_kernel_error_has("65 arguments");
}

TEST(more_symbols_than_can_be_watched)
{
    char address[16];

    fake_kernel_begin("returns", 0);
    for (unsigned i = 0; i < 256; i++) {
        snprintf(address, sizeof address, "0x%x", ELF_MAKER_TEXT_VA + i);
        assert_int_equal(kernel_panic_symbol(kernel, address), KERNEL_DONE);
    }
    assert_int_equal(kernel_count(kernel, "page_alloc"), KERNEL_ERROR);
    assert_kernel_error_has("more than 256 symbols");
    assert_int_equal(kernel_run_until(kernel, "0xc0100200"), KERNEL_ERROR);
}

/* ---- the hooks file ---- */

TEST(hooks_that_are_right)
{
    fake_kernel_begin("returns", 0);
    assert_int_equal(
        kernel_hooks_file(kernel, scratch_text("hooks", "# of a test\n\n"
                                                        "free page_free virtual\n"
                                                        "  free 0xc0100150 2 frame order 1 #\n"
                                                        "direct 0xc0000000 64M\n"
                                                        "panic panic\n")),
        KERNEL_DONE);
}

TEST(hooks_that_are_wrong)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"frees page_free virtual\n", ":1: frees: a line begins with free, direct or panic"},
        {"\nfree\n", ":2: a line of free is:"},
        {"free page_free\n", ":1: a line of free is:"},
        {"free page_free linear\n", ":1: a line of free is:"},
        {"free page_free 0x virtual\n", ":1: 0x: "},
        {"free page_free virtual later\n", ":1: later: only `order ARGUMENT` may follow"},
        {"free page_free virtual order\n", ":1: order: only `order ARGUMENT` may follow"},
        {"free page_free virtual order x\n", ":1: x: no number of an argument"},
        {"free page_free 99 virtual\n", ":1: page_free: its arguments are counted from 0 to 15"},
        {"free page_fre virtual\n", ":1: "},
        {"direct 0xc0000000\n", ":1: a line of direct is: direct VA SIZE"},
        {"direct here 64M\n", ":1: here: "},
        {"direct 0xc0000000 64Q\n", ":1: 64Q: "},
        {"direct 0xc0000000 2G\n", ":1: 2G: the direct map ends behind 4 GiB"},
        {"panic\n", ":1: a line of panic is: panic SYMBOL"},
        {"panic a b c d e f g h\n", ":1: too many words"},
    };

    fake_kernel_begin("returns", 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(kernel_hooks_file(kernel, scratch_text("hooks", cases[i].text)),
                         KERNEL_ERROR);
        assert_kernel_error_has(cases[i].error);
        assert_kernel_error_has("hooks");
    }
    assert_int_equal(kernel_hooks_file(kernel, "/nonexistent"), KERNEL_ERROR);
    assert_kernel_error("/nonexistent: cannot open: No such file or directory");
}

/* ---- boot states ---- */

static void refuse_state(const struct kernel_mapping *mapping, size_t count, uint32_t tables_at,
                         uint32_t stack_top, const char *error)
{
    const struct kernel_boot_state wanted = {.mappings = mapping,
                                             .mapping_count = count,
                                             .tables_at = tables_at,
                                             .stack_top = stack_top};

    assert_int_equal(kernel_set_boot_state(kernel, &wanted), KERNEL_ERROR);
    assert_kernel_error_has(error);
}

TEST(boot_states_that_cannot_be)
{
    static const struct kernel_mapping good = {.va = 0xc0000000, .bytes = 0x400000},
                                       odd = {.va = 0xc0000800, .bytes = 0x1000},
                                       large = {.va = 0xc0000000,
                                                .pa = 0x1000,
                                                .bytes = 0x400000,
                                                .large_pages = true},
                                       beyond = {.va = 0xfffff000, .bytes = 0x2000};
    static const struct kernel_mapping twice[] = {{.va = 0xc0000000, .bytes = 0x2000},
                                                  {.va = 0xc0001000, .bytes = 0x2000}};

    fake_kernel_create("returns", 0);
    assert_int_equal(kernel_load(kernel, fake_kernel_path()), KERNEL_DONE);
    refuse_state(&good, 1, 0x200800, 0xc0400000, "is no frame");
    refuse_state(&good, 1, 0x100000, 0xc0400000, "would overwrite the kernel");
    refuse_state(&good, 1, 0xf0000000, 0xc0400000, "no memory for a page table at 0xf0000000");
    refuse_state(&good, 1, 0x200000, 0xd0000000, "the memory below it is not mapped");
    refuse_state(&odd, 1, 0x200000, 0xc0400000, "is not in whole pages of 4096 bytes");
    refuse_state(&large, 1, 0x200000, 0xc0400000, "is not in whole pages of 4194304 bytes");
    refuse_state(&beyond, 1, 0x200000, 0xc0400000, "ends behind 4 GiB");
    refuse_state(twice, 2, 0x200000, 0xc0400000, "0xc0001000 is mapped by two mappings");
    assert_int_equal(kernel_call(kernel, "page_alloc"), 0);
    assert_kernel_error_has("the kernel has no state yet");
}

TEST(a_call_without_a_stack)
{
    struct kernel_registers registers;

    fake_kernel_begin("returns", 0);
    registers = kernel_registers(kernel);
    registers.esp = 0x90000000;
    kernel_set_registers(kernel, &registers);
    assert_int_equal(kernel_call(kernel, "page_alloc"), 0);
    assert_kernel_error_has("the stack at 0x8ffffffc cannot take a call: it is not mapped");
}

/* ---- memory ---- */

TEST(memory_that_is_not_there)
{
    char bytes[8192];
    uint32_t pa;

    fake_kernel_begin("returns", 0);
    assert_false(kernel_read(kernel, 0x90000000, bytes, 1));
    assert_kernel_error("0x90000000 is not mapped");
    assert_false(kernel_read(kernel, 0xc3ffffff, bytes, 2));
    assert_kernel_error("0xc4000000 is not mapped");
    assert_false(kernel_write(kernel, 0xc3ffffff, bytes, 2));
    assert_false(kernel_read(kernel, 0xffffffff, bytes, 2));
    assert_kernel_error("2 bytes at 0xffffffff end behind 4 GiB");
    assert_false(kernel_read_physical(kernel, 0x04000000, bytes, 1));
    assert_kernel_error("1 bytes at the physical address 0x04000000 are not all memory");
    assert_false(kernel_read_physical(kernel, 0x03ffffff, bytes, 2));
    assert_false(kernel_write_physical(kernel, 0xfee00000, bytes, 4));
    assert_false(kernel_translate(kernel, 0x90000000, &pa));
    assert_int_equal(kernel_read32(kernel, 0x90000000), 0);
    assert_int_equal(kernel_variable(kernel, "free_page"), 0);
    assert_kernel_error_has("free_pages");
    assert_true(kernel_read_physical(kernel, 0x03fffffc, bytes, 4));
    assert_true(kernel_read(kernel, 0x90000000, bytes, 0));
    assert_kernel_error("");
}

TEST(a_table_that_is_overwritten)
{
    static const struct kernel_mapping mapping[] = {
        {.va = 0xc0000000, .bytes = 0x400000},
        {.va = 0x1000, .pa = 0x202000, .bytes = 0x1000},
        {.va = 0x2000, .pa = 0x300000, .bytes = 0x1000}};
    static const char zeros[8192];

    fake_kernel_create("returns", 0);
    assert_int_equal(kernel_load(kernel, fake_kernel_path()), KERNEL_DONE);
    assert_int_equal(
        kernel_set_boot_state(kernel, &(struct kernel_boot_state){.mappings = mapping,
                                                                  .mapping_count = 3,
                                                                  .tables_at = 0x200000,
                                                                  .stack_top = 0xc0400000}),
        KERNEL_DONE);
    /* 0x202000 is the page table of 0x1000 and 0x2000, so the zeros in the first page unmap the
       second. */
    assert_false(kernel_write(kernel, 0x1000, zeros, sizeof zeros));
    assert_kernel_error("0x00002000 is not mapped any more, by what was written before it");
}

TEST_FIXTURES(NULL, tested_kernel_destroy)

int main(int argc, char **argv)
{
    fake_runner_main(argc, argv);
    return tests_run(NULL, NULL);
}
