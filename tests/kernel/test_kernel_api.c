/* The public interface with a guest that is executed: tests/kernel/guests/low, a kernel at
   0x80000000. Its failures are in test_kernel_failures.c. */
#include "support/test.h"
#include "support/tested_kernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOW       GUESTS "/low.elf"
#define KERNBASE  0x80000000u
#define PAGE_SIZE 4096u

static void begin(void)
{
    tested_kernel_boot(LOW, NULL);
}

/* ---- runs ---- */

TEST(a_kernel_boots_to_its_end)
{
    tested_kernel_create(NULL);
    assert_done(kernel_load(kernel, LOW));
    assert_done(kernel_boot(kernel));
    assert_ended(kernel_run(kernel), KERNEL_EXIT);
    assert_int_equal(kernel_exit_value(kernel), 0);
    assert_non_null(strstr(kernel_output(kernel), "ok no frame was lost\n"));
    assert_int_equal(strlen(kernel_output(kernel)), kernel_output_bytes(kernel));
    assert_string_equal(kernel_report(kernel), "");
    assert_true(kernel_counters(kernel).fills > 0 && kernel_counters(kernel).seconds > 0);
}

struct sink {
    char text[8192];
    size_t count;
};

static void take(void *context, const char *bytes, size_t count)
{
    struct sink *sink = context;

    assert_true(count < sizeof sink->text - sink->count);
    memcpy(sink->text + sink->count, bytes, count);
    sink->count += count;
}

TEST(output_can_be_taken_as_it_comes)
{
    struct sink sink = {.count = 0};

    tested_kernel_boot(LOW,
                       &(struct kernel_options){.output = take, .context = &sink, .patient = true});
    assert_ended(kernel_run(kernel), KERNEL_EXIT);
    assert_non_null(strstr(sink.text, "low: a kernel at 0x80000000"));
    assert_string_equal(kernel_output(kernel), "");
}

TEST(until_stops_at_each_arrival)
{
    begin();
    uint32_t frames = kernel_call(kernel, "kalloc_free_frames");
    assert_ended(kernel_run_until(kernel, "kalloc"), KERNEL_UNTIL);
    assert_non_null(
        strstr(kernel_where(kernel, kernel_registers(kernel).eip), "kalloc (kalloc.c:"));
    assert_ended(kernel_run_until(kernel, "kalloc"), KERNEL_UNTIL);
    assert_int_equal(kernel_call(kernel, "kalloc_free_frames"), frames - 1);
    assert_ended(kernel_run(kernel), KERNEL_EXIT);
    assert_int_equal(kernel_exit_value(kernel), 0);
}

TEST(two_kernels_run_side_by_side)
{
    begin();
    struct kernel *first = kernel;
    begin();
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(kernel_call(first, "kalloc"), 0x80fff000 - i * PAGE_SIZE);
        assert_int_equal(kernel_call(kernel, "kalloc"), 0x80fff000 - i * PAGE_SIZE);
    }
    kernel_destroy(first);
    assert_int_not_equal(kernel_call(kernel, "kalloc"), 0);
}

/* ---- calls ---- */

TEST(functions_are_called)
{
    char text[64];

    begin();
    struct kernel_registers before = kernel_registers(kernel);
    uint32_t frames = kernel_call(kernel, "kalloc_free_frames");
    uint32_t page = kernel_call(kernel, "kalloc");
    uint32_t banner;

    assert_int_equal(page % PAGE_SIZE, 0);
    assert_int_equal(kernel_call(kernel, "kalloc_free_frames"), frames - 1);
    assert_int_equal(kernel_call(kernel, "memset", page, 0x5a, PAGE_SIZE), page);
    assert_int_equal(kernel_read32(kernel, page + 100), 0x5a5a5a5a);
    kernel_call(kernel, "kfree", page);
    assert_ended(kernel_ended(kernel), KERNEL_RETURNED);
    assert_int_equal(kernel_call(kernel, "kalloc_free_frames"), frames);
    assert_true(kernel_symbol(kernel, "banner", &banner));
    assert_int_equal(kernel_call(kernel, "strlen", banner), 28);
    assert_int_equal(kernel_read_string(kernel, banner, text, sizeof text), 28);
    assert_string_equal(text, "low: a kernel at 0x80000000\n");

    struct kernel_registers after = kernel_registers(kernel);
    assert_memory_equal(&before, &after, sizeof before);
    assert_ended(kernel_run(kernel), KERNEL_EXIT);
    assert_int_equal(kernel_exit_value(kernel), 0);
}

TEST(functions_are_called_without_a_boot)
{
    uint32_t banner;

    tested_kernel_create(NULL);
    assert_done(kernel_load(kernel, LOW));
    assert_done(kernel_set_boot_state(kernel, NULL));
    assert_true(kernel_symbol(kernel, "banner", &banner));
    assert_int_equal(kernel_call(kernel, "strlen", banner), 28);
    assert_int_equal(kernel_call(kernel, "kalloc"), 0);
    kernel_call(kernel, "kinit", KERNBASE + 0x400000, KERNBASE + 0x404000);
    assert_ended(kernel_ended(kernel), KERNEL_RETURNED);
    assert_int_equal(kernel_call(kernel, "kalloc_free_frames"), 4);
    assert_int_equal(kernel_call(kernel, "kalloc"), KERNBASE + 0x403000);
}

