/* Transfers of control. What they reach is int3, or nothing. */
#include "program.h"
#include "special.h"

static const uint32_t code_selectors[] = {
    SEL_CODE0,
    SEL_CODE1,
    SEL_CODE3,
    SEL_CONFORMING0,
    SEL_CONFORMING1,
    SEL_EXECUTE_ONLY3,
    SEL_CODE3_ABSENT,
    SEL_LOCAL_CONFORMING3,
    SEL_LOCAL_CODE3,
    SEL_LOCAL_ABSENT,
    SEL_DATA0,
    SEL_USER_DATA,
    SEL_TSS,
    SEL_LDT,
    SEL_INTERRUPT_GATE,
    SEL_NO_TYPE,
    0,
    0x1f8,
};

/* Of the current ring, mostly. */
static uint32_t code_selector(void)
{
    static const uint32_t own[] = {SEL_CODE0, SEL_CODE1, 0, SEL_CODE3};

    if (chance(2))
        return own[program.ring] | program.ring;
    return PICK(code_selectors) | below(4);
}

/* An offset behind the program, with int3; or one that is not mapped. */
static uint32_t target(void)
{
    uint32_t behind = program.start + PROGRAM_BYTES_MAX;

    if (chance(8))
        return CODE_PAGES * PAGE_SIZE + below(PAGE_SIZE);
    return behind + below(CODE_PAGES * PAGE_SIZE - behind);
}

/* ---- near ---- */

/* Relative to the end of the instruction, which is `bytes` on. */
static void put_relative(uint32_t bytes)
{
    put(target() - (program.start + program.count + bytes), bytes);
}

void write_jump(void)
{
    leaves_undefined(0);
    program.ends = true;
    switch (below(4)) {
    case 0: /* short, and forward: int3 is there, too */
        put(chance(4) ? 0xeb : 0x70 | below(16), 1);
        put(below(128), 1);
        break;
    case 1:
        put(0x66, 1);
        put(0x0f, 1);
        put(0x80 | below(16), 1);
        put_relative(2);
        break;
    case 2:
        put(0x0f, 1);
        put(0x80 | below(16), 1);
        put_relative(4);
        break;
    default:
        put(0xe9, 1);
        put_relative(4);
    }
}

void write_indirect_jump(void)
{
    uint32_t through = any_register();

    if (through == ESP)
        through = EAX;
    set_register(through, target());
    leaves_undefined(0);
    program.ends = true;
    if (chance(3))
        put(0x66, 1);
    put(0xff, 1);
    put_registers(chance(2) ? 2 : 4, through);
}

void write_call(void)
{
    bool word = chance(4);

    leaves_undefined(0);
    program.ends = true;
    if (word)
        put(0x66, 1);
    put(0xe8, 1);
    put_relative(word ? 2 : 4);
}

static void put_push(uint32_t value)
{
    put(0x68, 1);
    put(value, 4);
}

static void put_push_word(uint32_t value)
{
    put(0x66, 1);
    put(0x68, 1);
    put(value, 2);
}

void write_return(void)
{
    bool word = chance(4);

    leaves_undefined(0);
    if (word)
        put_push_word(target());
    else
        put_push(target());
    program.ends = true;
    if (word)
        put(0x66, 1);
    if (chance(2)) {
        put(0xc2, 1);
        put(below(64), 2);
    } else {
        put(0xc3, 1);
    }
}

void write_loop(void)
{
    if (chance(2))
        set_register(ECX, chance(2) ? below(3) : below(3) << 16);
    leaves_undefined(0);
    program.ends = true;
    if (chance(3))
        put(0x67, 1);
    put(0xe0 | below(4), 1);
    put(below(128), 1);
}

/* ---- far ---- */

void write_far_jump(void)
{
    leaves_undefined(0);
    program.ends = true;
    put(0xea, 1);
    put(target(), 4);
    put(code_selector(), 2);
}

/* QEMU writes its frame with the rights of ring 0. */
void write_far_call(void)
{
    if (program.ring != 0)
        set_register(ESP, aim_stack() - stack_base());
    leaves_undefined(0);
    program.ends = true;
    put(0x9a, 1);
    put(target(), 4);
    put(code_selector(), 2);
}

/* The outer ring's stack, for a return to it: mostly right. Not an absent one: QEMU raises #NP, not
 * #SS. */
static uint32_t outer_stack(uint32_t ring)
{
    static const uint32_t stacks[] = {SEL_DATA0, SEL_DATA1, 0, SEL_USER_DATA};
    static const uint32_t others[] = {
        SEL_DATA0,       SEL_DATA1, SEL_USER_DATA, SEL_DATA3_READ_ONLY,
        SEL_DATA3_SMALL, SEL_CODE3, SEL_TSS,       SEL_LOCAL_DATA3,
        0x1f8,           0};

    if (!chance(3))
        return stacks[ring] | ring;
    return PICK(others) | below(4);
}

/* Writes pushes of SS and ESP, which a far return to an outer ring pops. A return to the same ring
   does not read them. Returns a code selector, which the caller pushes next. */
static uint32_t put_return_stack(void)
{
    uint32_t selector = code_selector();

    put_push(outer_stack(selector & 3));
    put_push(STACK_PAGE * PAGE_SIZE + (below(2 * PAGE_SIZE) & ~3u));
    return selector;
}

void write_far_return(void)
{
    uint32_t selector;

    leaves_undefined(0);
    selector = put_return_stack();
    put_push(selector);
    put_push(target());
    program.ends = true;
    put(0xcb, 1);
}

void write_interrupt_return(void)
{
    uint32_t selector;

    if (program.cannot_return)
        return;
    leaves_undefined(0);
    selector = put_return_stack();
    put_push(random_number() & (FLAGS_STATUS | 0x247e00u | (chance(8) ? FLAG_TF : 0)));
    put_push(selector);
    put_push(target());
    program.ends = true;
    put(0xcf, 1);
}

/* ---- interrupts ---- */

/* INT n and INTO. QEMU has no INT1. */
void write_interrupt(void)
{
    static const unsigned char vectors[] = {0x03, 0x04, 0x05, 0x2f, 0x30, 0x31,
                                            0x32, 0x33, 0x34, 0x35, 0x40, 0x80};

    leaves_undefined(0);
    if (chance(3)) {
        put(0xce, 1);
        return;
    }
    program.ends = true;
    put(0xcd, 1);
    put(program.ring != 0 && chance(8) ? 13 : PICK(vectors), 1);
}

void write_bound(void)
{
    set_register(EAX, chance(2) ? below(0x8000) : random_number());
    leaves_undefined(0);
    choose_prefixes(true);
    put_prefixes();
    if (chance(3))
        put(0x66, 1);
    put(0x62, 1);
    put_memory(EAX, aim(8));
}

/* TF would be set in the kernel. */
void write_sysenter(void)
{
    if (program.may_trace)
        return;
    leaves_undefined(0);
    program.ends = true;
    put(0x0f, 1);
    put(0x34, 1);
}

/* To the flat code of ring 3. */
void write_sysexit(void)
{
    set_register(EDX, CODE_BASE + target());
    set_register(ECX, STACK_PAGE * PAGE_SIZE + below(2 * PAGE_SIZE));
    leaves_undefined(0);
    program.may_be_refused = true;
    program.ends = true;
    put(0x0f, 1);
    put(0x35, 1);
}
