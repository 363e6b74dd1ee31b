/* Far jumps, calls and returns: each check, and the registers afterwards. */
#include "kernel/stub_guest.h"
#include "support/test.h"

#include <string.h>

#define TARGET 0x1234u

/* ---- ljmp and lcall ---- */

struct far_case {
    const char *name;
    uint32_t cpl;
    uint16_t selector;
    uint16_t rights; /* of the descriptor at STUB_FREE; its limit is 0x1fff */
    uint32_t offset;
    uint32_t vector, error;
};

static const struct far_case far_cases[] = {
    {"code", 0, 0x40, 0x409b, TARGET, NO_EXCEPTION, 0},
    {"execute-only code", 0, 0x40, 0x4099, TARGET, NO_EXCEPTION, 0},
    {"code of ring 3", 3, 0x43, 0x40fb, TARGET, NO_EXCEPTION, 0},
    {"code of ring 3, RPL 0", 3, 0x40, 0x40fb, TARGET, NO_EXCEPTION, 0},
    {"conforming", 3, 0x40, 0x409f, TARGET, NO_EXCEPTION, 0},
    {"conforming, RPL 3 in ring 0", 0, 0x43, 0x409f, TARGET, NO_EXCEPTION, 0},
    {"conforming of an outer ring", 0, 0x40, 0x40ff, TARGET, VECTOR_GP, 0x40},
    {"the last byte", 0, 0x40, 0x409b, 0x1fff, NO_EXCEPTION, 0},
    {"beyond the limit", 0, 0x40, 0x409b, 0x2000, VECTOR_GP, 0},
    {"null", 0, 0, 0, TARGET, VECTOR_GP, 0},
    {"null, RPL 3", 3, 3, 0, TARGET, VECTOR_GP, 0},
    {"outside of the GDT", 0, 0x2000, 0, TARGET, VECTOR_GP, 0x2000},
    {"in an absent page", 0, STUB_ABSENT, 0, TARGET, VECTOR_PF, 0},
    {"data", 0, 0x40, 0x4093, TARGET, VECTOR_GP, 0x40},
    {"an LDT", 0, 0x40, 0x0082, TARGET, VECTOR_GP, 0x40},
    {"a busy TSS", 0, 0x40, 0x008b, TARGET, VECTOR_GP, 0x40},
    {"an interrupt gate", 0, 0x40, 0x008e, TARGET, VECTOR_GP, 0x40},
    {"code of ring 3 from ring 0", 0, 0x40, 0x40fb, TARGET, VECTOR_GP, 0x40},
    {"code of ring 0 from ring 3", 3, 0x40, 0x409b, TARGET, VECTOR_GP, 0x40},
    {"RPL 3 from ring 0", 0, 0x43, 0x409b, TARGET, VECTOR_GP, 0x40},
    {"absent", 0, 0x40, 0x401b, TARGET, VECTOR_NP, 0x40},
    {"absent code of another ring", 0, 0x40, 0x407b, TARGET, VECTOR_GP, 0x40},
    {"call gate of an inner ring", 3, 0x40, 0x008c, TARGET, VECTOR_GP, 0x40},
    {"absent call gate", 0, 0x40, 0x000c, TARGET, VECTOR_NP, 0x40},
};

static void expect_transfer(const struct far_case *far, enum outcome outcome)
{
    bool passes = far->vector == NO_EXCEPTION;
    uint32_t old_selector = far->cpl == 3 ? STUB_CODE_3 : STUB_CODE_0;

    assert_case(far->name, outcome, passes ? OUTCOME_DONE : OUTCOME_RAISED);
    if (!passes)
        assert_case(far->name, cpu.exception.error, far->error);
    assert_case(far->name, stub_exception_vector(), far->vector);
    assert_case(far->name, cpu_eip(), passes ? far->offset : STUB_CODE);
    assert_case(far->name, cpu.segment[SEG_CS].selector,
                passes ? (far->selector & ~3u) | far->cpl : old_selector);
    assert_case(far->name, cpu.segment[SEG_CS].limit, passes ? 0x1fff : UINT32_MAX);
    assert_case(far->name, cpu.cpl, far->cpl);
    assert_case(far->name, stub.ring_changes, 0);
}