TEST(a_boot_state_maps_what_it_says)
{
    static const struct kernel_mapping mappings[] = {
        {.va = KERNBASE, .pa = 0, .bytes = 0x800000, .large_pages = true},
        {.va = 0x1000, .pa = 0x500000, .bytes = 0x2000, .read_only = true},
    };
    uint32_t pa;

    tested_kernel_create(NULL);
    assert_done(kernel_load(kernel, LOW));
    assert_done(
        kernel_set_boot_state(kernel, &(struct kernel_boot_state){.mappings = mappings,
                                                                  .mapping_count = 2,
                                                                  .tables_at = 0x600000,
                                                                  .stack_top = KERNBASE + 0x700000,
                                                                  .cr0_wp = true}));
    assert_true(kernel_translate(kernel, 0x2004, &pa));
    assert_int_equal(pa, 0x501004);
    assert_false(kernel_translate(kernel, 0x3000, &pa));
    assert_int_equal(kernel_call(kernel, "memory_is", 0x1000, 0, PAGE_SIZE) & 0xff, 1);
    kernel_call(kernel, "memset", 0x1000, 1, 4);
    assert_ended(kernel_ended(kernel), KERNEL_FAULT);
    assert_report_has("page fault: kernel write at 0x00001000: the page is read-only");
    assert_report_has("memset");
    assert_report_has("table entry 1: 0x00500021 (frame 0x00500, read-only, supervisor)");
}

/* ---- memory ---- */

TEST(memory_is_shared)
{
    uint32_t pa, word = 0x12345678;

    begin();
    uint32_t page = kernel_call(kernel, "kalloc");
    assert_true(kernel_translate(kernel, page, &pa));
    assert_int_equal(pa, page - KERNBASE);
    assert_true(kernel_write(kernel, page, &word, sizeof word));
    word = 0;
    assert_true(kernel_read_physical(kernel, pa, &word, sizeof word));
    assert_int_equal(word, 0x12345678);
    kernel_call(kernel, "memset", page, 0, 4);
    assert_int_equal(kernel_read32(kernel, page), 0);
}

TEST(variables_are_set)
{
    begin();
    assert_int_equal(kernel_variable(kernel, "free_frames"),
                     kernel_call(kernel, "kalloc_free_frames"));
    assert_true(kernel_set_variable(kernel, "free_frames", 5));
    assert_int_equal(kernel_call(kernel, "kalloc_free_frames"), 5);
}

/* Code that was executed is overwritten: the new code must be executed from then on. */
TEST(code_is_replaced)
{
    static const unsigned char return_7[] = {0xb8, 7, 0, 0, 0, 0xc3}; /* mov $7, %eax; ret */
    uint32_t va;

    begin();
    assert_int_not_equal(kernel_call(kernel, "kalloc_free_frames"), 7);
    assert_true(kernel_symbol(kernel, "kalloc_free_frames", &va));
    assert_true(kernel_write(kernel, va, return_7, sizeof return_7));
    assert_int_equal(kernel_call(kernel, "kalloc_free_frames"), 7);
}

/* The page of code is not a part of the kernel's file, and was executed before. */
TEST(code_in_any_page_is_replaced)
{
    unsigned char function[] = {0xb8, 7, 0, 0, 0, 0xc3}; /* mov $7, %eax; ret */
    char symbol[16];

    begin();
    uint32_t page = kernel_call(kernel, "kalloc");
    snprintf(symbol, sizeof symbol, "0x%08x", page);
    assert_true(kernel_write(kernel, page, function, sizeof function));
    assert_int_equal(kernel_call(kernel, symbol), 7);
    function[1] = 8;
    assert_true(kernel_write(kernel, page, function, sizeof function));
    assert_int_equal(kernel_call(kernel, symbol), 8);
}

/* The page has no symbols. Natively, the flags of the host would be another value. */
TEST(code_without_symbols_sees_the_flags_of_the_kernel)
{
    static const unsigned char function[] = {0x90, 0x90, 0x9c, 0x58, 0xc3}; /* pushf; pop %eax */
    char symbol[16];

    begin();
    uint32_t page = kernel_call(kernel, "kalloc");
    snprintf(symbol, sizeof symbol, "0x%08x", page);
    assert_true(kernel_write(kernel, page, function, sizeof function));
    assert_int_equal(kernel_call(kernel, symbol), kernel_registers(kernel).eflags);
}

/* The kernel does not depend on RAM that reads as zero. Its own zeros are zeros. */
TEST(a_kernel_boots_in_filled_memory)
{
    uint32_t word = 0;

    tested_kernel_boot(LOW, &(struct kernel_options){.ram_bytes = 24 << 20, .fill = 0xa5});
    assert_true(kernel_read_physical(kernel, 20 << 20, &word, sizeof word));
    assert_int_equal(word, 0xa5a5a5a5);
    assert_ended(kernel_run(kernel), KERNEL_EXIT);
    assert_int_equal(kernel_exit_value(kernel), 0);
}

