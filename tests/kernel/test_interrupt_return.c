/* iret: each check, the flags that it may change, and that it reverses a delivery. */
#include "kernel/stub_guest.h"
#include "replay/random.h"
#include "support/test.h"

#include <string.h>

#define TARGET   0x1234u
#define USER_ESP (STUB_STACK_3_END - 0x100)

/* Push a frame below the current stack's end. Returns ESP. */
static uint32_t push_frame(uint32_t eip, uint32_t cs, uint32_t flags, uint32_t esp, uint32_t ss)
{
    const uint32_t frame[] = {eip, cs, flags, esp, ss};
    uint32_t at = cpu_general(ESP) - 64;

    stub_store(at, frame, sizeof frame);
    cpu_general_set(ESP, at);
    return at;
}

/* ---- segments ---- */

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
    {"same ring, conforming", 3, 0x43, 0x409f, 0, 0, TARGET, NO_EXCEPTION, 0},
    {"the last byte", 0, 0x40, 0x409b, 0, 0, 0x1fff, NO_EXCEPTION, 0},
    {"conforming, same ring 0", 0, 0x40, 0x409f, 0, 0, TARGET, NO_EXCEPTION, 0},
    {"beyond the limit", 0, 0x40, 0x409b, 0, 0, 0x2000, VECTOR_GP, 0},
    {"null", 0, 0, 0, 0, 0, TARGET, VECTOR_GP, 0},
    {"null, RPL 3", 0, 3, 0, 0, 0, TARGET, VECTOR_GP, 0},
    {"outside of the GDT", 0, 0x2000, 0, 0, 0, TARGET, VECTOR_GP, 0x2000},
    {"in an absent page", 0, STUB_ABSENT, 0, 0, 0, TARGET, VECTOR_PF, 0},
    {"data", 0, 0x40, 0x4093, 0, 0, TARGET, VECTOR_GP, 0x40},
    {"a TSS", 0, 0x40, 0x0089, 0, 0, TARGET, VECTOR_GP, 0x40},
    {"to an inner ring", 3, 0x40, 0x409b, 0, 0, TARGET, VECTOR_GP, 0x40},
    {"DPL 3, RPL 0", 0, 0x40, 0x40fb, 0, 0, TARGET, VECTOR_GP, 0x40},
    {"DPL 0, RPL 3", 0, 0x43, 0x409b, 0, 0, TARGET, VECTOR_GP, 0x40},
    {"conforming of an outer ring", 0, 0x40, 0x40ff, 0, 0, TARGET, VECTOR_GP, 0x40},
    {"absent", 0, 0x40, 0x401b, 0, 0, TARGET, VECTOR_NP, 0x40},
    {"outer ring", 0, 0x43, 0x40fb, 0x4b, 0xc0f3, TARGET, NO_EXCEPTION, 0},
    {"outer ring 1", 0, 0x41, 0x40bb, 0x49, 0xc0b3, TARGET, NO_EXCEPTION, 0},
    {"outer ring, conforming", 0, 0x43, 0x409f, 0x4b, 0xc0f3, TARGET, NO_EXCEPTION, 0},
    {"outer ring, null stack", 0, 0x43, 0x40fb, 0x03, 0, TARGET, VECTOR_GP, 0},
    {"outer ring, stack outside", 0, 0x43, 0x40fb, 0x200b, 0, TARGET, VECTOR_GP, 0x2008},
    {"outer ring, stack's RPL", 0, 0x43, 0x40fb, 0x48, 0xc0f3, TARGET, VECTOR_GP, 0x48},
    {"outer ring, stack's DPL", 0, 0x43, 0x40fb, 0x4b, 0xc093, TARGET, VECTOR_GP, 0x48},
    {"outer ring, read-only stack", 0, 0x43, 0x40fb, 0x4b, 0xc0f1, TARGET, VECTOR_GP, 0x48},
    {"outer ring, code as a stack", 0, 0x43, 0x40fb, 0x4b, 0xc0fb, TARGET, VECTOR_GP, 0x48},
    {"outer ring, absent stack", 0, 0x43, 0x40fb, 0x4b, 0xc073, TARGET, VECTOR_SS, 0x48},
    {"outer ring, beyond the limit", 0, 0x43, 0x40fb, 0x4b, 0xc0f3, 0x2000, VECTOR_GP, 0},
};

