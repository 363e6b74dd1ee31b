/* Segment registers: each check of a load, LLDT, LTR, and LAR, LSL, VERR and VERW. */
#include "kernel/stub_guest.h"
#include "runner/segment_rules.h"
#include "support/test.h"

/* ---- loads ---- */

struct load_case {
    const char *name;
    uint32_t cpl;
    uint32_t segment;
    uint16_t selector;
    uint16_t rights; /* of the descriptor at STUB_FREE */
    uint32_t vector, error;
};

static const struct load_case load_cases[] = {
    {"data", 0, SEG_DS, 0x40, 0xc093, NO_EXCEPTION, 0},
    {"data, ring 3", 3, SEG_ES, 0x43, 0xc0f3, NO_EXCEPTION, 0},
    {"read-only data", 0, SEG_FS, 0x40, 0xc091, NO_EXCEPTION, 0},
    {"readable code", 0, SEG_GS, 0x40, 0xc09b, NO_EXCEPTION, 0},
    {"execute-only code", 0, SEG_DS, 0x40, 0xc099, VECTOR_GP, 0x40},
    {"conforming code, from an outer ring", 3, SEG_DS, 0x43, 0xc09f, NO_EXCEPTION, 0},
    {"execute-only conforming code", 0, SEG_DS, 0x40, 0xc09d, VECTOR_GP, 0x40},
    {"code of ring 0, from ring 3", 3, SEG_DS, 0x43, 0xc09b, VECTOR_GP, 0x40},
    {"data of ring 0, from ring 3", 3, SEG_DS, 0x40, 0xc093, VECTOR_GP, 0x40},
    {"data of ring 0, RPL 3", 0, SEG_DS, 0x43, 0xc093, VECTOR_GP, 0x40},
    {"data of ring 3, RPL 3, from ring 0", 0, SEG_DS, 0x43, 0xc0f3, NO_EXCEPTION, 0},
    {"an LDT's descriptor", 0, SEG_DS, 0x40, 0x0082, VECTOR_GP, 0x40},
    {"absent data", 0, SEG_DS, 0x40, 0xc013, VECTOR_NP, 0x40},
    {"absent data of another ring", 3, SEG_DS, 0x43, 0xc013, VECTOR_GP, 0x40},
    {"absent execute-only code", 0, SEG_DS, 0x40, 0xc019, VECTOR_GP, 0x40},
    {"null", 0, SEG_DS, 0, 0, NO_EXCEPTION, 0},
    {"null with RPL", 3, SEG_GS, 3, 0, NO_EXCEPTION, 0},
    {"outside of the GDT", 0, SEG_DS, 0x2000, 0, VECTOR_GP, 0x2000},
    {"outside of the GDT, RPL 3", 3, SEG_DS, 0xfffb, 0, VECTOR_GP, 0xfff8},
    {"outside of the LDT", 0, SEG_DS, 0x104, 0, VECTOR_GP, 0x104},
    {"the LDT's first is not null", 0, SEG_DS, 0x4, 0, VECTOR_GP, 0x4},
    {"a descriptor in an absent page", 3, SEG_DS, STUB_ABSENT, 0, VECTOR_PF, 0},
    {"stack", 0, SEG_SS, 0x40, 0xc093, NO_EXCEPTION, 0},
    {"stack that expands down", 0, SEG_SS, 0x40, 0xc097, NO_EXCEPTION, 0},
    {"stack of ring 3", 3, SEG_SS, 0x43, 0xc0f3, NO_EXCEPTION, 0},
    {"null stack", 0, SEG_SS, 0, 0, VECTOR_GP, 0},
    {"null stack with RPL", 3, SEG_SS, 3, 0, VECTOR_GP, 0},
    {"read-only stack", 0, SEG_SS, 0x40, 0xc091, VECTOR_GP, 0x40},
    {"code as a stack", 0, SEG_SS, 0x40, 0xc09b, VECTOR_GP, 0x40},
    {"a system descriptor as a stack", 0, SEG_SS, 0x40, 0x0082, VECTOR_GP, 0x40},
    {"stack of ring 3, in ring 0", 0, SEG_SS, 0x40, 0xc0f3, VECTOR_GP, 0x40},
    {"stack of ring 0, RPL 3", 0, SEG_SS, 0x43, 0xc093, VECTOR_GP, 0x40},
    {"stack of ring 3, RPL 0", 3, SEG_SS, 0x40, 0xc0f3, VECTOR_GP, 0x40},
    {"absent stack", 0, SEG_SS, 0x40, 0xc013, VECTOR_SS, 0x40},
    {"absent read-only stack", 0, SEG_SS, 0x40, 0xc011, VECTOR_GP, 0x40},
    {"stack outside of the GDT", 0, SEG_SS, 0x2008, 0, VECTOR_GP, 0x2008},
};