static void start(const struct far_case *far)
{
    stub_reset();
    stub_enter_ring(far->cpl);
    stub_set_descriptor(STUB_FREE, 0, 0x1fff, far->rights);
}

TEST(jumps)
{
    for (size_t i = 0; i < LENGTH(far_cases); i++) {
        start(&far_cases[i]);
        expect_transfer(&far_cases[i],
                        segment_far_jump(far_cases[i].selector, far_cases[i].offset));
    }
}

TEST(calls)
{
    for (size_t i = 0; i < LENGTH(far_cases); i++) {
        const struct far_case *far = &far_cases[i];
        uint32_t esp, old_selector;

        start(far);
        esp = cpu_general(ESP);
        old_selector = cpu.segment[SEG_CS].selector;
        expect_transfer(far, segment_far_call(far->selector, far->offset, 4, 0x77665544));
        if (far->vector == NO_EXCEPTION) {
            esp -= 8;
            assert_case(far->name, stub_load32(esp), 0x77665544);
            assert_case(far->name, stub_load32(esp + 4), old_selector);
        }
        assert_case(far->name, cpu_general(ESP), esp);
    }
}

TEST(call_with_16_bit_operands)
{
    assert_int_equal(segment_far_call(STUB_CODE_0, TARGET, 2, 0x77665544), OUTCOME_DONE);
    assert_int_equal(cpu_general(ESP), STUB_STACK_0_END - 4);
    assert_int_equal(stub_load32(cpu_general(ESP)), STUB_CODE_0 << 16 | 0x5544);
}

TEST(call_without_a_stack)
{
    stub_set_page(STUB_STACK_0_END - 1, PAGE_ABSENT);
    assert_int_equal(segment_far_call(STUB_CODE_0, TARGET, 4, 0), OUTCOME_RAISED);
    assert_int_equal(cpu.exception.error, 2);
    assert_int_equal(cpu.machine.cr2.value, STUB_STACK_0_END - 4);
    assert_int_equal(stub_exception_vector(), VECTOR_PF);
    assert_int_equal(cpu_general(ESP), STUB_STACK_0_END);

    cpu.segment[SEG_SS].limit = STUB_STACK_0_END - 5;
    assert_int_equal(segment_far_call(STUB_CODE_0, TARGET, 4, 0), OUTCOME_RAISED);
    assert_int_equal(cpu.exception.error, 0);
    assert_int_equal(stub_exception_vector(), VECTOR_SS);
}

TEST(unsupported)
{
    static const struct {
        uint16_t rights;
        const char *text;
    } cases[] = {
        {0x008c, "call gate"},    {0x0084, "call gate"},    {0x0085, "task gate"},
        {0x0089, "another task"}, {0x0081, "another task"}, {0x009b, "16-bit code segment"},
    };

    for (size_t i = 0; i < LENGTH(cases); i++) {
        stub_reset();
        stub_set_descriptor(STUB_FREE, 0, 0x1fff, cases[i].rights);
        assert_int_equal(segment_far_jump(STUB_FREE, TARGET), OUTCOME_DONE);
        assert_int_equal(segment_far_call(STUB_FREE, TARGET, 4, 0), OUTCOME_DONE);
        assert_int_equal(stub.stops, 2);
        assert_int_equal(stub.event.kind, EVENT_UNSUPPORTED);
        assert_non_null(strstr(stub.event.text, cases[i].text));
        assert_non_null(strstr(stub.event.text, "0x0040"));
        assert_int_equal(cpu_eip(), STUB_CODE);
        assert_int_equal(cpu_general(ESP), STUB_STACK_0_END);
    }
}

/* ---- lret ---- */

struct return_case {
    const char *name;
    uint32_t cpl;
    uint16_t selector, rights;             /* CS, and of the descriptor at STUB_FREE */
    uint16_t stack_selector, stack_rights; /* SS, and of the descriptor at STUB_FREE_STACK */
    uint32_t eip;
    uint32_t vector, error;
};