static void run_return_case(const struct return_case *each)
{
    bool passes = each->vector == NO_EXCEPTION;
    uint32_t ring = each->selector & 3u, esp, flags;
    bool outer = ring > each->cpl;
    enum outcome outcome;

    stub_reset();
    stub_enter_ring(each->cpl);
    stub_set_descriptor(STUB_FREE, 0, 0x1fff, each->rights);
    stub_set_descriptor(STUB_FREE_STACK, 0, 0xfffff, each->stack_rights);
    esp = push_frame(each->eip, each->selector | 0xffff0000u, FLAG_CF, USER_ESP,
                     each->stack_selector | 0xffff0000u);
    flags = cpu_eflags();
    outcome = interrupt_return(4);
    assert_case(each->name, outcome, passes ? OUTCOME_DONE : OUTCOME_RAISED);
    if (!passes)
        assert_case(each->name, cpu.exception.error, each->error);
    assert_case(each->name, stub_exception_vector(), each->vector);
    assert_case(each->name, cpu_eip(), passes ? each->eip : STUB_CODE);
    assert_case(each->name, cpu.cpl, passes ? ring : each->cpl);
    assert_case(each->name, cpu_eflags() & FLAG_CF, passes ? FLAG_CF : flags & FLAG_CF);
    if (!passes) {
        assert_case(each->name, cpu_general(ESP), esp);
        return;
    }
    assert_case(each->name, cpu_general(ESP), outer ? USER_ESP : esp + 12);
    assert_case(each->name, cpu.segment[SEG_CS].selector, each->selector);
    if (outer)
        assert_case(each->name, cpu.segment[SEG_SS].selector, each->stack_selector);
    assert_case(each->name, stub_descriptor_rights(STUB_FREE), each->rights | 1);
}

TEST(returns)
{
    for (size_t i = 0; i < LENGTH(return_cases); i++)
        run_return_case(&return_cases[i]);
}

TEST(drops_data_segments)
{
    cpu.segment[SEG_ES] = (struct segment){STUB_DATA_3, RIGHTS_DATA_3, 0, UINT32_MAX};
    cpu.segment[SEG_FS] = (struct segment){STUB_CONFORMING, RIGHTS_CONFORMING, 0, UINT32_MAX};
    cpu.segment[SEG_GS] = (struct segment){.selector = 3};
    push_frame(TARGET, STUB_CODE_3, FLAG_IF, USER_ESP, STUB_DATA_3);
    assert_int_equal(interrupt_return(4), OUTCOME_DONE);
    assert_int_equal(cpu.segment[SEG_DS].selector, 0);
    assert_int_equal(cpu.segment[SEG_DS].rights, 0);
    assert_int_equal(cpu.segment[SEG_ES].selector, STUB_DATA_3);
    assert_int_equal(cpu.segment[SEG_ES].rights, RIGHTS_DATA_3);
    assert_int_equal(cpu.segment[SEG_FS].rights, RIGHTS_CONFORMING);
    assert_int_equal(cpu.segment[SEG_GS].selector, 3);
}

/* A return to the same ring keeps data segments. */
TEST(keeps_data_segments)
{
    push_frame(TARGET, STUB_CODE_0, FLAG_IF, 0, 0);
    assert_int_equal(interrupt_return(4), OUTCOME_DONE);
    assert_int_equal(cpu.segment[SEG_DS].selector, STUB_DATA_0);
    assert_int_equal(stub.ring_changes, 0);
}

/* ---- flags ---- */

#define ALL_FLAGS                                                                                  \
    (FLAGS_NATIVE | FLAG_IF | FLAG_IOPL | FLAG_NT | FLAG_RF | FLAG_AC | FLAG_ID | 0x00180000u)
#define LOW_FLAGS (FLAGS_NATIVE | FLAG_NT)

