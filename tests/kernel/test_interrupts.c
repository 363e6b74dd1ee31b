/* Interrupts and exceptions through the IDT: frames, and each check of a delivery. */
#include "kernel/stub_guest.h"
#include "support/test.h"

#include <string.h>

/* ---- what a delivery does ---- */

TEST(same_ring)
{
    cpu_eflags_set(FLAG_IF | FLAG_TF | FLAG_NT | FLAG_RF | FLAG_AC | FLAG_CF | FLAG_IOPL);
    cpu.inhibited = true;
    interrupt_deliver(0x21, false, 0, INTERRUPT_EXTERNAL, 0);
    assert_int_equal(cpu_eip(), stub_handler(0x21));
    assert_int_equal(cpu_general(ESP), STUB_STACK_0_END - 12);
    assert_int_equal(stub_frame_word(0), STUB_CODE);
    assert_int_equal(stub_frame_word(1), STUB_CODE_0);
    assert_int_equal(stub_frame_word(2),
                     2 | FLAG_IF | FLAG_TF | FLAG_NT | FLAG_AC | FLAG_CF | FLAG_IOPL);
    assert_int_equal(cpu_eflags(), 2 | FLAG_AC | FLAG_CF | FLAG_IOPL);
    assert_int_equal(cpu.segment[SEG_CS].selector, STUB_CODE_0);
    assert_int_equal(cpu.segment[SEG_SS].selector, STUB_DATA_0);
    assert_false(cpu.inhibited);
    assert_int_equal(stub.ring_changes, 0);
    assert_int_equal(stub.writes, 1);
}

TEST(trap_gate_leaves_if)
{
    stub_set_gate(0x21, STUB_CODE_0, stub_handler(0x21), 0x8f);
    cpu_eflags_set(FLAG_IF | FLAG_TF | FLAGS_STATUS);
    interrupt_deliver(0x21, false, 0, INTERRUPT_EXTERNAL, 0);
    assert_int_equal(cpu_eflags(), 2 | FLAG_IF | FLAGS_STATUS);
}

TEST(with_error_code)
{
    interrupt_deliver(VECTOR_GP, true, 0x1234, INTERRUPT_EXCEPTION, 0);
    assert_int_equal(cpu_eip(), stub_handler(VECTOR_GP));
    assert_int_equal(cpu_general(ESP), STUB_STACK_0_END - 16);
    assert_int_equal(stub_frame_word(0), 0x1234);
    assert_int_equal(stub_frame_word(1), STUB_CODE);
    assert_int_equal(stub_frame_word(3), 2 | FLAG_IF | FLAG_RF);
}

/* Only faults push RF as set. */
TEST(resume_flag)
{
    static const struct {
        uint8_t vector;
        enum interrupt_origin origin;
        bool set;
    } cases[] = {
        {VECTOR_DE, INTERRUPT_EXCEPTION, true},  {VECTOR_DB, INTERRUPT_EXCEPTION, false},
        {VECTOR_BP, INTERRUPT_EXCEPTION, false}, {VECTOR_UD, INTERRUPT_EXCEPTION, true},
        {VECTOR_PF, INTERRUPT_EXCEPTION, true},  {VECTOR_PF, INTERRUPT_EXTERNAL, false},
        {0x80, INTERRUPT_SOFTWARE, false},
    };

    for (size_t i = 0; i < LENGTH(cases); i++) {
        stub_reset();
        interrupt_deliver(cases[i].vector, false, 0, cases[i].origin, 0);
        assert_int_equal((stub_frame_word(2) & FLAG_RF) != 0, cases[i].set);
    }
}

