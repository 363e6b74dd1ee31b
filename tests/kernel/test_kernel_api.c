/* The public interface with a guest that is executed: tests/kernel/guests/low, a kernel at
   0x80000000. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <mmsim/kernel.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOW       GUESTS "/low.elf"
#define KERNBASE  0x80000000u
#define PAGE_SIZE 4096u

static struct kernel *kernel;

static void create(const struct kernel_options *options)
{
    kernel = kernel_create(options);
    if (kernel == NULL) {
        print_message("%s\n", kernel_create_error());
        skip();
    }
}

static void assert_done(enum kernel_outcome outcome)
{
    if (outcome != KERNEL_DONE)
        fail_msg("%s: %s", kernel_outcome_name(outcome), kernel_error(kernel));
}

static void assert_ended(enum kernel_outcome outcome, enum kernel_outcome expected)
{
    if (outcome != expected)
        fail_msg("%s, not %s: %s\n%s\n%s", kernel_outcome_name(outcome),
                 kernel_outcome_name(expected), kernel_error(kernel), kernel_report(kernel),
                 kernel_output(kernel));
    assert_int_equal(kernel_ended(kernel), expected);
}

static void assert_report_has(const char *part)
{
    if (strstr(kernel_report(kernel), part) == NULL)
        fail_msg("'%s' is not in:\n%s", part, kernel_report(kernel));
}

/* Boot a file up to the point from which its functions may be called. */
static void begin_file(const char *path, const struct kernel_options *options)
{
    create(options);
    assert_done(kernel_load(kernel, path));
    assert_done(kernel_panic_symbol(kernel, "panic"));
    assert_done(kernel_boot(kernel));
    assert_ended(kernel_run_until(kernel, "kernel_ready"), KERNEL_UNTIL);
}

static void begin(void)
{
    begin_file(LOW, NULL);
}

static int destroy(void **state)
{
    (void)state;
    kernel_destroy(kernel);
    kernel = NULL;
    return 0;
}

/* ---- runs ---- */

