/* How the public interface reports the failures of a guest that is executed: panics, faults, stale
   TLB entries. The guest is tests/kernel/guests/low, a kernel at 0x80000000. */
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

TEST(a_panic_is_reported)
{
    begin();
    assert_int_equal(kernel_call(kernel, "kfree", 1), 0);
    assert_ended(kernel_ended(kernel), KERNEL_PANIC);
    assert_report_has("panic: panic(\"kfree: not a page\") at kfree+");
    assert_report_has("calls:\n  #0 panic (console.c:");
    assert_int_equal(kernel_call(kernel, "kalloc"), 0);
    assert_int_equal(kernel_ended(kernel), KERNEL_ERROR);
}

/* Boot code is linked at 0xc01..., and runs at its physical address until paging is on. */
TEST(boot_code_has_names_at_its_physical_address)
{
    tested_kernel_create(NULL);
    assert_done(kernel_load(kernel, GUESTS "/higher.elf"));
    assert_done(kernel_boot(kernel));
    uint32_t entry = kernel_registers(kernel).eip;
    assert_in_range(entry, 0x100000, 0x200000);
    assert_non_null(strstr(kernel_where(kernel, entry), "start (start.S:"));
    assert_non_null(strstr(kernel_where(kernel, entry + 5), "start+0x5 (start.S:"));
    assert_string_equal(kernel_where(kernel, 0x1000), "0x00001000");
}

TEST(an_endless_loop_is_ended)
{
    static const unsigned char loop[] = {0xeb, 0xfe}; /* jmp . */
    uint32_t va;

    tested_kernel_create(&(struct kernel_options){.limit_seconds = 0.1});
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
TEST(an_access_to_nothing_is_reported)
{
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
TEST(the_first_of_nested_exceptions_is_reported)
{
    static const unsigned char read_absent[] = {0xa1, 0, 0, 0, 0x50}; /* mov 0x50000000, %eax */
    uint32_t handler;

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
TEST(a_handled_exception_is_not_reported)
{
    tested_kernel_boot(GUESTS "/recursive.elf", NULL);
    uint64_t faults = kernel_counters(kernel).faults;
    kernel_call(kernel, "kmalloc", 64);
    assert_ended(kernel_ended(kernel), KERNEL_RETURNED);
    assert_true(kernel_counters(kernel).faults > faults);
    kernel_call(kernel, "panic", 0);
    assert_ended(kernel_ended(kernel), KERNEL_PANIC);
    assert_null(strstr(kernel_report(kernel), "last exception"));
}

/* The next page is absent. A processor reads it only when the instruction continues there. */
TEST(an_opcode_at_the_end_of_a_page_is_undefined)
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
        tested_kernel_create(NULL);
        assert_done(kernel_load(kernel, LOW));
        assert_done(kernel_set_boot_state(kernel, &boot_state));
        assert_true(kernel_write(kernel, 0x1ffe, cases[i].bytes, 2));
        kernel_call(kernel, cases[i].at);
        assert_ended(kernel_ended(kernel), KERNEL_FAULT);
        assert_report_has(cases[i].report);
        tested_kernel_destroy(NULL);
    }
}

TEST(a_stale_entry_is_named)
{
    tested_kernel_create(&(struct kernel_options){.check_tlb = true});
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

TEST(a_frame_that_is_freed_too_early_is_named)
{
    tested_kernel_create(&(struct kernel_options){.check_tlb = true});
    assert_done(kernel_load(kernel, GUESTS "/low-free-before-flush.elf"));
    assert_done(kernel_free_function(kernel, "kfree", 0, KERNEL_FREE_VIRTUAL, -1));
    kernel_direct_map(kernel, KERNBASE, 16u << 20);
    assert_done(kernel_boot(kernel));
    assert_ended(kernel_run(kernel), KERNEL_STALE_TLB);
    assert_report_has("early free: frame 0x");
    assert_report_has("; missing: ");
}

/* ---- the report of the stack on which an interrupt is delivered ---- */

/* Writes a program that begins with

       push %eax          the TLB takes the stack's page
       movl $0, pte       the tables no longer map it

   into a page of LOW. Returns registers with which the program runs on a stack of its own. */
static struct kernel_registers place_stale_stack(unsigned char *program, size_t bytes)
{
    static const unsigned char first[] = {0x50, 0xc7, 0x05};

    tested_kernel_boot(LOW, &(struct kernel_options){.check_tlb = true});
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
TEST(an_interrupt_survives_the_report_of_its_own_stack)
{
    unsigned char program[] = {STALE_STACK, 0xfb, 0x90, /* sti; nop */
                               0xeb, 0xfe};             /* jmp . */
    enum kernel_outcome outcome = KERNEL_STALE_TLB;

    struct kernel_registers registers = place_stale_stack(program, sizeof program);
    assert_done(kernel_timer(kernel, &(struct kernel_timer){.on_sti = true, .vector = 0x30}));
    for (uint32_t reports = 0; reports < 3 && outcome == KERNEL_STALE_TLB; reports++) {
        outcome = run_with(&registers);
        registers = kernel_registers(kernel);
    }
    assert_ended(outcome, KERNEL_PANIC); /* panic of trap(), which expects no interrupt */
}

/* The same for the trap after a single step, whose instruction is not repeated. */
TEST(a_single_step_survives_the_report_of_its_own_stack)
{
    unsigned char program[] = {STALE_STACK, 0x90, 0xf4}; /* nop; hlt */
    char nop[16];

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

TEST_FIXTURES(NULL, tested_kernel_destroy)