TEST(from_ring_3)
{
    struct segment data;

    stub_enter_program();
    cpu_general_set(ESP, STUB_STACK_3_END - 0x20);
    data = cpu.segment[SEG_DS];
    interrupt_deliver(VECTOR_PF, true, 7, INTERRUPT_EXCEPTION, 0);
    assert_int_equal(cpu_eip(), stub_handler(VECTOR_PF));
    assert_int_equal(cpu.cpl, 0);
    assert_int_equal(cpu_general(ESP), STUB_STACK_0_END - 24);
    assert_int_equal(stub_frame_word(0), 7);
    assert_int_equal(stub_frame_word(1), STUB_USER_EIP);
    assert_int_equal(stub_frame_word(2), STUB_CODE_3);
    assert_int_equal(stub_frame_word(3), 2 | FLAG_IF | FLAG_RF);
    assert_int_equal(stub_frame_word(4), STUB_STACK_3_END - 0x20);
    assert_int_equal(stub_frame_word(5), STUB_DATA_3);
    assert_int_equal(cpu.segment[SEG_CS].selector, STUB_CODE_0);
    assert_int_equal(cpu.segment[SEG_SS].selector, STUB_DATA_0);
    assert_int_equal(cpu.segment[SEG_SS].rights, RIGHTS_DATA_0);
    assert_memory_equal(&cpu.segment[SEG_DS], &data, sizeof data);
}

/* An interrupt to ring 1 uses the TSS's second stack; the selector's RPL is ignored. */
TEST(to_ring_1)
{
    stub_set_descriptor(STUB_FREE, 0, 0xfffff, 0xc0bb);
    stub_set_descriptor(STUB_FREE_STACK, 0, 0xfffff, 0xc0b3);
    stub_set_gate(0x80, STUB_FREE | 3, 0x1000, 0xee);
    stub_store32(STUB_TASK + 12, STUB_STACK_0_END - 0x100);
    stub_store32(STUB_TASK + 16, STUB_FREE_STACK | 1);
    stub_enter_program();
    interrupt_deliver(0x80, false, 0, INTERRUPT_SOFTWARE, 2);
    assert_int_equal(cpu.cpl, 1);
    assert_int_equal(cpu.segment[SEG_CS].selector, STUB_FREE | 1);
    assert_int_equal(cpu.segment[SEG_SS].selector, STUB_FREE_STACK | 1);
    assert_int_equal(cpu_general(ESP), STUB_STACK_0_END - 0x100 - 20);
}

TEST(conforming_handler)
{
    stub_set_gate(0x21, STUB_CONFORMING, 0x1000, 0x8e);
    stub_enter_program();
    interrupt_deliver(0x21, false, 0, INTERRUPT_EXTERNAL, 0);
    assert_int_equal(cpu.cpl, 3);
    assert_int_equal(cpu.segment[SEG_CS].selector, STUB_CONFORMING | 3);
    assert_int_equal(cpu_eip(), 0x1000);
    assert_int_equal(cpu_general(ESP), STUB_STACK_3_END - 12);
    assert_int_equal(stub_frame_word(1), STUB_CODE_3);
}

TEST(software_interrupt)
{
    stub_enter_program();
    interrupt_deliver(0x80, false, 0, INTERRUPT_SOFTWARE, 2);
    assert_int_equal(cpu_eip(), stub_handler(0x80));
    assert_int_equal(stub_frame_word(0), STUB_USER_EIP);
}

TEST(accessed_bits)
{
    stub_set_descriptor(STUB_CODE_0, 0, 0xfffff, RIGHTS_CODE_0 & ~1u);
    stub_set_descriptor(STUB_DATA_0, 0, 0xfffff, RIGHTS_DATA_0 & ~1u);
    stub_enter_program();
    interrupt_deliver(0x21, false, 0, INTERRUPT_EXTERNAL, 0);
    assert_int_equal(cpu.cpl, 0);
    assert_int_equal(stub_descriptor_rights(STUB_CODE_0), RIGHTS_CODE_0);
    assert_int_equal(stub_descriptor_rights(STUB_DATA_0), RIGHTS_DATA_0);
}

/* ---- checks ---- */

#define VECTOR    0x30u
#define IDT_ERROR (VECTOR * 8 + 2)

struct check_case {
    const char *name;
    enum interrupt_origin origin;
    uint32_t cpl;
    uint32_t gate;    /* P, DPL and type, of vector VECTOR */
    uint16_t handler; /* its selector */
    uint16_t rights;  /* of STUB_FREE */
    uint32_t vector, error;
};

