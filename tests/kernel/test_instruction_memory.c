/* Instructions that access memory: ports and strings, segment registers, the FPU, faults; and
   properties that are known without executing an instruction. */
#include "kernel/instruction_case.h"
#include "support/test.h"

#define DATA        0x2000u /* where EBX, ESI and EDI point */
#define ABSENT_PAGE 5u
#define TASK        0x6000u

static int reset(void **state)
{
    (void)state;
    stub_reset();
    memset(stub_memory, 0, sizeof stub_memory);
    memset(cpu_fpu(), 0, sizeof *cpu_fpu());
    cpu_fpu()->cwd = 0x37f;
    cpu_fpu()->mxcsr = 0x1f80;
    cpu_general_set(EBX, DATA);
    cpu_general_set(ESI, DATA);
    cpu_general_set(EDI, DATA);
    stub_set_page(ABSENT_PAGE, STUB_ABSENT);
    return 0;
}

/* ---- ports ---- */

struct port_case {
    const char *name;
    struct code code;
    uint32_t port, bytes;
    bool write;
    uint32_t eax; /* afterwards; 0x11223344 before, and 0xa1b2c3d4 is read */
};

static const struct port_case port_cases[] = {
    {"in al, 0x60", CODE(0xe4, 0x60), 0x60, 1, false, 0x112233d4},
    {"in ax, 0xff", CODE(0x66, 0xe5, 0xff), 0xff, 2, false, 0x1122c3d4},
    {"in eax, dx", CODE(0xed), 0xcf8, 4, false, 0xa1b2c3d4},
    {"out 0xe9, al", CODE(0xe6, 0xe9), 0xe9, 1, true, 0x11223344},
    {"out dx, ax", CODE(0x66, 0xef), 0xcf8, 2, true, 0x11223344},
    {"out dx, eax", CODE(0xef), 0xcf8, 4, true, 0x11223344},
};

TEST(test_ports)
{
    for (uint32_t i = 0; i < LENGTH(port_cases); i++) {
        const struct port_case *test = &port_cases[i];
        reset(NULL);
        cpu_general_set(EAX, 0x11223344);
        cpu_general_set(EDX, 0x00010cf8);
        stub.port_value = 0xa1b2c3d4;
        case_done(test->name, &test->code);
        assert_case(test->name, stub.port_count, 1);
        assert_case(test->name, stub.ports[0].port, test->port);
        assert_case(test->name, stub.ports[0].bytes, test->bytes);
        assert_case(test->name, stub.ports[0].write, test->write);
        assert_case(test->name, cpu_general(EAX), test->eax);
    }
}

struct bitmap_case {
    const char *name;
    struct code code; /* DX is 0x3ff */
    uint32_t bitmap_at, limit;
    uint32_t type;
    uint32_t vector;
};

/* All bits of the bitmap are set, except those of ports 0x3f8 to 0x3ff. */
static const struct bitmap_case bitmap_cases[] = {
    {"allowed", CODE(0xec), 0x68, 0x2000, 0x8b, NO_EXCEPTION},
    {"half of it is not", CODE(0x66, 0xed), 0x68, 0x2000, 0x8b, VECTOR_GP},
    {"another port", CODE(0xe4, 0x60), 0x68, 0x2000, 0x8b, VECTOR_GP},
    {"the last two bytes of the TSS", CODE(0xec), 0x68, 0x68 + 0x80, 0x8b, NO_EXCEPTION},
    {"the second byte is outside", CODE(0xec), 0x68, 0x68 + 0x7f, 0x8b, VECTOR_GP},
    {"no bitmap", CODE(0xec), 0xffff, 0x2000, 0x8b, VECTOR_GP},
    {"a TSS too short to say", CODE(0xec), 0x68, 0x66, 0x8b, VECTOR_GP},
    {"a 16-bit TSS", CODE(0xec), 0x68, 0x2000, 0x83, VECTOR_GP},
    {"insb", CODE(0x6c), 0x68, 0x2000, 0x8b, NO_EXCEPTION},
    {"outsd", CODE(0x6f), 0x68, 0x2000, 0x8b, VECTOR_GP},
};

