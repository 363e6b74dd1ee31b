/* The public interface's part of calls, stops and checkpoints, and a runner that dies, hangs or
   sends false data. The runner is a fake: no guest is executed. */
#include "support/elf_maker.h"
#include "support/fake_runner.h"
#include "support/scratch.h"
#include "support/test.h"
#include "support/tested_kernel.h"

#include <string.h>

/* ---- a runner that does wrong ---- */

static void assert_ends(const char *script, double limit, enum kernel_outcome outcome,
                        const char *error)
{
    fake_kernel_begin(script, limit);
    assert_int_equal(kernel_run(kernel), outcome);
    assert_int_equal(kernel_ended(kernel), outcome);
    assert_kernel_error_has(error);
    assert_true(kernel_report(kernel)[0] != '\0');
    if (outcome == KERNEL_ERROR) {
        assert_int_equal(kernel_call(kernel, "page_alloc"), 0);
        assert_true(kernel_error(kernel)[0] != '\0');
    }
    tested_kernel_destroy(NULL);
}

TEST(runners_that_do_wrong)
{
    assert_ends("dies", 0, KERNEL_ERROR, "the runner ended by signal 9 (Killed)");
    assert_ends("exits", 0, KERNEL_ERROR, "the runner exited with status 3");
    assert_ends("hangs", 0.05, KERNEL_LIMIT, "the runner no longer answers");
    assert_ends("is_interrupted", 0.05, KERNEL_LIMIT, "");
    assert_ends("writes_too_much", 0, KERNEL_ERROR, "may have broken out");
    assert_ends("gives_unknown_event", 0, KERNEL_ERROR, "may have broken out");
    assert_ends("gives_nothing", 0, KERNEL_ERROR, "may have broken out");
    assert_ends("gives_unknown_stop", 0, KERNEL_ERROR, "may have broken out");
    assert_ends("is_unsupported", 0, KERNEL_ERROR, "a task switch");
    assert_ends("gives_garbage", 0, KERNEL_STALE_TLB, "");
    assert_ends("returns", 0, KERNEL_FAULT, "");
}

TEST(a_dead_kernel_says_so_again)
{
    fake_kernel_begin("dies", 0);
    assert_int_equal(kernel_run(kernel), KERNEL_ERROR);
    assert_int_equal(kernel_call(kernel, "page_alloc"), 0);
    assert_kernel_error("the runner ended by signal 9 (Killed); create another kernel");
    assert_int_equal(kernel_checkpoint(kernel), KERNEL_ERROR);
}

TEST(the_clock_can_run_out_twice)
{
    fake_kernel_begin("is_interrupted", 0.05);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(kernel_run(kernel), KERNEL_LIMIT);
        assert_non_null(strstr(kernel_report(kernel), "still running after 0.05 s"));
    }
}

TEST(output_is_kept)
{
    fake_kernel_begin("writes", 0);
    assert_int_equal(kernel_run(kernel), KERNEL_EXIT);
    assert_int_equal(kernel_output_bytes(kernel), FAKE_OUTPUT_BYTES);
    for (uint32_t i = 0; i < FAKE_OUTPUT_BYTES; i++)
        if (kernel_output(kernel)[i] != FAKE_OUTPUT(i))
            fail_msg("byte %u", i);
    assert_int_equal(kernel_output(kernel)[FAKE_OUTPUT_BYTES], 0);
}

/* ---- calls and stops, as far as the parent has a part in them ---- */

TEST(a_call_keeps_registers)
{
    struct kernel_registers before, after;

    fake_kernel_begin("returns", 0);
    before = kernel_registers(kernel);
    assert_int_equal(kernel_call(kernel, "page_alloc", 1, 2), ELF_MAKER_TEXT_VA + 0x101);
    assert_int_equal(kernel_result64(kernel) >> 32, 7);
    assert_int_equal(kernel_ended(kernel), KERNEL_RETURNED);
    after = kernel_registers(kernel);
    assert_memory_equal(&before, &after, sizeof before);
    assert_string_equal(kernel_report(kernel), "");
}

/*
 *     esp & ~15   argument 1
 *                 argument 0     16-byte aligned
 *     new esp     return address
 */
