/* The result of a delivery that faults: the next exception, a double fault, or a triple fault
   (Intel SDM vol. 3A, table 6-5). */
#include "kernel/stub_guest.h"
#include "support/test.h"

#define FAULT_EIP 0xc0101234u

enum gate_state {
    GOOD,
    ABSENT, /* its delivery raises #NP */
    FAULTS  /* its delivery raises #PF */
};

struct double_case {
    const char *name;
    enum interrupt_origin origin;
    uint8_t vector;
    enum gate_state first, not_present, page_fault, double_fault; /* of the gates */
    uint32_t handler; /* the vector whose handler runs; NO_EXCEPTION: triple fault of ... */
    uint32_t error;   /* of the handler, or the event */
    uint32_t reported;
};

#define NP_ERROR(vector) ((vector)*8u + 3)

static const struct double_case double_cases[] = {
    {"device, then contributory", INTERRUPT_EXTERNAL, 0x21, ABSENT, GOOD, GOOD, GOOD, VECTOR_NP,
     NP_ERROR(0x21), 0},
    {"device, then page fault", INTERRUPT_EXTERNAL, 0x21, FAULTS, GOOD, GOOD, GOOD, VECTOR_PF, 0,
     0},
    {"vector 13 of a device is benign", INTERRUPT_EXTERNAL, VECTOR_GP, ABSENT, GOOD, GOOD, GOOD,
     VECTOR_NP, NP_ERROR(13), 0},
    {"int $13 is benign", INTERRUPT_SOFTWARE, VECTOR_GP, ABSENT, GOOD, GOOD, GOOD, VECTOR_NP,
     13 * 8 + 2, 0},
    {"benign, then contributory", INTERRUPT_EXCEPTION, VECTOR_UD, ABSENT, GOOD, GOOD, GOOD,
     VECTOR_NP, NP_ERROR(6), 0},
    {"benign, then page fault", INTERRUPT_EXCEPTION, VECTOR_UD, FAULTS, GOOD, GOOD, GOOD, VECTOR_PF,
     0, 0},
    {"contributory twice", INTERRUPT_EXCEPTION, VECTOR_DE, ABSENT, GOOD, GOOD, GOOD, VECTOR_DF, 0,
     0},
    {"contributory twice", INTERRUPT_EXCEPTION, VECTOR_GP, ABSENT, GOOD, GOOD, GOOD, VECTOR_DF, 0,
     0},
    {"contributory, then page fault", INTERRUPT_EXCEPTION, VECTOR_GP, FAULTS, GOOD, GOOD, GOOD,
     VECTOR_PF, 0, 0},
    {"page fault, then contributory", INTERRUPT_EXCEPTION, VECTOR_PF, GOOD, GOOD, ABSENT, GOOD,
     VECTOR_DF, 0, 0},
    {"page fault twice", INTERRUPT_EXCEPTION, VECTOR_PF, GOOD, GOOD, FAULTS, GOOD, VECTOR_DF, 0, 0},
    {"device, contributory twice", INTERRUPT_EXTERNAL, 0x21, ABSENT, ABSENT, GOOD, GOOD, VECTOR_DF,
     0, 0},
    {"device, page fault, contributory", INTERRUPT_EXTERNAL, 0x21, FAULTS, GOOD, ABSENT, GOOD,
     VECTOR_DF, 0, 0},
    {"contributory, page fault, contributory", INTERRUPT_EXCEPTION, VECTOR_GP, FAULTS, GOOD, ABSENT,
     GOOD, VECTOR_DF, 0, 0},
    {"device, contributory, page fault", INTERRUPT_EXTERNAL, 0x21, ABSENT, FAULTS, GOOD, GOOD,
     VECTOR_PF, 0, 0},
    {"triple: contributory", INTERRUPT_EXCEPTION, VECTOR_GP, ABSENT, GOOD, GOOD, ABSENT,
     NO_EXCEPTION, 0x55, VECTOR_GP},
    {"triple: page fault", INTERRUPT_EXCEPTION, VECTOR_GP, ABSENT, GOOD, GOOD, FAULTS, NO_EXCEPTION,
     0x55, VECTOR_GP},
    {"triple: of a page fault", INTERRUPT_EXCEPTION, VECTOR_PF, GOOD, GOOD, FAULTS, FAULTS,
     NO_EXCEPTION, 0x55, VECTOR_PF},
    {"triple: of an int's fault", INTERRUPT_SOFTWARE, 0x80, ABSENT, ABSENT, GOOD, ABSENT,
     NO_EXCEPTION, 0x402, VECTOR_NP},
    {"triple: of a device's fault", INTERRUPT_EXTERNAL, 0x21, FAULTS, GOOD, FAULTS, FAULTS,
     NO_EXCEPTION, 0, VECTOR_PF},
    {"double fault as the first", INTERRUPT_EXCEPTION, VECTOR_DF, GOOD, GOOD, GOOD, ABSENT,
     NO_EXCEPTION, 0x55, VECTOR_DF},
};