static const struct check_case check_cases[] = {
    {"software, DPL", INTERRUPT_SOFTWARE, 3, 0x8e, 0x08, 0, VECTOR_GP, IDT_ERROR},
    {"software, DPL 2", INTERRUPT_SOFTWARE, 3, 0xce, 0x08, 0, VECTOR_GP, IDT_ERROR},
    {"software, DPL 3", INTERRUPT_SOFTWARE, 3, 0xee, 0x08, 0, NO_EXCEPTION, 0},
    {"software in ring 0", INTERRUPT_SOFTWARE, 0, 0x8e, 0x08, 0, NO_EXCEPTION, 0},
    {"a device's, DPL 0", INTERRUPT_EXTERNAL, 3, 0x8e, 0x08, 0, NO_EXCEPTION, 0},
    {"an exception, DPL 0", INTERRUPT_EXCEPTION, 3, 0x8e, 0x08, 0, NO_EXCEPTION, 0},
    {"software, absent gate", INTERRUPT_SOFTWARE, 3, 0x6e, 0x08, 0, VECTOR_NP, IDT_ERROR},
    {"software, absent gate and DPL", INTERRUPT_SOFTWARE, 3, 0x0e, 0x08, 0, VECTOR_GP, IDT_ERROR},
    {"absent gate", INTERRUPT_EXTERNAL, 0, 0x0e, 0x08, 0, VECTOR_NP, IDT_ERROR + 1},
    {"absent gate, exception", INTERRUPT_EXCEPTION, 0, 0x0f, 0x08, 0, VECTOR_NP, IDT_ERROR + 1},
    {"call gate", INTERRUPT_EXTERNAL, 0, 0x8c, 0x08, 0, VECTOR_GP, IDT_ERROR + 1},
    {"no gate", INTERRUPT_SOFTWARE, 0, 0, 0, 0, VECTOR_GP, IDT_ERROR},
    {"data's type", INTERRUPT_EXTERNAL, 0, 0x9e, 0x08, 0, VECTOR_GP, IDT_ERROR + 1},
    {"null handler", INTERRUPT_EXTERNAL, 0, 0x8e, 0, 0, VECTOR_GP, 1},
    {"null handler, software", INTERRUPT_SOFTWARE, 0, 0x8e, 3, 0, VECTOR_GP, 0},
    {"handler outside", INTERRUPT_EXTERNAL, 0, 0x8e, 0x2003, 0, VECTOR_GP, 0x2001},
    {"handler outside the LDT", INTERRUPT_SOFTWARE, 0, 0x8e, 0x107, 0, VECTOR_GP, 0x104},
    {"handler is data", INTERRUPT_EXTERNAL, 0, 0x8e, 0x40, 0x4093, VECTOR_GP, 0x41},
    {"handler of an outer ring", INTERRUPT_SOFTWARE, 0, 0x8e, 0x43, 0x40fb, VECTOR_GP, 0x40},
    {"conforming, of an outer ring", INTERRUPT_SOFTWARE, 0, 0x8e, 0x40, 0x40ff, VECTOR_GP, 0x40},
    {"absent handler", INTERRUPT_EXTERNAL, 3, 0x8e, 0x40, 0x401b, VECTOR_NP, 0x41},
    {"absent handler, software", INTERRUPT_SOFTWARE, 0, 0x8e, 0x40, 0x401b, VECTOR_NP, 0x40},
    {"handler beyond the limit", INTERRUPT_EXTERNAL, 3, 0x8e, 0x40, 0x409b, VECTOR_GP, 1},
    {"handler in an absent page", INTERRUPT_EXTERNAL, 3, 0x8e, STUB_ABSENT, 0, VECTOR_PF, 0},
};

/* Run a case in which VECTOR is a benign exception. */
static void run_check_case(const struct check_case *check)
{
    bool passes = check->vector == NO_EXCEPTION;
    bool software = check->origin == INTERRUPT_SOFTWARE;

    stub_reset();
    stub_enter_ring(check->cpl);
    cpu_eip_set(STUB_USER_EIP);
    stub_set_descriptor(STUB_FREE, 0, 0x1fff, check->rights);
    stub_set_gate(VECTOR, check->handler, stub_handler(VECTOR), check->gate);
    interrupt_deliver(VECTOR, false, 0, check->origin, 2);
    assert_case(check->name, stub.stops, 0);
    assert_case(check->name, stub_exception_vector(), NO_EXCEPTION);
    assert_case(check->name, cpu_eip(), stub_handler(passes ? VECTOR : check->vector));
    assert_case(check->name, cpu.cpl, 0);
    if (passes) {
        assert_case(check->name, stub_frame_word(0), STUB_USER_EIP);
        return;
    }
    assert_case(check->name, stub_frame_word(0), check->error);
    assert_case(check->name, stub_frame_word(1), software ? STUB_USER_EIP - 2 : STUB_USER_EIP);
    assert_case(check->name, stub_frame_word(2), check->cpl == 3 ? STUB_CODE_3 : STUB_CODE_0);
}

