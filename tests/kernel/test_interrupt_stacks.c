/* The stacks to which interrupts push: those of the TSS, with each check, and frames that cross
   pages, wrap or fault. */
#include "kernel/stub_guest.h"
#include "support/test.h"

#include <string.h>

/* ---- the TSS's stack ---- */

struct stack_case {
    const char *name;
    uint32_t task_limit;
    uint16_t selector; /* SS0 */
    uint16_t rights;   /* of STUB_FREE_STACK */
    uint32_t vector, error;
};

static const struct stack_case stack_cases[] = {
    {"stack", 103, 0x48, 0xc093, NO_EXCEPTION, 0},
    {"expands down", 103, 0x48, 0xc097, NO_EXCEPTION, 0},
    {"the TSS's limit", 9, 0x48, 0xc093, NO_EXCEPTION, 0},
    {"outside of the TSS", 8, 0x48, 0xc093, VECTOR_TS, 0x29},
    {"null", 103, 0, 0, VECTOR_TS, 1},
    {"outside of the GDT", 103, 0x2000, 0, VECTOR_TS, 0x2001},
    {"RPL", 103, 0x4b, 0xc093, VECTOR_TS, 0x49},
    {"DPL", 103, 0x48, 0xc0f3, VECTOR_TS, 0x49},
    {"read-only", 103, 0x48, 0xc091, VECTOR_TS, 0x49},
    {"code", 103, 0x48, 0xc09b, VECTOR_TS, 0x49},
    {"absent", 103, 0x48, 0xc013, VECTOR_SS, 0x49},
    {"no room", 103, 0x48, 0x4093, VECTOR_SS, 0x49},
};

/* The stack's faults have handlers in conforming code, which keep ring 3's stack. */
static void run_stack_case(const struct stack_case *stack)
{
    bool passes = stack->vector == NO_EXCEPTION;

    stub_reset();
    stub_enter_program();
    stub_set_descriptor(STUB_FREE_STACK, 0, stack->rights & SEGMENT_TYPE_DOWN ? 0xf : 0xfffff,
                        stack->rights);
    if (strcmp(stack->name, "no room") == 0)
        stub_set_descriptor(STUB_FREE_STACK, 0, STUB_STACK_0_END - 2, stack->rights);
    stub_store32(STUB_TASK + 8, stack->selector | 0xffff0000u);
    cpu.task.limit = stack->task_limit;
    stub_set_gate(VECTOR_TS, STUB_CONFORMING, stub_handler(VECTOR_TS), 0x8e);
    stub_set_gate(VECTOR_SS, STUB_CONFORMING, stub_handler(VECTOR_SS), 0x8e);
    interrupt_deliver(0x21, false, 0, INTERRUPT_EXTERNAL, 0);
    assert_case(stack->name, stub.stops, 0);
    assert_case(stack->name, cpu_eip(), stub_handler(passes ? 0x21 : stack->vector));
    assert_case(stack->name, cpu.cpl, passes ? 0 : 3);
    if (!passes)
        assert_case(stack->name, stub_frame_word(0), stack->error);
    assert_case(stack->name, stub_frame_word(passes ? 0 : 1), STUB_USER_EIP);
}

TEST(stacks)
{
    for (size_t i = 0; i < LENGTH(stack_cases); i++)
        run_stack_case(&stack_cases[i]);
}

/* In ring 3 without any LTR before: the delivery raises #TS, which needs a stack as well. */
TEST(no_task)
{
    stub_enter_program();
    cpu.task = (struct segment){0};
    interrupt_deliver(0x80, false, 0, INTERRUPT_SOFTWARE, 2);
    assert_int_equal(stub.event.kind, EVENT_TRIPLE_FAULT);
    assert_int_equal(stub.event.vector, VECTOR_TS);
    assert_int_equal(stub.event.error_code, 0);
    assert_int_equal(cpu_eip(), STUB_USER_EIP - 2);
    assert_int_equal(cpu_general(ESP), STUB_STACK_3_END);
    assert_int_equal(cpu.cpl, 3);
}

/* ---- where the frame goes ---- */