TEST(a_call_lays_its_arguments_out)
{
    uint32_t esp, frame[3];

    fake_kernel_begin("dies", 0);
    esp = kernel_registers(kernel).esp;
    assert_int_equal(esp % 16, 0);
    kernel_call(kernel, "page_alloc", 11, 22);
    assert_true(kernel_read(kernel, esp - 20, frame, sizeof frame));
    assert_int_equal(frame[0], 0xfec00ff0);
    assert_int_equal(frame[1], 11);
    assert_int_equal(frame[2], 22);
}

static unsigned hook_calls;

static enum kernel_hook_verdict run_inside(void *context, struct kernel *inside, uint32_t *result)
{
    (void)context;
    hook_calls++;
    *result = 0;
    assert_int_equal(kernel_run(inside), KERNEL_ERROR);
    assert_string_equal(kernel_error(inside), "a hook must not run the kernel, nor call it");
    assert_int_equal(kernel_call(inside, "page_alloc"), 0);
    assert_int_equal(kernel_checkpoint(inside), KERNEL_ERROR);
    return KERNEL_HOOK_GO_ON;
}

TEST(a_hook_must_not_run_the_kernel)
{
    hook_calls = 0;
    fake_kernel_begin("arrives", 0);
    assert_int_equal(kernel_hook_before(kernel, "page_free", run_inside, NULL), KERNEL_DONE);
    assert_int_equal(kernel_run(kernel), KERNEL_HALT);
    assert_int_equal(kernel_ended(kernel), KERNEL_HALT);
    assert_int_equal(hook_calls, 1);
}

TEST(until_comes_before_a_panic_at_the_same_place)
{
    fake_kernel_begin("arrives", 0);
    assert_int_equal(kernel_panic_symbol(kernel, "panic"), KERNEL_DONE);
    assert_int_equal(kernel_run_until(kernel, "panic"), KERNEL_UNTIL);
    assert_int_equal(kernel_registers(kernel).eip, ELF_MAKER_TEXT_VA + 0x180);
}

TEST(a_failed_kernel_goes_on_when_its_registers_are_set)
{
    struct kernel_registers registers;

    fake_kernel_begin("arrives", 0);
    kernel_panic_symbol(kernel, "panic");
    assert_int_equal(kernel_run(kernel), KERNEL_PANIC);
    assert_non_null(strstr(kernel_report(kernel), "panic: panic("));
    assert_int_equal(kernel_run(kernel), KERNEL_ERROR);
    assert_kernel_error_has("the kernel has failed");
    assert_int_equal(kernel_ended(kernel), KERNEL_ERROR);
    assert_non_null(strstr(kernel_report(kernel), "panic: panic("));
    registers = kernel_registers(kernel);
    kernel_set_registers(kernel, &registers);
    assert_string_equal(kernel_report(kernel), "");
    assert_int_equal(kernel_run(kernel), KERNEL_HALT);
}

/* ---- checkpoints ---- */

TEST(a_checkpoint_has_memory_and_registers)
{
    struct kernel_registers registers;
    uint32_t far = 0x03000000, word = 5;

    fake_kernel_begin("answers_requests", 0);
    assert_true(kernel_set_variable(kernel, "free_pages", 77));
    registers = kernel_registers(kernel);
    assert_int_equal(kernel_checkpoint(kernel), KERNEL_DONE);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(kernel_run(kernel), KERNEL_EXIT);
        kernel_set_variable(kernel, "free_pages", 78);
        kernel_write_physical(kernel, far, &word, sizeof word);
        registers.eax = 3;
        kernel_set_registers(kernel, &registers);
        assert_int_equal(kernel_restart(kernel), KERNEL_DONE);
        assert_int_equal(kernel_variable(kernel, "free_pages"), 77);
        assert_int_equal(kernel_registers(kernel).eax, 0);
        kernel_read_physical(kernel, far, &word, sizeof word);
        assert_int_equal(word, 0);
        word = 5;
    }
}

TEST_FIXTURES(NULL, tested_kernel_destroy)

int main(int argc, char **argv)
{
    fake_runner_main(argc, argv);
    return tests_run(NULL, NULL);
}