TEST(checks)
{
    for (size_t i = 0; i < LENGTH(check_cases); i++)
        run_check_case(&check_cases[i]);
}

TEST(handler_at_the_limit)
{
    stub_set_descriptor(STUB_FREE, 0, 0x1fff, 0x409b);
    stub_set_gate(0x21, STUB_FREE, 0x1fff, 0x8e);
    interrupt_deliver(0x21, false, 0, INTERRUPT_EXTERNAL, 0);
    assert_int_equal(cpu_eip(), 0x1fff);
}

TEST(idt_limit)
{
    cpu.idt.limit = 0x80 * 8 + 7;
    interrupt_deliver(0x80, false, 0, INTERRUPT_SOFTWARE, 2);
    assert_int_equal(cpu_eip(), stub_handler(0x80));
    cpu.idt.limit--;
    interrupt_deliver(0x80, false, 0, INTERRUPT_SOFTWARE, 2);
    assert_int_equal(cpu_eip(), stub_handler(VECTOR_GP));
    assert_int_equal(stub_frame_word(0), 0x402);
}

/* ---- stops ---- */

TEST(no_idt)
{
    cpu.idt.limit = 0;
    cpu.machine.cr2 = vaddr(0x1234);
    interrupt_deliver(VECTOR_PF, true, 2, INTERRUPT_EXCEPTION, 0);
    assert_int_equal(stub.event.kind, EVENT_FAULT);
    assert_int_equal(stub.event.vector, VECTOR_PF);
    assert_int_equal(stub.event.error_code, 2);
    assert_int_equal(stub.event.fault_address, 0x1234);
    assert_int_equal(cpu_eip(), STUB_CODE);

    interrupt_deliver(0x80, false, 0, INTERRUPT_SOFTWARE, 2);
    assert_int_equal(stub.stops, 2);
    assert_int_equal(stub.event.kind, EVENT_FAULT);
    assert_int_equal(stub.event.vector, 0x80);
    assert_int_equal(cpu_eip(), STUB_CODE - 2);
    assert_int_equal(cpu_general(ESP), STUB_STACK_0_END);
}

TEST(unsupported)
{
    static const struct {
        uint32_t gate;
        uint16_t code_rights, task_rights;
        const char *text;
    } cases[] = {
        {0x85, RIGHTS_CODE_0, 0x8b, "task gate"},   {0x86, RIGHTS_CODE_0, 0x8b, "16-bit gate"},
        {0x87, RIGHTS_CODE_0, 0x8b, "16-bit gate"}, {0x8e, 0x809b, 0x8b, "16-bit code segment"},
        {0x8e, RIGHTS_CODE_0, 0x83, "16-bit TSS"},
    };

    for (size_t i = 0; i < LENGTH(cases); i++) {
        stub_reset();
        stub_enter_program();
        stub_set_gate(0x21, STUB_CODE_0, stub_handler(0x21), cases[i].gate);
        stub_set_descriptor(STUB_CODE_0, 0, 0xfffff, cases[i].code_rights);
        cpu.task.rights = cases[i].task_rights;
        interrupt_deliver(0x21, false, 0, INTERRUPT_EXTERNAL, 0);
        assert_int_equal(stub.stops, 1);
        assert_int_equal(stub.event.kind, EVENT_UNSUPPORTED);
        assert_non_null(strstr(stub.event.text, cases[i].text));
        assert_non_null(strstr(stub.event.text, "vector 33"));
        assert_int_equal(cpu_eip(), STUB_USER_EIP);
        assert_int_equal(cpu.cpl, 3);
    }
}

TEST_FIXTURES(stub_setup, NULL)