static void a_kernel_boots_to_its_end(void **state)
{
    (void)state;
    create(NULL);
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

static void output_can_be_taken_as_it_comes(void **state)
{
    struct sink sink = {.count = 0};

    (void)state;
    begin_file(LOW, &(struct kernel_options){.output = take, .context = &sink, .patient = true});
    assert_ended(kernel_run(kernel), KERNEL_EXIT);
    assert_non_null(strstr(sink.text, "low: a kernel at 0x80000000"));
    assert_string_equal(kernel_output(kernel), "");
}

static void until_stops_at_each_arrival(void **state)
{
    (void)state;
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

static void two_kernels_run_side_by_side(void **state)
{
    (void)state;
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

static void functions_are_called(void **state)
{
    char text[64];

    (void)state;
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

static void functions_are_called_without_a_boot(void **state)
{
    uint32_t banner;

    (void)state;
    create(NULL);
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

static void a_boot_state_maps_what_it_says(void **state)
{
    static const struct kernel_mapping mappings[] = {
        {.va = KERNBASE, .pa = 0, .bytes = 0x800000, .large_pages = true},
        {.va = 0x1000, .pa = 0x500000, .bytes = 0x2000, .read_only = true},
    };
    uint32_t pa;

    (void)state;
    create(NULL);
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

static void memory_is_shared(void **state)
{
    uint32_t pa, word = 0x12345678;

    (void)state;
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

static void variables_are_set(void **state)
{
    (void)state;
    begin();
    assert_int_equal(kernel_variable(kernel, "free_frames"),
                     kernel_call(kernel, "kalloc_free_frames"));
    assert_true(kernel_set_variable(kernel, "free_frames", 5));
    assert_int_equal(kernel_call(kernel, "kalloc_free_frames"), 5);
}

/* Code that was executed is overwritten: the new code must be executed from then on. */
static void code_is_replaced(void **state)
{
    static const unsigned char return_7[] = {0xb8, 7, 0, 0, 0, 0xc3}; /* mov $7, %eax; ret */
    uint32_t va;

    (void)state;
    begin();
    assert_int_not_equal(kernel_call(kernel, "kalloc_free_frames"), 7);
    assert_true(kernel_symbol(kernel, "kalloc_free_frames", &va));
    assert_true(kernel_write(kernel, va, return_7, sizeof return_7));
    assert_int_equal(kernel_call(kernel, "kalloc_free_frames"), 7);
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

static void a_hook_sees_calls(void **state)
{
    struct calls calls = {.verdict = KERNEL_HOOK_GO_ON};

    (void)state;
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

static void a_hook_takes_a_functions_place(void **state)
{
    struct calls calls = {.verdict = KERNEL_HOOK_RETURN};

    (void)state;
    begin();
    uint32_t frames = kernel_call(kernel, "kalloc_free_frames");
    assert_done(kernel_hook_before(kernel, "kalloc", note_call, &calls));
    assert_int_equal(kernel_call(kernel, "kalloc"), 0x1234);
    assert_int_equal(kernel_call(kernel, "kalloc_free_frames"), frames);
}

static void entries_are_counted(void **state)
{
    (void)state;
    begin();
    assert_done(kernel_count(kernel, "kalloc"));
    assert_int_equal(kernel_entries(kernel, "kalloc"), 0);
    for (int i = 0; i < 5; i++)
        kernel_call(kernel, "kalloc");
    assert_int_equal(kernel_entries(kernel, "kalloc"), 5);
    assert_done(kernel_count(kernel, "kalloc"));
    assert_int_equal(kernel_entries(kernel, "kalloc"), 0);
}

static void the_kth_allocation_fails(void **state)
{
    (void)state;
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

/* ---- failures ---- */

static void a_panic_is_reported(void **state)
{
    (void)state;
    begin();
    assert_int_equal(kernel_call(kernel, "kfree", 1), 0);
    assert_ended(kernel_ended(kernel), KERNEL_PANIC);
    assert_report_has("panic: panic(\"kfree: not a page\") at kfree+");
    assert_report_has("calls:\n  #0 panic (console.c:");
    assert_int_equal(kernel_call(kernel, "kalloc"), 0);
    assert_int_equal(kernel_ended(kernel), KERNEL_ERROR);
}

/* Boot code is linked at 0xc01..., and runs at its physical address until paging is on. */
static void boot_code_has_names_at_its_physical_address(void **state)
{
    (void)state;
    create(NULL);
    assert_done(kernel_load(kernel, GUESTS "/higher.elf"));
    assert_done(kernel_boot(kernel));
    uint32_t entry = kernel_registers(kernel).eip;
    assert_in_range(entry, 0x100000, 0x200000);
    assert_non_null(strstr(kernel_where(kernel, entry), "start (start.S:"));
    assert_non_null(strstr(kernel_where(kernel, entry + 5), "start+0x5 (start.S:"));
    assert_string_equal(kernel_where(kernel, 0x1000), "0x00001000");
}

static void an_endless_loop_is_ended(void **state)
{
    static const unsigned char loop[] = {0xeb, 0xfe}; /* jmp . */
    uint32_t va;

    (void)state;
    create(&(struct kernel_options){.limit_seconds = 0.1});
    assert_done(kernel_load(kernel, LOW));
    assert_done(kernel_set_boot_state(kernel, NULL));
    assert_true(kernel_symbol(kernel, "kalloc", &va));
    assert_true(kernel_write(kernel, va, loop, sizeof loop));
    kernel_call(kernel, "kalloc");
    assert_ended(kernel_ended(kernel), KERNEL_LIMIT);
    assert_report_has("still running after 0.1 s at kalloc");
    assert_int_equal(kernel_registers(kernel).eip, va);
}

/* The accessed address is not mapped, and the kernel's own handler panics: the report names
   both. */
static void an_access_to_nothing_is_reported(void **state)
{
    (void)state;
    begin();
    kernel_call(kernel, "memset", 0x40000000, 0, 1);
    assert_ended(kernel_ended(kernel), KERNEL_PANIC);
    assert_report_has("panic: panic(\"unexpected trap in the kernel\") at unexpected+");
    assert_report_has("\nlast exception: page fault: kernel write at 0x40000000: no page table is "
                      "present (error code 0x2) at memset+");
    assert_report_has("page tables of 0x40000000:\n");
    assert_report_has("calls:\n  #0 panic (");
    assert_report_has("\n  #2 trap+");
    assert_report_has("\n  #4 memset+");
    assert_int_equal(kernel_registers(kernel).cr2, 0x40000000);
}

/* The handler of page faults raises page faults itself, until its stack overwrites the page
   directory. The report names the access that began it. */
static void the_first_of_nested_exceptions_is_reported(void **state)
{
    static const unsigned char read_absent[] = {0xa1, 0, 0, 0, 0x50}; /* mov 0x50000000, %eax */
    uint32_t handler;

    (void)state;
    begin();
    assert_true(kernel_symbol(kernel, "vector_14", &handler));
    assert_true(kernel_write(kernel, handler, read_absent, sizeof read_absent));
    kernel_call(kernel, "memset", 0x40000000, 0, 1);
    assert_ended(kernel_ended(kernel), KERNEL_TRIPLE_FAULT);
    assert_report_has("\nlast exception: page fault: kernel read at 0x50000000");
    assert_report_has("\nfirst of ");
    assert_report_has(
        " nested exceptions: page fault: kernel write at 0x40000000: no page table is "
        "present (error code 0x2) at memset+");
    assert_report_has("page tables of 0x50000000:\n");
}

/* The report does not mention an exception whose handler has returned. */
static void a_handled_exception_is_not_reported(void **state)
{
    (void)state;
    begin_file(GUESTS "/recursive.elf", NULL);
    uint64_t faults = kernel_counters(kernel).faults;
    kernel_call(kernel, "kmalloc", 64);
    assert_ended(kernel_ended(kernel), KERNEL_RETURNED);
    assert_true(kernel_counters(kernel).faults > faults);
    kernel_call(kernel, "panic", 0);
    assert_ended(kernel_ended(kernel), KERNEL_PANIC);
    assert_null(strstr(kernel_report(kernel), "last exception"));
}

/* The next page is absent. A processor reads it only when the instruction continues there. */
static void an_opcode_at_the_end_of_a_page_is_undefined(void **state)
{
    static const struct kernel_mapping mappings[] = {
        {.va = KERNBASE, .pa = 0, .bytes = 0x800000, .large_pages = true},
        {.va = 0x1000, .pa = 0x500000, .bytes = PAGE_SIZE},
    };
    static const struct kernel_boot_state boot_state = {.mappings = mappings,
                                                        .mapping_count = 2,
                                                        .tables_at = 0x600000,
                                                        .stack_top = KERNBASE + 0x700000};
    static const struct {
        const char *at, *report;
        unsigned char bytes[2];
    } cases[] = {
        {"0x00001ffe", "invalid opcode (exception 6)", {0x0f, 0x04}},
        {"0x00001fff", "page fault: kernel execute at 0x00002000", {0x90, 0x0f}},
        {"0x00001ffe", "page fault: kernel execute at 0x00002000", {0x90, 0x90}},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        create(NULL);
        assert_done(kernel_load(kernel, LOW));
        assert_done(kernel_set_boot_state(kernel, &boot_state));
        assert_true(kernel_write(kernel, 0x1ffe, cases[i].bytes, 2));
        kernel_call(kernel, cases[i].at);
        assert_ended(kernel_ended(kernel), KERNEL_FAULT);
        assert_report_has(cases[i].report);
        destroy(state);
    }
}

static void a_stale_entry_is_named(void **state)
{
    (void)state;
    create(&(struct kernel_options){.check_tlb = true});
    assert_done(kernel_load(kernel, GUESTS "/higher-no-invlpg.elf"));
    assert_done(kernel_boot(kernel));
    assert_ended(kernel_run(kernel), KERNEL_STALE_TLB);
    assert_report_has("stale TLB entry: kernel write at 0xe000");
    assert_report_has(" by grow+");
    assert_report_has("(heap.c:");
    assert_report_has(" since unmap_page+");
    assert_report_has("(paging.c:");
    assert_report_has("; missing: invlpg 0xe000");
}

static void a_frame_that_is_freed_too_early_is_named(void **state)
{
    (void)state;
    create(&(struct kernel_options){.check_tlb = true});
    assert_done(kernel_load(kernel, GUESTS "/low-free-before-flush.elf"));
    assert_done(kernel_free_function(kernel, "kfree", 0, KERNEL_FREE_VIRTUAL, -1));
    kernel_direct_map(kernel, KERNBASE, 16u << 20);
    assert_done(kernel_boot(kernel));
    assert_ended(kernel_run(kernel), KERNEL_STALE_TLB);
    assert_report_has("early free: frame 0x");
    assert_report_has("; missing: ");
}

/* ---- checkpoints ---- */

static void a_checkpoint_is_a_way_back(void **state)
{
    (void)state;
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

static void a_checkpoint_before_the_boot_repeats_it(void **state)
{
    (void)state;
    create(NULL);
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

static void the_timer_comes_at_a_symbol(void **state)
{
    (void)state;
    create(NULL);
    assert_done(kernel_load(kernel, GUESTS "/higher.elf"));
    assert_done(kernel_boot(kernel));
    assert_ended(kernel_run_until(kernel, "kernel_ready"), KERNEL_UNTIL);
    assert_done(kernel_timer(kernel, &(struct kernel_timer){.at_symbol = "ticks_waiting"}));
    assert_done(kernel_count(kernel, "tick"));
    assert_ended(kernel_run(kernel), KERNEL_EXIT);
    assert_int_equal(kernel_exit_value(kernel), 0);
    assert_true(kernel_entries(kernel, "tick") >= 5);
}

/* Writes a program that begins with

       push %eax          the TLB takes the stack's page
       movl $0, pte       the tables no longer map it

   into a page of LOW. Returns registers with which the program runs on a stack of its own. */
static struct kernel_registers place_stale_stack(unsigned char *program, size_t bytes)
{
    static const unsigned char first[] = {0x50, 0xc7, 0x05};

    begin_file(LOW, &(struct kernel_options){.check_tlb = true});
    struct kernel_registers registers = kernel_registers(kernel);
    uint32_t stack = kernel_call(kernel, "kalloc");
    uint32_t pte = kernel_call(kernel, "walkpgdir", registers.cr3 + KERNBASE, stack, 0);
    registers.eip = kernel_call(kernel, "kalloc");
    registers.esp = stack + PAGE_SIZE;
    memcpy(program, first, sizeof first);
    memcpy(program + sizeof first, &pte, sizeof pte);
    assert_true(kernel_write(kernel, registers.eip, program, bytes));
    return registers;
}

#define STALE_STACK 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 /* bytes of the two instructions */

static enum kernel_outcome run_with(const struct kernel_registers *registers)
{
    kernel_set_registers(kernel, registers);
    return kernel_run(kernel);
}

/* The interrupt's frame goes to a page that the tables no longer map, but the TLB does: each kind
   of use is reported once, and the interrupt is still delivered. */
static void an_interrupt_survives_the_report_of_its_own_stack(void **state)
{
    unsigned char program[] = {STALE_STACK, 0xfb, 0x90, /* sti; nop */
                               0xeb, 0xfe};             /* jmp . */
    enum kernel_outcome outcome = KERNEL_STALE_TLB;

    (void)state;
    struct kernel_registers registers = place_stale_stack(program, sizeof program);
    assert_done(kernel_timer(kernel, &(struct kernel_timer){.on_sti = true, .vector = 0x30}));
    for (uint32_t reports = 0; reports < 3 && outcome == KERNEL_STALE_TLB; reports++) {
        outcome = run_with(&registers);
        registers = kernel_registers(kernel);
    }
    assert_ended(outcome, KERNEL_PANIC); /* panic of trap(), which expects no interrupt */
}

/* The same for the trap after a single step, whose instruction is not repeated. */
static void a_single_step_survives_the_report_of_its_own_stack(void **state)
{
    unsigned char program[] = {STALE_STACK, 0x90, 0xf4}; /* nop; hlt */
    char nop[16];

    (void)state;
    struct kernel_registers registers = place_stale_stack(program, sizeof program);
    snprintf(nop, sizeof nop, "0x%08x", registers.eip + (uint32_t)sizeof program - 2);
    kernel_set_registers(kernel, &registers);
    assert_ended(kernel_run_until(kernel, nop), KERNEL_UNTIL);
    registers = kernel_registers(kernel);
    registers.eflags |= 0x100; /* TF */
    assert_ended(run_with(&registers), KERNEL_STALE_TLB);
    registers = kernel_registers(kernel);
    assert_ended(run_with(&registers), KERNEL_PANIC); /* panic of trap(), which expects no #DB */
}

#define KERNEL_TEST(name) cmocka_unit_test_teardown(name, destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(a_kernel_boots_to_its_end),
        KERNEL_TEST(output_can_be_taken_as_it_comes),
        KERNEL_TEST(until_stops_at_each_arrival),
        KERNEL_TEST(two_kernels_run_side_by_side),
        KERNEL_TEST(functions_are_called),
        KERNEL_TEST(functions_are_called_without_a_boot),
        KERNEL_TEST(a_boot_state_maps_what_it_says),
        KERNEL_TEST(memory_is_shared),
        KERNEL_TEST(variables_are_set),
        KERNEL_TEST(code_is_replaced),
        KERNEL_TEST(a_hook_sees_calls),
        KERNEL_TEST(a_hook_takes_a_functions_place),
        KERNEL_TEST(entries_are_counted),
        KERNEL_TEST(the_kth_allocation_fails),
        KERNEL_TEST(a_panic_is_reported),
        KERNEL_TEST(boot_code_has_names_at_its_physical_address),
        KERNEL_TEST(an_endless_loop_is_ended),
        KERNEL_TEST(an_access_to_nothing_is_reported),
        KERNEL_TEST(the_first_of_nested_exceptions_is_reported),
        KERNEL_TEST(a_handled_exception_is_not_reported),
        KERNEL_TEST(an_opcode_at_the_end_of_a_page_is_undefined),
        KERNEL_TEST(a_stale_entry_is_named),
        KERNEL_TEST(a_frame_that_is_freed_too_early_is_named),
        KERNEL_TEST(a_checkpoint_is_a_way_back),
        KERNEL_TEST(a_checkpoint_before_the_boot_repeats_it),
        KERNEL_TEST(the_timer_comes_at_a_symbol),
        KERNEL_TEST(an_interrupt_survives_the_report_of_its_own_stack),
        KERNEL_TEST(a_single_step_survives_the_report_of_its_own_stack),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
