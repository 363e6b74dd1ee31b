/* Segment registers, descriptors, flags, ports, control registers. */
#include "program.h"
#include "special.h"

#define SEG_ES 0u
#define SEG_CS 1u
#define SEG_SS 2u
#define SEG_DS 3u
#define SEG_GS 5u

static const uint32_t selectors[] = {
    0,
    SEL_USER_CODE,
    SEL_USER_DATA,
    SEL_TSS,
    SEL_LDT,
    SEL_CODE0,
    SEL_CODE1,
    SEL_CODE3,
    SEL_CONFORMING0,
    SEL_CONFORMING1,
    SEL_EXECUTE_ONLY3,
    SEL_CODE3_ABSENT,
    SEL_DATA0,
    SEL_DATA1,
    SEL_DATA3_SHIFTED,
    SEL_DATA3_READ_ONLY,
    SEL_DATA3_DOWN,
    SEL_DATA3_ABSENT,
    SEL_DATA3_SMALL,
    SEL_CALL_GATE,
    SEL_INTERRUPT_GATE,
    SEL_TSS_FREE,
    SEL_CODE16,
    SEL_DATA3_LIMITED,
    SEL_TASK_GATE,
    SEL_NO_TYPE,
    SEL_LOCAL_DATA3,
    SEL_LOCAL_CONFORMING3,
    SEL_LOCAL_ABSENT,
    SEL_LOCAL_CODE3,
    0xf8,
    0x100,
    0x24,
    0xfff8,
};

static uint32_t any_selector(void)
{
    return PICK(selectors) | (chance(2) ? program.ring : below(4));
}

/* Not CS. Then nothing follows: QEMU does not check the limits and types of segments that are used.
 */
static uint32_t any_segment(void)
{
    static const unsigned char segments[] = {0, 2, 3, 4, 5};

    return PICK(segments);
}

/* ---- loads and stores ---- */

void write_segment_move(void)
{
    uint32_t segment = chance(16) ? below(8) : any_segment(), from = any_register();

    if (from == ESP)
        from = EAX;
    set_register(from, any_selector() | (chance(2) ? random_number() << 16 : 0));
    leaves_undefined(0);
    program.may_be_refused = true;
    program.ends = true;
    if (chance(4))
        put(0x66, 1);
    put(0x8e, 1);
    put_registers(segment, from);
}

void write_segment_pop(void)
{
    bool word = chance(3);

    leaves_undefined(0);
    if (word)
        put(0x66, 1);
    put(0x68, 1);
    put(any_selector(), word ? 2 : 4);
    program.ends = true;
    if (word)
        put(0x66, 1);
    switch (any_segment()) {
    case 0:
        put(0x07, 1);
        break;
    case 2:
        put(0x17, 1);
        break;
    case 3:
        put(0x1f, 1);
        break;
    case 4:
        put(0xa10f, 2);
        break;
    default:
        put(0xa90f, 2);
    }
}

void write_segment_push(void)
{
    static const uint32_t one[] = {0x06, 0x0e, 0x16, 0x1e};

    leaves_undefined(0);
    if (chance(3))
        put(0x66, 1);
    if (chance(3))
        put(chance(2) ? 0xa00f : 0xa80f, 2);
    else
        put(PICK(one), 1);
}

/* MOV from a segment register: 16 bits of memory, 32 of a register. */
void write_segment_read(void)
{
    bool memory = chance(2);

    leaves_undefined(0);
    choose_prefixes(false);
    if (memory)
        put_prefixes();
    if (chance(3))
        put(0x66, 1);
    put(0x8c, 1);
    if (memory)
        put_memory(below(6), aim(2));
    else
        put_registers(below(6), any_register());
}

/* LES, LDS, LSS, LFS, LGS of a far pointer. In ring 0, LSS would move the stack; after it,
   QEMU holds back a trap of TF, as processors do only after MOV and POP. */
void write_far_pointer_load(void)
{
    static const uint32_t opcodes[] = {0xc4, 0xc5, 0xb40f, 0xb50f, 0xb20f};
    uint32_t opcode = PICK(opcodes);

    if ((program.ring == 0 || program.may_trace) && opcode == 0xb20f)
        opcode = 0xb40f;
    leaves_undefined(0);
    program.ends = true;
    choose_prefixes(true);
    put_prefixes();
    put(opcode, opcode > 0xff ? 2 : 1);
    put_memory(any_register(),
               chance(4) ? aim(6)
                         : POINTER_PAGE * PAGE_SIZE + PAGE_SIZE / 2 + below(PAGE_SIZE / 16) * 8);
}

/* ---- descriptors ---- */

/* LAR, LSL, VERR, VERW. */
void write_descriptor_look(void)
{
    uint32_t from = any_register(), operation = below(4);

    if (from == ESP)
        from = EAX;
    set_register(from, any_selector() | random_number() << 16);
    leaves_undefined(0);
    if (chance(4))
        put(0x66, 1);
    put(0x0f, 1);
    put(operation == 0 ? 0x02 : operation == 1 ? 0x03 : 0x00, 1);
    put_registers(operation < 2 ? any_register() : operation + 2, from);
}