/* ---- hooks ---- */

struct calls {
    unsigned count;
    uint32_t argument;
    enum kernel_hook_verdict verdict;
};

static enum kernel_hook_verdict note_call(void *context, struct kernel *called, uint32_t *result)
{
    struct calls *calls = context;

    calls->count++;
    calls->argument = kernel_argument(called, 0);
    *result = 0x1234;
    return calls->verdict;
}

TEST(a_hook_sees_calls)
{
    struct calls calls = {.verdict = KERNEL_HOOK_GO_ON};

    begin();
    uint32_t page = kernel_call(kernel, "kalloc");
    assert_done(kernel_hook_before(kernel, "kfree", note_call, &calls));
    kernel_call(kernel, "kfree", page);
    assert_int_equal(calls.count, 1);
    assert_int_equal(calls.argument, page);
    assert_int_equal(kernel_call(kernel, "kalloc"), page);
    assert_done(kernel_unhook(kernel, "kfree"));
    kernel_call(kernel, "kfree", page);
    assert_int_equal(calls.count, 1);
}

TEST(a_hook_takes_a_functions_place)
{
    struct calls calls = {.verdict = KERNEL_HOOK_RETURN};

    begin();
    uint32_t frames = kernel_call(kernel, "kalloc_free_frames");
    assert_done(kernel_hook_before(kernel, "kalloc", note_call, &calls));
    assert_int_equal(kernel_call(kernel, "kalloc"), 0x1234);
    assert_int_equal(kernel_call(kernel, "kalloc_free_frames"), frames);
}

TEST(entries_are_counted)
{
    begin();
    assert_done(kernel_count(kernel, "kalloc"));
    assert_int_equal(kernel_entries(kernel, "kalloc"), 0);
    for (int i = 0; i < 5; i++)
        kernel_call(kernel, "kalloc");
    assert_int_equal(kernel_entries(kernel, "kalloc"), 5);
    assert_done(kernel_count(kernel, "kalloc"));
    assert_int_equal(kernel_entries(kernel, "kalloc"), 0);
}

TEST(the_kth_allocation_fails)
{
    begin();
    assert_done(kernel_count(kernel, "kalloc"));
    assert_done(kernel_fail(kernel, "kalloc", 3, 0));
    for (int i = 1; i <= 5; i++)
        assert_int_equal(kernel_call(kernel, "kalloc") == 0, i == 3);
    assert_int_equal(kernel_entries(kernel, "kalloc"), 5);
    assert_done(kernel_fail(kernel, "kalloc", 0, 9));
    for (int i = 0; i < 3; i++)
        assert_int_equal(kernel_call(kernel, "kalloc"), 9);
    assert_done(kernel_unhook(kernel, "kalloc"));
    assert_int_not_equal(kernel_call(kernel, "kalloc"), 9);
}

/* ---- checkpoints ---- */

TEST(a_checkpoint_is_a_way_back)
{
    begin();
    uint32_t page = kernel_call(kernel, "kalloc");
    uint32_t frames = kernel_call(kernel, "kalloc_free_frames");
    assert_done(kernel_checkpoint(kernel));
    for (int i = 0; i < 3; i++) {
        kernel_call(kernel, "memset", page, 0xff, PAGE_SIZE);
        kernel_call(kernel, "kalloc");
        kernel_call(kernel, "kfree", 1);
        assert_ended(kernel_ended(kernel), KERNEL_PANIC);
        assert_done(kernel_restart(kernel));
        assert_int_equal(kernel_call(kernel, "kalloc_free_frames"), frames);
        assert_int_not_equal(kernel_read32(kernel, page), UINT32_MAX);
    }
    assert_ended(kernel_run(kernel), KERNEL_EXIT);
}

TEST(a_checkpoint_before_the_boot_repeats_it)
{
    tested_kernel_create(NULL);
    assert_done(kernel_load(kernel, LOW));
    assert_done(kernel_boot(kernel));
    assert_done(kernel_checkpoint(kernel));
    for (int i = 0; i < 2; i++) {
        assert_ended(kernel_run(kernel), KERNEL_EXIT);
        assert_int_equal(kernel_exit_value(kernel), 0);
        assert_done(kernel_restart(kernel));
    }
}

/* ---- the timer ---- */

TEST(the_timer_comes_at_a_symbol)
{
    tested_kernel_create(NULL);
    assert_done(kernel_load(kernel, GUESTS "/higher.elf"));
    assert_done(kernel_boot(kernel));
    assert_ended(kernel_run_until(kernel, "kernel_ready"), KERNEL_UNTIL);
    assert_done(kernel_timer(kernel, &(struct kernel_timer){.at_symbol = "ticks_waiting"}));
    assert_done(kernel_count(kernel, "tick"));
    assert_ended(kernel_run(kernel), KERNEL_EXIT);
    assert_int_equal(kernel_exit_value(kernel), 0);
    assert_true(kernel_entries(kernel, "tick") >= 5);
}

TEST_FIXTURES(NULL, tested_kernel_destroy)