static void expect_loaded(const struct load_case *load)
{
    const struct segment *loaded = &cpu.segment[load->segment];
    bool null = selector_is_null(load->selector);

    assert_case(load->name, loaded->selector, load->selector);
    assert_case(load->name, loaded->rights, null ? 0 : load->rights);
    assert_case(load->name, loaded->base, null ? 0 : 0x12345678);
    assert_case(load->name, loaded->limit, null ? 0 : 0x54321fff);
}

static void run_load_case(const struct load_case *load)
{
    struct segment before;
    bool passes;

    stub_reset();
    stub_enter_ring(load->cpl);
    stub_set_descriptor(STUB_FREE, 0x12345678, 0x54321, load->rights);
    before = cpu.segment[load->segment];
    passes = segment_load(load->segment, load->selector);
    assert_case(load->name, passes, load->vector == NO_EXCEPTION);
    if (!passes)
        assert_case(load->name, cpu.exception.error, load->error);
    assert_case(load->name, stub_exception_vector(), load->vector);
    assert_case(load->name, cpu.inhibited, passes && load->segment == SEG_SS);
    if (passes)
        expect_loaded(load);
    else
        assert_memory_equal(&before, &cpu.segment[load->segment], sizeof before);
}

TEST(loads)
{
    for (size_t i = 0; i < LENGTH(load_cases); i++)
        run_load_case(&load_cases[i]);
}

/*
 * The rules of the manual's pseudo-code for MOV, in its words. Returns the vector that a load of
 * this descriptor, with this RPL, in this ring must raise.
 */
static uint32_t expected_of_load(bool stack, uint32_t rights, uint32_t rpl, uint32_t cpl)
{
    uint32_t type = rights & 0xf, dpl = rights >> 5 & 3;
    bool system = !(rights & 0x10), present = rights & 0x80;
    bool writable_data = !system && (type == 2 || type == 3 || type == 6 || type == 7);
    bool any_data = !system && type < 8;
    bool readable_code = !system && (type == 10 || type == 11 || type == 14 || type == 15);
    bool nonconforming_code = !system && type >= 8 && type < 12;

    if (stack) {
        if (rpl != cpl || !writable_data || dpl != cpl)
            return VECTOR_GP;
        return present ? NO_EXCEPTION : VECTOR_SS;
    }
    if (!any_data && !readable_code)
        return VECTOR_GP;
    if ((any_data || nonconforming_code) && (rpl > dpl || cpl > dpl))
        return VECTOR_GP;
    return present ? NO_EXCEPTION : VECTOR_NP;
}