/* SGDT, SIDT; SLDT, STR to memory or a register. Within a page: QEMU writes the limit before it
   knows that the base can be written. */
void write_table_store(void)
{
    bool global = chance(2);

    leaves_undefined(0);
    choose_exact_prefixes();
    put_prefixes();
    put(0x0f, 1);
    put(global ? 0x01 : 0x00, 1);
    if (global || chance(2))
        put_exact_memory(below(2), aim(8) & ~7u);
    else
        put_registers(below(2), any_register());
}

/* LLDT, LTR; outside of ring 0 LGDT and LIDT, too. QEMU lets LTR load a null selector. */
void write_table_load(void)
{
    uint32_t from = any_register();

    uint32_t operation = 2 + below(2), selector = any_selector();

    if (from == ESP)
        from = EAX;
    set_register(from, operation == 3 && selector < 4 ? SEL_LDT : selector);
    leaves_undefined(0);
    program.may_be_refused = true;
    program.ends = true;
    put(0x0f, 1);
    if (program.ring != 0 && chance(3)) {
        put(0x01, 1);
        put(0x05 | operation << 3, 1);
        put(aim(6), 4);
    } else {
        put(0x00, 1);
        put_registers(operation, from);
    }
}

/* ---- flags ---- */

void write_popf(void)
{
    bool word = chance(3);
    uint32_t image = random_number() & (0x247ed5u | (chance(8) ? FLAG_TF : 0));

    leaves_undefined(0);
    if (word)
        put(0x66, 1);
    put(0x68, 1);
    put(image, word ? 2 : 4);
    if (word)
        put(0x66, 1);
    put(0x9d, 1);
    program.cannot_return = true;
    program.may_trace = true;
}

void write_pushf(void)
{
    leaves_undefined(0);
    if (chance(3))
        put(0x66, 1);
    put(0x9c, 1);
}

/* QEMU holds back a trap of TF after STI, as after MOV to SS. */
void write_interrupt_flag(void)
{
    leaves_undefined(0);
    put(program.may_trace ? 0xfa : 0xfa | below(2), 1);
}

/* ---- ports ---- */

/* The serial line's scratch register, or ports where nothing is. Unaligned, these read as 0 in
 * QEMU. */
static uint32_t any_port(void)
{
    return chance(2) ? 0x3ff : 0x540 + below(0x10) * 4;
}

void write_port(void)
{
    uint32_t port = any_port();

    set_register(EDX, port);
    leaves_undefined(0);
    if (port != 0x3ff && chance(3))
        put(0x66, 1);
    put((chance(2) ? 0xecu : 0xeeu) | (port != 0x3ff && chance(2)), 1);
}

void write_port_string(void)
{
    uint32_t opcode = chance(2) ? 0x6c : 0x6e;

    set_register(EDX, 0x540 + below(0x10) * 4);
    set_register(ECX, below(20));
    set_register(opcode == 0x6c ? EDI : ESI, aim(4));
    leaves_undefined(0);
    if (!chance(3))
        put(0xf3, 1);
    put(opcode | below(2), 1);
}

/* ---- control registers ---- */

/* Of CR0, CR2, CR3 and CR4, all bits are the kernel's own. */
void write_control_read(void)
{
    static const unsigned char registers[] = {0, 2, 3, 4};
    uint32_t number = PICK(registers);

    leaves_undefined(0);
    program.may_be_refused = true;
    put(0x200f, 2);
    put_registers(number, any_register());
}

#define CR0_KERNEL (0x80000000u | CR0_PE | CR0_NE)

void write_control_write(void)
{
    uint32_t from = chance(2) ? EAX : EBX, number = chance(3) ? 2 : 0;

    set_register(from, number == 2 ? random_number() : CR0_KERNEL | (random_number() & 0x5001eu));
    leaves_undefined(0);
    program.may_be_refused = true;
    program.ends = number == 0;
    put(0x220f, 2);
    put_registers(number, from);
}

void write_lmsw(void)
{
    set_register(EAX, random_number());
    leaves_undefined(0);
    program.may_be_refused = true;
    program.ends = true;
    put(0x010f, 2);
    put_registers(6, EAX);
}

void write_smsw(void)
{
    bool memory = chance(2);

    leaves_undefined(0);
    choose_prefixes(false);
    if (memory)
        put_prefixes();
    if (chance(4))
        put(0x66, 1);
    put(0x010f, 2);
    if (memory)
        put_memory(4, aim(2));
    else
        put_registers(4, any_register());
}

/* Refused outside of ring 0: HLT, INVD, WBINVD, RDMSR, WRMSR. */
void write_privileged(void)
{
    static const uint32_t opcodes[] = {0xf4, 0x080f, 0x090f, 0x320f, 0x300f};
    uint32_t opcode = program.ring == 0 ? 0x090f : PICK(opcodes);

    leaves_undefined(0);
    program.may_be_refused = true;
    put(opcode, opcode > 0xff ? 2 : 1);
}