TEST(flags)
{
    static const struct {
        const char *name;
        uint32_t cpl, operand_bytes;
        uint32_t before, popped, after; /* without the bit that is always 1 */
    } cases[] = {
        {"ring 0", 0, 4, 0, ALL_FLAGS, LOW_FLAGS | FLAG_IF | FLAG_IOPL | FLAG_AC | FLAG_ID},
        {"ring 0, clears", 0, 4, FLAG_IF | FLAG_IOPL | FLAG_AC | FLAG_ID | FLAG_CF, 0, 0},
        {"ring 3, IOPL 0", 3, 4, FLAG_IF, ALL_FLAGS & ~FLAG_IF,
         LOW_FLAGS | FLAG_IF | FLAG_AC | FLAG_ID},
        {"ring 3, IOPL 3", 3, 4, FLAG_IF | FLAG_IOPL, 0, FLAG_IOPL},
        {"ring 3, VM is not looked at", 3, 4, FLAG_IF, FLAG_VM, FLAG_IF},
        {"ring 1, IOPL 1", 1, 4, 0x1000, FLAG_IF | FLAG_IOPL, 0x1000 | FLAG_IF},
        {"ring 1, IOPL 0", 1, 4, 0, FLAG_IF | FLAG_IOPL, 0},
        {"16 bits", 0, 2, FLAG_AC | FLAG_ID, LOW_FLAGS | FLAG_IF | FLAG_IOPL,
         LOW_FLAGS | FLAG_IF | FLAG_IOPL | FLAG_AC | FLAG_ID},
    };

    for (size_t i = 0; i < LENGTH(cases); i++) {
        const uint32_t cpl = cases[i].cpl;
        uint16_t selector = (uint16_t)(STUB_FREE | cpl);
        uint16_t halves[3] = {TARGET, selector, (uint16_t)cases[i].popped};

        stub_reset();
        stub_enter_ring(cpl == 3 ? 3 : 0);
        cpu.cpl = cpl;
        stub_set_descriptor(STUB_FREE, 0, 0xfffff, (uint16_t)(RIGHTS_CODE_0 | cpl << 5));
        cpu_eflags_set(cases[i].before);
        push_frame(TARGET, selector, cases[i].popped, 0, 0);
        if (cases[i].operand_bytes == 2)
            stub_store(cpu_general(ESP), halves, sizeof halves);
        assert_case(cases[i].name, interrupt_return(cases[i].operand_bytes), OUTCOME_DONE);
        assert_case(cases[i].name, cpu_eflags(), cases[i].after | 2);
    }
}

/* On a return to an outer ring, the inner ring's rights decide which flags are loaded. */
TEST(flags_of_the_outer_ring)
{
    cpu_eflags_set(0);
    push_frame(TARGET, STUB_CODE_3, FLAG_IF | FLAG_IOPL, USER_ESP, STUB_DATA_3);
    assert_int_equal(interrupt_return(4), OUTCOME_DONE);
    assert_int_equal(cpu_eflags(), 2 | FLAG_IF | FLAG_IOPL);
}

/* ---- operands and stacks ---- */

TEST(operands_of_16_bits)
{
    const uint16_t frame[] = {TARGET, STUB_CODE_3, FLAG_IF, 0x4321, STUB_DATA_3};

    cpu_general_set(ESP, STUB_STACK_0_END - sizeof frame);
    stub_store(STUB_STACK_0_END - sizeof frame, frame, sizeof frame);
    assert_int_equal(interrupt_return(2), OUTCOME_DONE);
    assert_int_equal(cpu_eip(), TARGET);
    assert_int_equal(cpu_general(ESP), 0x4321);
    assert_int_equal(cpu.cpl, 3);
    assert_int_equal(cpu_eflags(), 2 | FLAG_IF);
}

/* A 16-bit outer stack loads only SP. */
TEST(outer_stack_of_16_bits)
{
    stub_set_descriptor(STUB_FREE_STACK, 0, 0xffff, 0x00f3);
    push_frame(TARGET, STUB_CODE_3, 0, 0x88889999, STUB_FREE_STACK | 3);
    assert_int_equal(interrupt_return(4), OUTCOME_DONE);
    assert_int_equal(cpu_general(ESP), (STUB_STACK_0_END & 0xffff0000u) | 0x9999u);
}

TEST(frame_that_wraps)
{
    cpu_general_set(ESP, 0xfffffffc);
    stub_store32(0xfffffffc, TARGET);
    stub_store32(0, STUB_CODE_0);
    stub_store32(4, FLAG_CF);
    assert_int_equal(interrupt_return(4), OUTCOME_DONE);
    assert_int_equal(cpu_eip(), TARGET);
    assert_int_equal(cpu_general(ESP), 8);
}