TEST(loads_of_all_descriptors)
{
    for (uint32_t cases = 0; cases < 1u << 13; cases++) {
        uint16_t rights = (uint16_t)(0xc000u | (cases & 0xffu));
        uint32_t rpl = cases >> 8 & 3, cpl = cases >> 10 & 3;
        bool stack = cases >> 12;
        uint32_t vector, expected = expected_of_load(stack, rights, rpl, cpl);

        stub_enter_ring(0);
        cpu.cpl = cpl;
        stub_set_descriptor(STUB_FREE, 0, 0xfffff, rights);
        segment_load(stack ? SEG_SS : SEG_DS, (uint16_t)(STUB_FREE | rpl));
        vector = stub_exception_vector();
        if (vector != expected)
            fail_msg("rights 0x%04x, RPL %u, CPL %u, %s: vector %d, not %d", rights, rpl, cpl,
                     stack ? "SS" : "DS", (int)vector, (int)expected);
        assert_int_equal(stub_descriptor_rights(STUB_FREE),
                         expected == NO_EXCEPTION ? rights | 1u : rights);
    }
}

TEST(accessed_bit)
{
    stub_set_descriptor(STUB_FREE, 0, 0xfffff, 0xc092);
    assert_true(segment_load(SEG_DS, STUB_FREE));
    assert_int_equal(stub_descriptor_rights(STUB_FREE), 0xc093);
    assert_int_equal(cpu.segment[SEG_DS].rights, 0xc093);
    assert_int_equal(stub.writes, 1);
    assert_true(segment_load(SEG_ES, STUB_FREE));
    assert_int_equal(stub.writes, 1);
}

TEST(accessed_bit_in_a_read_only_table)
{
    stub_set_descriptor(STUB_FREE, 0, 0xfffff, 0xc092);
    stub_set_page(STUB_GDT, PAGE_IS_PRESENT);
    assert_false(segment_load(SEG_DS, STUB_FREE));
    assert_int_equal(cpu.exception.error, 3);
    assert_int_equal(cpu.machine.cr2.value, STUB_GDT + STUB_FREE + 5);
    assert_int_equal(stub_exception_vector(), VECTOR_PF);
    assert_int_equal(cpu.segment[SEG_DS].selector, STUB_DATA_0);
    assert_true(segment_load(SEG_DS, STUB_DATA_0));
}

TEST(local_table)
{
    stub_set_descriptor(0x0c, 0x1000, 0x00fff, 0x40f2);
    assert_true(segment_load(SEG_FS, 0x0f));
    assert_int_equal(cpu.segment[SEG_FS].base, 0x1000);
    assert_int_equal(cpu.segment[SEG_FS].limit, 0xfff);
    cpu.ldt = (struct segment){0};
    assert_false(segment_load(SEG_FS, 0x0f));
    assert_int_equal(cpu.exception.error, 0x0c);
    assert_int_equal(stub_exception_vector(), VECTOR_GP);
}

/* A descriptor is inside its table when its last byte is. */
TEST(table_limits)
{
    cpu.gdt.limit = STUB_DATA_0 + 7;
    assert_true(segment_load(SEG_DS, STUB_DATA_0));
    cpu.gdt.limit = STUB_DATA_0 + 6;
    assert_false(segment_load(SEG_DS, STUB_DATA_0));
    cpu.gdt.limit = 0;
    assert_false(segment_load(SEG_DS, STUB_DATA_0));
    assert_int_equal(stub_exception_vector(), VECTOR_GP);
}

TEST(limits)
{
    static const struct {
        struct segment segment;
        uint32_t offset, bytes;
        bool holds;
    } cases[] = {
        {{0, 0xc093, 0, 0xffffffff}, 0xffffffff, 1, true},
        {{0, 0xc093, 0, 0xffffffff}, 0xfffffffe, 4, true},
        {{0, 0xc093, 0, 0xfffffffe}, 0xfffffffe, 4, false},
        {{0, 0x4093, 0, 0xfff}, 0xffc, 4, true},
        {{0, 0x4093, 0, 0xfff}, 0xffd, 4, false},
        {{0, 0x4093, 0, 0xfff}, 0xfffffffd, 4, false},
        {{0, 0x4097, 0, 0xfff}, 0xfff, 1, false},
        {{0, 0x4097, 0, 0xfff}, 0x1000, 4, true},
        {{0, 0x4097, 0, 0xfff}, 0xfffffffc, 4, true},
        {{0, 0x4097, 0, 0xfff}, 0xfffffffd, 4, false},
        {{0, 0x0097, 0, 0xfff}, 0xfffc, 4, true},
        {{0, 0x0097, 0, 0xfff}, 0xfffd, 4, false},
        {{0, 0xc097, 0, 0xffffffff}, 0xffffffff, 1, false},
        {{0, 0xc09f, 0, 0xfff}, 0xffc, 4, true}, /* conforming, not down */
    };

    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_int_equal(segment_holds(&cases[i].segment, cases[i].offset, cases[i].bytes),
                         cases[i].holds);
}