TEST(test_port_bitmap)
{
    for (uint32_t i = 0; i < LENGTH(bitmap_cases); i++) {
        const struct bitmap_case *test = &bitmap_cases[i];
        reset(NULL);
        stub_set_ring(3, 0);
        cpu.task = (struct segment){
            .rights = (uint16_t)test->type, .base = STUB_BASE + TASK, .limit = test->limit};
        memset(stub_memory + TASK, 0xff, 0x2000);
        memcpy(stub_memory + TASK + 0x66, &test->bitmap_at, 2);
        stub_memory[TASK + 0x68 + 0x3f8 / 8] = 0;
        cpu_general_set(EDX, 0x3ff);
        case_raises(test->name, &test->code, test->vector);
        assert_case(test->name, stub.port_count, test->vector == NO_EXCEPTION);
    }
}

/* ---- repetition ---- */

#define BEFORE_FAULT 3u /* elements of 4 bytes in front of the absent page */

struct repeat_case {
    const char *name;
    struct code code;
    bool moves_source, moves_destination;
};

static const struct repeat_case repeat_cases[] = {
    {"rep movsd", CODE(0xf3, 0xa5), true, true},
    {"rep stosd", CODE(0xf3, 0xab), false, true},
    {"repne scasd", CODE(0xf2, 0xaf), false, true},
    {"rep insd", CODE(0xf3, 0x6d), false, true},
};

/* Three elements are done, and the fourth faults. */
TEST(test_repetition_until_a_fault)
{
    const uint32_t start = ABSENT_PAGE * PAGE_SIZE - 4 * BEFORE_FAULT;

    for (uint32_t i = 0; i < LENGTH(repeat_cases); i++) {
        const struct repeat_case *test = &repeat_cases[i];
        enum outcome outcome;
        reset(NULL);
        cpu_general_set(EAX, 0x01010101);
        cpu_general_set(ECX, 10);
        cpu_general_set(EDI, start);
        do
            outcome = case_run(test->name, &test->code);
        while (outcome == OUTCOME_DONE && cpu_eip() == STUB_EIP);
        assert_case(test->name, outcome, OUTCOME_RAISED);
        assert_case(test->name, cpu.exception.vector, VECTOR_PF);
        assert_case(test->name, cpu.machine.cr2.value, ABSENT_PAGE * PAGE_SIZE);
        assert_case(test->name, cpu_general(ECX), 10 - BEFORE_FAULT);
        assert_case(test->name, cpu_general(EDI), ABSENT_PAGE * PAGE_SIZE);
        assert_case(test->name, cpu_general(ESI),
                    DATA + (test->moves_source ? 4 * BEFORE_FAULT : 0));
        assert_case(test->name, cpu_eip(), STUB_EIP);
    }
    assert_int_equal(stub.port_count, BEFORE_FAULT); /* the port is not read for the fourth */
}

TEST(test_repetition_pauses_at_a_page)
{
    const struct code code = CODE(0xf3, 0xab);

    cpu_general_set(ECX, 8);
    cpu_general_set(EDI, 3 * PAGE_SIZE - 8);
    assert_int_equal(case_run("first page", &code), OUTCOME_DONE);
    assert_int_equal(cpu_eip(), STUB_EIP);
    assert_int_equal(cpu_general(ECX), 6);
    case_done("second page", &code);
    assert_int_equal(cpu_general(ECX), 0);
}

/* ---- segment registers ---- */

struct segment_case {
    const char *name;
    struct code code;
    uint32_t segment;
};