static const struct return_case return_cases[] = {
    {"same ring", 0, 0x40, 0x409b, 0, 0, TARGET, NO_EXCEPTION, 0},
    {"same ring 3", 3, 0x43, 0x40fb, 0, 0, TARGET, NO_EXCEPTION, 0},
    {"conforming, same ring", 3, 0x43, 0x409f, 0, 0, TARGET, NO_EXCEPTION, 0},
    {"conforming, same ring 0", 0, 0x40, 0x409f, 0, 0, TARGET, NO_EXCEPTION, 0},
    {"beyond the limit", 0, 0x40, 0x409b, 0, 0, 0x2000, VECTOR_GP, 0},
    {"null", 0, 0, 0, 0, 0, TARGET, VECTOR_GP, 0},
    {"outside of the GDT", 0, 0x2000, 0, 0, 0, TARGET, VECTOR_GP, 0x2000},
    {"data", 0, 0x40, 0x4093, 0, 0, TARGET, VECTOR_GP, 0x40},
    {"a call gate", 0, 0x40, 0x008c, 0, 0, TARGET, VECTOR_GP, 0x40},
    {"to an inner ring", 3, 0x40, 0x409b, 0, 0, TARGET, VECTOR_GP, 0x40},
    {"DPL 3, RPL 0", 0, 0x40, 0x40fb, 0, 0, TARGET, VECTOR_GP, 0x40},
    {"DPL 0, RPL 3", 0, 0x43, 0x409b, 0, 0, TARGET, VECTOR_GP, 0x40},
    {"conforming of an outer ring", 0, 0x40, 0x40ff, 0, 0, TARGET, VECTOR_GP, 0x40},
    {"absent", 0, 0x40, 0x401b, 0, 0, TARGET, VECTOR_NP, 0x40},
    {"outer ring", 0, 0x43, 0x40fb, 0x4b, 0xc0f3, TARGET, NO_EXCEPTION, 0},
    {"outer ring, conforming", 0, 0x43, 0x409f, 0x4b, 0xc0f3, TARGET, NO_EXCEPTION, 0},
    {"outer ring, null stack", 0, 0x43, 0x40fb, 0x03, 0, TARGET, VECTOR_GP, 0},
    {"outer ring, stack outside", 0, 0x43, 0x40fb, 0x200b, 0, TARGET, VECTOR_GP, 0x2008},
    {"outer ring, stack's RPL", 0, 0x43, 0x40fb, 0x48, 0xc0f3, TARGET, VECTOR_GP, 0x48},
    {"outer ring, stack's DPL", 0, 0x43, 0x40fb, 0x4b, 0xc0b3, TARGET, VECTOR_GP, 0x48},
    {"outer ring, read-only stack", 0, 0x43, 0x40fb, 0x4b, 0xc0f1, TARGET, VECTOR_GP, 0x48},
    {"outer ring, absent stack", 0, 0x43, 0x40fb, 0x4b, 0xc073, TARGET, VECTOR_SS, 0x48},
    {"outer ring, beyond the limit", 0, 0x43, 0x40fb, 0x4b, 0xc0f3, 0x2000, VECTOR_GP, 0},
};

#define RELEASED 8u

static void run_return_case(const struct return_case *each)
{
    bool passes = each->vector == NO_EXCEPTION;
    uint32_t ring = each->selector & 3u, esp, expected;
    enum outcome outcome;

    stub_reset();
    stub_enter_ring(each->cpl);
    stub_set_descriptor(STUB_FREE, 0, 0x1fff, each->rights);
    stub_set_descriptor(STUB_FREE_STACK, 0, 0xfffff, each->stack_rights);
    esp = cpu_general(ESP) - 64;
    cpu_general_set(ESP, esp);
    stub_store32(esp, each->eip);
    stub_store32(esp + 4, each->selector | 0xabcd0000u);
    stub_store32(esp + 8 + RELEASED, STUB_STACK_3_END - 0x100);
    stub_store32(esp + 12 + RELEASED, each->stack_selector | 0xabcd0000u);
    outcome = segment_far_return(4, RELEASED);
    assert_case(each->name, outcome, passes ? OUTCOME_DONE : OUTCOME_RAISED);
    if (!passes)
        assert_case(each->name, cpu.exception.error, each->error);
    assert_case(each->name, stub_exception_vector(), each->vector);
    expected = !passes            ? esp
               : ring > each->cpl ? STUB_STACK_3_END - 0x100 + RELEASED
                                  : esp + 8 + RELEASED;
    assert_case(each->name, cpu_general(ESP), expected);
    assert_case(each->name, cpu_eip(), passes ? each->eip : STUB_CODE);
    assert_case(each->name, cpu.cpl, passes ? ring : each->cpl);
    if (passes)
        assert_case(each->name, cpu.segment[SEG_CS].selector, each->selector);
    if (passes && ring > each->cpl)
        assert_case(each->name, cpu.segment[SEG_SS].selector, each->stack_selector);
}