/* ---- LLDT and LTR ---- */

struct system_case {
    const char *name;
    bool task;
    uint32_t cpl;
    uint16_t selector, rights;
    uint32_t vector, error;
};

static const struct system_case system_cases[] = {
    {"LDT", false, 0, 0x40, 0x82, NO_EXCEPTION, 0},
    {"null LDT", false, 0, 0x3, 0x82, NO_EXCEPTION, 0},
    {"LLDT in ring 3", false, 3, 0x40, 0x82, VECTOR_GP, 0},
    {"LLDT of a selector of the LDT", false, 0, 0x44, 0x82, VECTOR_GP, 0x44},
    {"LLDT of a TSS", false, 0, 0x40, 0x89, VECTOR_GP, 0x40},
    {"LLDT of data", false, 0, 0x40, 0x92, VECTOR_GP, 0x40},
    {"LLDT, absent", false, 0, 0x40, 0x02, VECTOR_NP, 0x40},
    {"LLDT, outside", false, 0, 0x2000, 0, VECTOR_GP, 0x2000},
    {"TSS", true, 0, 0x40, 0x89, NO_EXCEPTION, 0},
    {"TSS of 16 bits", true, 0, 0x40, 0x81, NO_EXCEPTION, 0},
    {"busy TSS", true, 0, 0x40, 0x8b, VECTOR_GP, 0x40},
    {"null TSS", true, 0, 0x0, 0x89, VECTOR_GP, 0},
    {"LTR in ring 3", true, 3, 0x40, 0x89, VECTOR_GP, 0},
    {"LTR of a selector of the LDT", true, 0, 0x44, 0x89, VECTOR_GP, 0x44},
    {"LTR of an LDT", true, 0, 0x40, 0x82, VECTOR_GP, 0x40},
    {"LTR of code", true, 0, 0x40, 0x99, VECTOR_GP, 0x40},
    {"LTR, absent", true, 0, 0x40, 0x09, VECTOR_NP, 0x40},
};

static void expect_system_loaded(const struct system_case *load)
{
    const struct segment *loaded = load->task ? &cpu.task : &cpu.ldt;
    bool null = selector_is_null(load->selector);
    uint32_t rights = load->rights | (load->task ? SYSTEM_BUSY : 0);

    assert_case(load->name, loaded->selector, load->selector);
    assert_case(load->name, loaded->rights, null ? 0 : rights);
    assert_case(load->name, loaded->base, null ? 0 : 0x00abc000);
    assert_case(load->name, loaded->limit, null ? 0 : 0x67);
    assert_case(load->name, stub_descriptor_rights(STUB_FREE), rights);
}

TEST(system_registers)
{
    for (size_t i = 0; i < LENGTH(system_cases); i++) {
        const struct system_case *load = &system_cases[i];
        bool passes;

        stub_reset();
        stub_enter_ring(load->cpl);
        stub_set_descriptor(STUB_FREE, 0x00abc000, 0x67, load->rights);
        passes = load->task ? segment_load_task(load->selector) : segment_load_ldt(load->selector);
        assert_case(load->name, passes, load->vector == NO_EXCEPTION);
        if (!passes)
            assert_case(load->name, cpu.exception.error, load->error);
        assert_case(load->name, stub_exception_vector(), load->vector);
        if (passes)
            expect_system_loaded(load);
    }
}