static const struct segment_case segment_cases[] = {
    {"mov ds, [ebx]", CODE(0x8e, 0x1b), SEG_DS},
    {"mov ss, [ebx]", CODE(0x8e, 0x13), SEG_SS},
    {"pop es", CODE(0x07), SEG_ES},
    {"pop ss", CODE(0x17), SEG_SS},
    {"pop gs", CODE(0x0f, 0xa9), SEG_GS},
    {"lds eax, [ebx]", CODE(0xc5, 0x03), SEG_DS},
    {"les eax, [ebx]", CODE(0xc4, 0x03), SEG_ES},
    {"lfs eax, [ebx]", CODE(0x0f, 0xb4, 0x03), SEG_FS},
    {"lgs ax, [ebx]", CODE(0x66, 0x0f, 0xb5, 0x03), SEG_GS},
    {"lss eax, [ebx]", CODE(0x0f, 0xb2, 0x03), SEG_SS},
};

TEST(test_segment_loads)
{
    for (uint32_t i = 0; i < LENGTH(segment_cases); i++) {
        const struct segment_case *test = &segment_cases[i];
        reset(NULL);
        stub_store32(DATA, 0x00230023);
        stub_store32(DATA + 4, 0x00230023);
        stub_store32(0x8000, 0xffff0023);
        case_done(test->name, &test->code);
        assert_case(test->name, stub.selector, 0x23);
        assert_case(test->name, stub.segment, test->segment);
        stub.refuse_segments = true;
        assert_case(test->name, case_run(test->name, &test->code), OUTCOME_RAISED);
        cpu_general_set(ESP, 0x8000);
        cpu_general_set(EAX, 7);
        assert_case(test->name, case_run(test->name, &test->code), OUTCOME_RAISED);
        assert_case(test->name, cpu.exception.error, 0x23);
        assert_case(test->name, cpu_general(ESP), 0x8000);
        assert_case(test->name, cpu_general(EAX), 7);
    }
}

TEST(test_segment_stores)
{
    const struct code push = CODE(0x1e), to_register = CODE(0x8c, 0xd9),
                      to_memory = CODE(0x8c, 0x1b);

    cpu.segment[SEG_DS].selector = 0x1b;
    stub_store32(DATA, 0xffffffff);
    cpu_general_set(ECX, 0xffffffff);
    case_done("push ds", &push);
    case_done("mov ecx, ds", &to_register);
    case_done("mov [ebx], ds", &to_memory);
    assert_int_equal(stub_load32(0x7ffc), 0x1b);
    assert_int_equal(cpu_general(ECX), 0x1b);
    assert_int_equal(stub_load32(DATA), 0xffff001b);
}

struct far_case {
    const char *name;
    struct code code;
    uint32_t kind, selector, offset, bytes;
};

/* At DATA: 44 33 22 11 1b 00. */
static const struct far_case far_cases[] = {
    {"ljmp", CODE(0xea, 0x78, 0x56, 0x34, 0x12, 0x08, 0x00), 'j', 8, 0x12345678, 0},
    {"ljmp, word", CODE(0x66, 0xea, 0x78, 0x56, 0x08, 0x00), 'j', 8, 0x5678, 0},
    {"ljmp [ebx]", CODE(0xff, 0x2b), 'j', 0x1b, 0x11223344, 0},
    {"lcall", CODE(0x9a, 0x78, 0x56, 0x34, 0x12, 0x08, 0x00), 'c', 8, 0x12345678, 4},
    {"lcall [ebx], word", CODE(0x66, 0xff, 0x1b), 'c', 0x1122, 0x3344, 2},
    {"lret", CODE(0xcb), 'r', 0, 0, 4},
    {"lret 8, word", CODE(0x66, 0xca, 0x08, 0x00), 'r', 0, 8, 2},
    {"iret", CODE(0xcf), 'i', 0, 0, 4},
    {"iret, word", CODE(0x66, 0xcf), 'i', 0, 0, 2},
};

TEST(test_far_transfers)
{
    for (uint32_t i = 0; i < LENGTH(far_cases); i++) {
        const struct far_case *test = &far_cases[i];
        reset(NULL);
        stub_store32(DATA, 0x11223344);
        stub_store32(DATA + 4, 0x1b);
        assert_case(test->name, case_run(test->name, &test->code), OUTCOME_DONE);
        assert_case(test->name, stub.far_kind, test->kind);
        assert_case(test->name, stub.selector, test->selector);
        assert_case(test->name, stub.far_offset, test->offset);
        assert_case(test->name, stub.far_bytes, test->bytes);
    }
}