TEST(returns)
{
    for (size_t i = 0; i < LENGTH(return_cases); i++)
        run_return_case(&return_cases[i]);
}

TEST(return_with_16_bit_operands)
{
    cpu_general_set(ESP, STUB_STACK_0_END - 8);
    stub_store32(STUB_STACK_0_END - 8, TARGET | STUB_CODE_3 << 16);
    stub_store32(STUB_STACK_0_END - 4, 0x9876u | STUB_DATA_3 << 16);
    assert_int_equal(segment_far_return(2, 0), OUTCOME_DONE);
    assert_int_equal(cpu_eip(), TARGET);
    assert_int_equal(cpu_general(ESP), 0x9876);
    assert_int_equal(cpu.cpl, 3);
}

/* A return drops data segments that ring 3 may not have, and keeps conforming code. */
TEST(return_drops_data_segments)
{
    cpu.segment[SEG_FS] = (struct segment){STUB_CONFORMING, RIGHTS_CONFORMING, 0, UINT32_MAX};
    cpu.segment[SEG_ES] = (struct segment){STUB_DATA_3, RIGHTS_DATA_3, 0, UINT32_MAX};
    cpu.segment[SEG_GS] = (struct segment){STUB_CODE_0, RIGHTS_CODE_0, 0, UINT32_MAX};
    cpu_general_set(ESP, STUB_STACK_0_END - 16);
    stub_store32(STUB_STACK_0_END - 16, TARGET);
    stub_store32(STUB_STACK_0_END - 12, STUB_CODE_3);
    stub_store32(STUB_STACK_0_END - 8, STUB_STACK_3_END);
    stub_store32(STUB_STACK_0_END - 4, STUB_DATA_3);
    assert_int_equal(segment_far_return(4, 0), OUTCOME_DONE);
    assert_int_equal(cpu.segment[SEG_DS].selector, 0);
    assert_int_equal(cpu.segment[SEG_DS].rights, 0);
    assert_int_equal(cpu.segment[SEG_ES].rights, RIGHTS_DATA_3);
    assert_int_equal(cpu.segment[SEG_FS].rights, RIGHTS_CONFORMING);
    assert_int_equal(cpu.segment[SEG_GS].rights, 0);
}

TEST(return_beyond_the_stack)
{
    cpu.segment[SEG_SS].limit = STUB_STACK_0_END - 1;
    cpu_general_set(ESP, STUB_STACK_0_END - 4);
    assert_int_equal(segment_far_return(4, 0), OUTCOME_RAISED);
    assert_int_equal(cpu.exception.error, 0);
    assert_int_equal(stub_exception_vector(), VECTOR_SS);
    assert_int_equal(cpu_general(ESP), STUB_STACK_0_END - 4);

    cpu.segment[SEG_SS].limit = UINT32_MAX;
    stub_set_page(STUB_STACK_0_END, PAGE_ABSENT);
    assert_int_equal(segment_far_return(4, 0), OUTCOME_RAISED);
    assert_int_equal(cpu.machine.cr2.value, STUB_STACK_0_END);
    assert_int_equal(stub_exception_vector(), VECTOR_PF);
}

TEST(return_to_16_bit_code)
{
    stub_set_descriptor(STUB_FREE, 0, 0x1fff, 0x009b);
    cpu_general_set(ESP, STUB_STACK_0_END - 8);
    stub_store32(STUB_STACK_0_END - 4, STUB_FREE);
    assert_int_equal(segment_far_return(4, 0), OUTCOME_DONE);
    assert_int_equal(stub.event.kind, EVENT_UNSUPPORTED);
    assert_int_equal(cpu_eip(), STUB_CODE);
}

TEST_FIXTURES(stub_setup, NULL)