/* ---- LAR, LSL, VERR, VERW ---- */

#define LAR  1
#define LSL  2
#define VERR 4
#define VERW 8

static int valid_for(uint16_t selector)
{
    uint32_t value;

    return (segment_access_rights(selector, &value) ? LAR : 0) |
           (segment_limit(selector, &value) ? LSL : 0) |
           (segment_verify(selector, false) ? VERR : 0) |
           (segment_verify(selector, true) ? VERW : 0);
}

/* The types of descriptors that LAR, LSL, VERR and VERW accept: system types (tables of LAR and LSL
   in vol. 2A), and types of code and data. */
static const unsigned char system_types[16] = {
    [1] = LAR | LSL, [2] = LAR | LSL, [3] = LAR | LSL,  [4] = LAR,
    [5] = LAR,       [9] = LAR | LSL, [11] = LAR | LSL, [12] = LAR,
};

static const unsigned char program_types[16] = {
    [0] = LAR | LSL | VERR,
    [1] = LAR | LSL | VERR,
    [2] = LAR | LSL | VERR | VERW,
    [3] = LAR | LSL | VERR | VERW,
    [4] = LAR | LSL | VERR,
    [5] = LAR | LSL | VERR,
    [6] = LAR | LSL | VERR | VERW,
    [7] = LAR | LSL | VERR | VERW,
    [8] = LAR | LSL,
    [9] = LAR | LSL,
    [10] = LAR | LSL | VERR,
    [11] = LAR | LSL | VERR,
    [12] = LAR | LSL,
    [13] = LAR | LSL,
    [14] = LAR | LSL | VERR,
    [15] = LAR | LSL | VERR,
};

TEST(queries_of_all_types)
{
    for (uint32_t cases = 0; cases < 1u << 12; cases++) {
        uint32_t type = cases & 0xf, dpl = cases >> 5 & 3;
        uint32_t rpl = cases >> 8 & 3, cpl = cases >> 10 & 3;
        bool program = cases & 0x10, conforming = program && type >= 12;
        int expected = program ? program_types[type] : system_types[type];

        cpu.cpl = cpl;
        stub_set_descriptor(STUB_FREE, 0, 0xfffff, (uint16_t)(0xc000 | (cases & 0xff)));
        if (!conforming && (rpl > dpl || cpl > dpl))
            expected = 0;
        if (valid_for((uint16_t)(STUB_FREE | rpl)) != expected)
            fail_msg("rights 0x%02x, RPL %u, CPL %u", cases & 0xff, rpl, cpl);
        assert_int_equal(stub_exception_vector(), NO_EXCEPTION);
    }
    assert_int_equal(stub.writes, 0);
}

TEST(queries_of_no_descriptor)
{
    assert_int_equal(valid_for(0), 0);
    assert_int_equal(valid_for(3), 0);
    assert_int_equal(valid_for(0x2000), 0);
    assert_int_equal(valid_for(0x104), 0);
    assert_int_equal(stub_exception_vector(), NO_EXCEPTION);
    assert_int_equal(valid_for(STUB_ABSENT), 0);
    assert_int_equal(stub_exception_vector(), VECTOR_PF);
}

TEST(results_of_queries)
{
    uint32_t value;

    stub_set_descriptor(STUB_FREE, 0x12345678, 0xabcde, 0xd0f2);
    assert_true(segment_access_rights(STUB_FREE, &value));
    assert_int_equal(value, 0x00d0f200);
    assert_true(segment_limit(STUB_FREE, &value));
    assert_int_equal(value, 0xabcdefff);
    stub_set_descriptor(STUB_FREE, 0x12345678, 0xabcde, 0x40f2);
    assert_true(segment_limit(STUB_FREE, &value));
    assert_int_equal(value, 0xabcde);
}

TEST_FIXTURES(stub_setup, NULL)