/* ---- faults ---- */

/* EBX points after the middle of the last 4 bytes before the absent page, and ESP at the page's
   start, so that each access faults in its second half. */
static const struct fault_case {
    const char *name;
    struct code code;
} fault_cases[] = {
    {"mov [ebx], eax", CODE(0x89, 0x03)},
    {"mov eax, [ebx]", CODE(0x8b, 0x03)},
    {"add [ebx], eax", CODE(0x01, 0x03)},
    {"xchg [ebx], eax", CODE(0x87, 0x03)},
    {"cmpxchg [ebx], eax", CODE(0x0f, 0xb1, 0x03)},
    {"inc [ebx]", CODE(0xff, 0x03)},
    {"shl [ebx], 1", CODE(0xd1, 0x23)},
    {"div [ebx]", CODE(0xf7, 0x33)},
    {"push [ebx]", CODE(0xff, 0x33)},
    {"pop [ebx]", CODE(0x8f, 0x03)},
    {"pop eax", CODE(0x58)},
    {"popa", CODE(0x61)},
    {"popf", CODE(0x9d)},
    {"ret", CODE(0xc3)},
    {"call [ebx]", CODE(0xff, 0x13)},
    {"movsd", CODE(0xa5)},
    {"lods", CODE(0xad)},
    {"movups [ebx], xmm0", CODE(0x0f, 0x11, 0x03)},
    {"fstp [ebx]", CODE(0xd9, 0x1b)},
    {"fnsave [ebx]", CODE(0xdd, 0x33)},
    {"lds eax, [ebx]", CODE(0xc5, 0x03)},
    {"ljmp [ebx]", CODE(0xff, 0x2b)},
    {"sgdt [ebx]", CODE(0x0f, 0x01, 0x03)},
};

TEST(test_faults_change_nothing)
{
    static unsigned char before[STUB_BYTES];
    static struct _libc_fpstate fpu_before;

    for (uint32_t i = 0; i < LENGTH(fault_cases); i++) {
        const char *name = fault_cases[i].name;
        reset(NULL);
        memset(stub_memory, 0x5a, sizeof stub_memory);
        cpu_general_set(EAX, 3);
        cpu_general_set(EBX, ABSENT_PAGE * PAGE_SIZE - 2);
        cpu_general_set(ESI, ABSENT_PAGE * PAGE_SIZE - 2);
        cpu_general_set(ESP, ABSENT_PAGE * PAGE_SIZE);
        memcpy(before, stub_memory, sizeof before);
        fpu_before = *cpu_fpu();
        case_raises(name, &fault_cases[i].code, VECTOR_PF);
        assert_case(name, cpu.machine.cr2.value, ABSENT_PAGE * PAGE_SIZE);
        assert_memory_equal(stub_memory, before, sizeof before);
        assert_memory_equal(cpu_fpu(), &fpu_before, sizeof fpu_before);
    }
}

/* ---- what is not emulated ---- */

TEST(test_unknown_instructions)
{
    static const struct code codes[] = {
        CODE(0x0f, 0xae, 0x23),             /* xsave */
        CODE(0x66, 0x0f, 0xf7, 0xc1),       /* maskmovdqu: EDI is not named by ModRM */
        CODE(0xc5, 0xf8, 0x58, 0x03),       /* vaddps */
        CODE(0x66, 0x0f, 0x38, 0xdc, 0x03), /* aesenc */
        CODE(0x0f, 0x01, 0xc1),             /* vmcall */
    };

    for (uint32_t i = 0; i < LENGTH(codes); i++) {
        assert_int_equal(case_run("unknown", &codes[i]), OUTCOME_UNKNOWN);
        assert_int_equal(cpu_eip(), STUB_EIP);
    }
}

TEST_FIXTURES(reset, NULL)
