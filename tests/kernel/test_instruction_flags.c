/* EFLAGS and IF: which ring may change which flag, when interrupts wait, and interrupts that
   instructions raise. */
#include "kernel/instruction_case.h"
#include "runner/interrupt.h"
#include "support/test.h"

#define DATA 0x2000u /* where EBX points */

static int reset(void **state)
{
    (void)state;
    stub_reset();
    cpu_general_set(EBX, DATA);
    return 0;
}

/* ---- EFLAGS ---- */

struct popf_case {
    const char *name;
    uint32_t cpl, iopl;
    uint32_t before, image, after; /* without IOPL before */
    bool word;
};

#define ALL_STATUS (FLAGS_STATUS | FLAG_DF)

static const struct popf_case popf_cases[] = {
    {"ring 0 sets all", 0, 0, 0, 0xffffffffu,
     ALL_STATUS | FLAG_TF | FLAG_IF | FLAG_IOPL | FLAG_NT | FLAG_AC | FLAG_ID, false},
    {"ring 0 clears all", 0, 3, ALL_STATUS | FLAG_IF | FLAG_NT | FLAG_AC | FLAG_ID | FLAG_RF, 0, 0,
     false},
    {"ring 3 keeps IF and IOPL", 3, 0, FLAG_IF, FLAG_IOPL | FLAG_CF | FLAG_ID,
     FLAG_IF | FLAG_CF | FLAG_ID, false},
    {"ring 3 does not set IF", 3, 0, 0, FLAG_IF | FLAG_ZF, FLAG_ZF, false},
    {"ring 3 with IOPL 3 sets IF, keeps IOPL", 3, 3, 0, FLAG_IF, FLAG_IF | FLAG_IOPL, false},
    {"ring 3 with IOPL 3 clears IF", 3, 3, FLAG_IF, 0, FLAG_IOPL, false},
    {"a word keeps the upper half", 0, 0, FLAG_ID | FLAG_AC | FLAG_IF, FLAG_CF | FLAG_NT,
     FLAG_ID | FLAG_AC | FLAG_CF | FLAG_NT, true},
    {"a word in ring 3", 3, 0, FLAG_IF | FLAG_ID, FLAG_IOPL | FLAG_OF, FLAG_IF | FLAG_ID | FLAG_OF,
     true},
};

TEST(test_popf)
{
    static const struct code codes[] = {CODE(0x9d), CODE(0x66, 0x9d)};

    for (uint32_t i = 0; i < LENGTH(popf_cases); i++) {
        const struct popf_case *test = &popf_cases[i];
        reset(NULL);
        cpu_eflags_set(test->before);
        stub_set_ring(test->cpl, test->iopl);
        stub_store32(0x8000, test->image);
        case_done(test->name, &codes[test->word]);
        assert_case(test->name, cpu_eflags(), test->after | 2u);
        assert_case(test->name, cpu_general(ESP), 0x8000 + (test->word ? 2 : 4));
    }
}

TEST(test_pushf)
{
    const struct code code = CODE(0x9c), word = CODE(0x66, 0x9c);

    cpu_eflags_set(FLAG_CF | FLAG_IF | FLAG_IOPL | FLAG_NT | FLAG_RF | FLAG_ID);
    case_done("pushf", &code);
    assert_case("pushf", stub_load32(0x7ffc),
                FLAG_CF | FLAG_IF | FLAG_IOPL | FLAG_NT | FLAG_ID | 2u);
    stub_store32(0x7ff8, 0xabcdabcdu);
    case_done("pushfw", &word);
    assert_case("pushfw", stub_load32(0x7ff8), 0x7203abcdu);
}

/* ---- interrupts ---- */

TEST(test_sti_waits_for_one_instruction)
{
    const struct code sti = CODE(0xfb), cli = CODE(0xfa);

    case_done("sti", &sti);
    assert_true(cpu.inhibited && cpu_interrupts_on());
    cpu.inhibited = false;
    case_done("sti again", &sti);
    assert_false(cpu.inhibited);
    case_done("cli", &cli);
    assert_false(cpu_interrupts_on());
}

TEST(test_hlt)
{
    const struct code hlt = CODE(0xf4);

    assert_int_equal(case_run("interrupts off", &hlt), OUTCOME_DONE);
    assert_int_equal(stub.event, EVENT_HALT);
    assert_int_equal(cpu_eip(), STUB_EIP);
    cpu.flags_kept = FLAG_IF;
    assert_int_equal(case_run("no interrupt will come", &hlt), OUTCOME_DONE);
    assert_int_equal(stub.stops, 2);
    stub.to_interrupt = 1000;
    case_done("a timer", &hlt);
    assert_int_equal(stub.passed, 1000);
    stub.interrupt_requested = true;
    case_done("already requested", &hlt);
    assert_int_equal(stub.passed, 1000);
    assert_int_equal(stub.stops, 2);
}

struct interrupt_case {
    const char *name;
    struct code code;
    uint32_t vector, origin, length;
};

static const struct interrupt_case interrupt_cases[] = {
    {"int 0x80", CODE(0xcd, 0x80), 0x80, INTERRUPT_SOFTWARE, 2},
    {"int 3, two bytes", CODE(0xcd, 3), 3, INTERRUPT_SOFTWARE, 2},
    {"int3", CODE(0xcc), VECTOR_BP, INTERRUPT_SOFTWARE, 1},
    {"into", CODE(0xce), VECTOR_OF, INTERRUPT_SOFTWARE, 1},
    {"int1", CODE(0xf1), VECTOR_DB, INTERRUPT_EXCEPTION, 0},
};

TEST(test_software_interrupts)
{
    for (uint32_t i = 0; i < LENGTH(interrupt_cases); i++) {
        const struct interrupt_case *test = &interrupt_cases[i];
        reset(NULL);
        cpu.host[REG_EFL] = FLAG_OF;
        assert_case(test->name, case_run(test->name, &test->code), OUTCOME_RAISED);
        assert_false(cpu.exception.pending);
        assert_case(test->name, stub.vector, test->vector);
        assert_case(test->name, stub.origin, test->origin);
        assert_case(test->name, stub.length, test->length);
    }
    reset(NULL);
    case_done("into without overflow", &interrupt_cases[3].code);
    assert_int_equal(stub.vector, 0xffffffffu);
}

TEST(test_bound)
{
    const struct code code = CODE(0x62, 0x03); /* bound eax, [ebx] */

    stub_store32(DATA, (uint32_t)-5);
    stub_store32(DATA + 4, 7);
    for (int32_t index = -7; index < 10; index++) {
        cpu_general_set(EAX, (uint32_t)index);
        case_raises("bound", &code, index < -5 || index > 7 ? VECTOR_BR : NO_EXCEPTION);
    }
}

TEST_FIXTURES(reset, NULL)