/* The frame is in two pages. */
TEST(frame_over_a_page_boundary)
{
    stub_enter_program();
    stub_store32(STUB_TASK + 4, STUB_STACK_0_END - PAGE_SIZE + 8);
    interrupt_deliver(VECTOR_GP, true, 5, INTERRUPT_EXCEPTION, 0);
    assert_int_equal(cpu_general(ESP), STUB_STACK_0_END - PAGE_SIZE - 16);
    assert_int_equal(stub_frame_word(0), 5);
    assert_int_equal(stub_frame_word(1), STUB_USER_EIP);
    assert_int_equal(stub_frame_word(4), STUB_STACK_3_END);
    assert_int_equal(stub_frame_word(5), STUB_DATA_3);
}

/* CR2 is the address of the first push that faults, and no later push is made. The handler of the
   delivery's page fault is in conforming code, on ring 3's stack. */
TEST(fault_of_a_push)
{
    static const struct {
        uint32_t esp, absent, cr2;
    } cases[] = {
        {STUB_STACK_0_END, STUB_STACK_0_END - 1, STUB_STACK_0_END - 4},
        {STUB_STACK_0_END - PAGE_SIZE + 8, STUB_STACK_0_END - 1, STUB_STACK_0_END - PAGE_SIZE + 4},
        {STUB_STACK_0_END - PAGE_SIZE + 8, STUB_STACK_0_END - PAGE_SIZE - 1,
         STUB_STACK_0_END - PAGE_SIZE - 4},
    };

    for (size_t i = 0; i < LENGTH(cases); i++) {
        stub_reset();
        stub_enter_program();
        stub_store32(STUB_TASK + 4, cases[i].esp);
        stub_set_page(cases[i].absent, PAGE_ABSENT);
        stub_set_gate(VECTOR_PF, STUB_CONFORMING, stub_handler(VECTOR_PF), 0x8e);
        interrupt_deliver(VECTOR_GP, true, 5, INTERRUPT_EXCEPTION, 0);
        assert_int_equal(cpu_eip(), stub_handler(VECTOR_PF));
        assert_int_equal(cpu.machine.cr2.value, cases[i].cr2);
        assert_int_equal(stub_load32(cases[i].esp - 24), 0);
        assert_int_equal(stub_load32(cases[i].cr2 & ~3u), 0);
        assert_int_equal(stub_frame_word(0), 2); /* a supervisor's write */
        assert_int_equal(stub_frame_word(1), STUB_USER_EIP);
        assert_int_equal(cpu_general(ESP), STUB_STACK_3_END - 16);
    }
}

TEST(stack_at_zero)
{
    cpu_general_set(ESP, 0);
    interrupt_deliver(0x21, false, 0, INTERRUPT_EXTERNAL, 0);
    assert_int_equal(cpu_eip(), stub_handler(0x21));
    assert_int_equal(cpu_general(ESP), 0xfffffff4);
    assert_int_equal(stub_frame_word(0), STUB_CODE);
}

/* A frame wraps at the end of 4 GiB, and on a 16-bit stack at 64 KiB. */
TEST(stack_that_wraps)
{
    cpu_general_set(ESP, 8);
    interrupt_deliver(0x21, false, 0, INTERRUPT_EXTERNAL, 0);
    assert_int_equal(cpu_general(ESP), 0xfffffffc);
    assert_int_equal(stub_load32(0xfffffffc), STUB_CODE);
    assert_int_equal(stub_load32(0), STUB_CODE_0);
    assert_int_equal(stub_load32(4), 2 | FLAG_IF);

    stub_reset();
    cpu.segment[SEG_SS] = (struct segment){STUB_FREE_STACK, 0x0093, 0x11000, 0xffff};
    cpu_general_set(ESP, 0x77770004);
    interrupt_deliver(0x21, false, 0, INTERRUPT_EXTERNAL, 0);
    assert_int_equal(cpu_general(ESP), 0x7777fff8);
    assert_int_equal(stub_load32(0x11000 + 0xfff8), STUB_CODE);
    assert_int_equal(stub_load32(0x11000), 2 | FLAG_IF);
}

TEST(no_room_on_the_current_stack)
{
    cpu.segment[SEG_SS].limit = STUB_STACK_0_END - 2;
    interrupt_deliver(0x21, false, 0, INTERRUPT_EXTERNAL, 0);
    /* First #SS(EXT), then #SS during its delivery: #DF, which has no room either. */
    assert_int_equal(stub.event.kind, EVENT_TRIPLE_FAULT);
    assert_int_equal(stub.event.vector, VECTOR_SS);
    assert_int_equal(stub.event.error_code, 1);
    assert_int_equal(cpu_general(ESP), STUB_STACK_0_END);
}

TEST_FIXTURES(stub_setup, NULL)