TEST(beyond_the_stack)
{
    uint32_t esp;

    /* The outer ring's SS is outside of the limit, and then in absent memory. */
    esp = push_frame(TARGET, STUB_CODE_3, 0, USER_ESP, STUB_DATA_3);
    cpu.segment[SEG_SS].limit = esp + 18;
    assert_int_equal(interrupt_return(4), OUTCOME_RAISED);
    assert_int_equal(cpu.exception.error, 0);
    assert_int_equal(stub_exception_vector(), VECTOR_SS);

    cpu.segment[SEG_SS].limit = UINT32_MAX;
    cpu_general_set(ESP, STUB_STACK_0_END - 12);
    stub_store32(STUB_STACK_0_END - 8, STUB_CODE_3);
    stub_set_page(STUB_STACK_0_END, PAGE_ABSENT);
    assert_int_equal(interrupt_return(4), OUTCOME_RAISED);
    assert_int_equal(cpu.machine.cr2.value, STUB_STACK_0_END);
    assert_int_equal(stub_exception_vector(), VECTOR_PF);
    assert_int_equal(cpu.cpl, 0);
    assert_int_equal(cpu_general(ESP), STUB_STACK_0_END - 12);
}

TEST(unsupported)
{
    static const struct {
        uint32_t flags, popped;
        uint16_t rights;
        const char *text;
    } cases[] = {
        {FLAG_NT, 0, RIGHTS_CODE_0, "another task"},
        {0, FLAG_VM, RIGHTS_CODE_0, "virtual-8086"},
        {0, 0, 0x009b, "16-bit code segment"},
    };

    for (size_t i = 0; i < LENGTH(cases); i++) {
        uint32_t esp;

        stub_reset();
        stub_set_descriptor(STUB_FREE, 0, 0xfffff, cases[i].rights);
        cpu_eflags_set(cases[i].flags);
        esp = push_frame(TARGET, STUB_FREE, cases[i].popped, 0, 0);
        assert_int_equal(interrupt_return(4), OUTCOME_DONE);
        assert_int_equal(stub.stops, 1);
        assert_int_equal(stub.event.kind, EVENT_UNSUPPORTED);
        assert_non_null(strstr(stub.event.text, cases[i].text));
        assert_int_equal(cpu_general(ESP), esp);
        assert_int_equal(cpu_eip(), STUB_CODE);
    }
}

/* ---- there and back ---- */

struct visible_state {
    uint32_t eip, esp, eflags, cpl;
    struct segment segment[SEGMENT_COUNT];
};

static struct visible_state take_state(void)
{
    struct visible_state visible = {cpu_eip(), cpu_general(ESP), cpu_eflags(), cpu.cpl, {{0}}};

    memcpy(visible.segment, cpu.segment, sizeof visible.segment);
    return visible;
}

/* Make a random state that iret can produce: RF and NT are clear; data segments in ring 3 are null
   or those of ring 3. A handler in conforming code may clear IF; in ring 3 only IOPL 3 allows iret
   to set it again. */
static void make_random_state(uint32_t *seed)
{
    uint32_t ring = random32(seed) % 2 * 3;
    uint32_t flags_mask = ALL_FLAGS & ~(FLAG_RF | FLAG_NT | 0x00180000u);
    uint16_t handler = STUB_CODE_0;

    stub_reset();
    stub_enter_ring(ring);
    cpu_eip_set(random32(seed));
    cpu_general_set(ESP, cpu_general(ESP) - random32(seed) % 0x1800);
    cpu_eflags_set(random32(seed) & flags_mask);
    if (ring <= cpu_iopl() && random32(seed) % 2)
        handler = STUB_CONFORMING;
    if (random32(seed) % 2)
        segment_load(SEG_FS, random32(seed) % 2 ? STUB_DATA_3 : 0);
    if (random32(seed) % 2)
        segment_load(SEG_GS, random32(seed) % 2 ? STUB_CODE_3 : 3);
    stub_store32(STUB_TASK + 4, STUB_STACK_0_END - random32(seed) % 0x1800);
    stub_set_gate(0x80, handler, random32(seed), random32(seed) % 2 ? 0xee : 0xef);
}

TEST(there_and_back)
{
    uint32_t seed = 20;

    for (uint32_t i = 0; i < 20000; i++) {
        enum interrupt_origin origin = random32(&seed) % 3;
        bool has_error = origin == INTERRUPT_EXCEPTION && random32(&seed) % 2;
        struct visible_state before, after;

        make_random_state(&seed);
        before = take_state();
        interrupt_deliver(0x80, has_error, random32(&seed), origin, 2);
        assert_int_equal(stub.stops, 0);
        if (has_error)
            cpu_general_set(ESP, cpu_general(ESP) + 4);
        assert_int_equal(interrupt_return(4), OUTCOME_DONE);
        after = take_state();
        assert_memory_equal(&before, &after, sizeof before);
    }
}

TEST_FIXTURES(stub_setup, NULL)