static void break_gate(uint32_t vector, enum gate_state gate)
{
    if (gate == ABSENT)
        stub_set_gate(vector, STUB_CODE_0, stub_handler(vector), 0x0e);
    else if (gate == FAULTS)
        stub_set_gate(vector, STUB_ABSENT, stub_handler(vector), 0x8e);
}

static void run_double_case(const struct double_case *each)
{
    bool has_error = each->origin == INTERRUPT_EXCEPTION;
    uint32_t length = each->origin == INTERRUPT_SOFTWARE ? 2 : 0;
    bool triple = each->handler == NO_EXCEPTION;

    stub_reset();
    cpu_eip_set(FAULT_EIP);
    cpu.machine.cr2 = vaddr(0x5a5a5a5a);
    break_gate(each->vector, each->first);
    break_gate(VECTOR_NP, each->not_present);
    break_gate(VECTOR_PF, each->page_fault);
    break_gate(VECTOR_DF, each->double_fault);
    interrupt_deliver(each->vector, has_error, has_error ? 0x55 : 0, each->origin, length);
    assert_case(each->name, stub.stops, triple);
    assert_case(each->name, stub_exception_vector(), NO_EXCEPTION);
    assert_case(each->name, cpu.segment[SEG_CS].selector, STUB_CODE_0);
    if (!triple) {
        assert_case(each->name, cpu_eip(), stub_handler(each->handler));
        assert_case(each->name, stub_frame_word(0), each->error);
        assert_case(each->name, stub_frame_word(1), FAULT_EIP - length);
        assert_case(each->name, cpu_general(ESP), STUB_STACK_0_END - 16);
        return;
    }
    assert_case(each->name, stub.event.kind, EVENT_TRIPLE_FAULT);
    assert_case(each->name, stub.event.vector, each->reported);
    assert_case(each->name, stub.event.error_code, each->error);
    assert_case(each->name, stub.event.fault_address, cpu.machine.cr2.value);
    assert_case(each->name, stub.event.fault_address,
                has_error || length ? 0x5a5a5a5a : STUB_GDT + (STUB_ABSENT & ~7u));
    assert_case(each->name, cpu_eip(), FAULT_EIP - length);
    assert_case(each->name, cpu_general(ESP), STUB_STACK_0_END);
}

TEST(double_faults)
{
    for (size_t i = 0; i < LENGTH(double_cases); i++)
        run_double_case(&double_cases[i]);
}

TEST(kernel_stack_overflow)
{
    cpu_general_set(ESP, STUB_STACK_0_END - PAGE_SIZE);
    stub_set_page(STUB_STACK_0_END - PAGE_SIZE - 1, PAGE_ABSENT);
    cpu.machine.cr2 = vaddr(STUB_STACK_0_END - PAGE_SIZE - 4);
    interrupt_deliver(VECTOR_PF, true, 2, INTERRUPT_EXCEPTION, 0);
    assert_int_equal(stub.event.kind, EVENT_TRIPLE_FAULT);
    assert_int_equal(stub.event.vector, VECTOR_PF);
    assert_int_equal(stub.event.error_code, 2);
    assert_int_equal(stub.event.fault_address, STUB_STACK_0_END - PAGE_SIZE - 4);
}

TEST_FIXTURES(stub_setup, NULL)
