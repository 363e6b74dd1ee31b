/* Shifts, bit strings, division, strings, frames. */
#include "generate.h"
#include "program.h"
#include "special.h"

/* ---- shifts ---- */

enum { ROL, ROR, RCL, RCR, SHL, SHR, SAL, SAR };

static uint32_t shift_undefined(uint32_t operation, uint32_t count, uint32_t bits)
{
    uint32_t undefined = 0;

    count &= 31;
    if (count == 0)
        return 0;
    if (count != 1)
        undefined |= FLAG_OF;
    if (operation >= SHL)
        undefined |= FLAG_AF;
    if (operation >= SHL && operation != SAR && count >= bits)
        undefined |= FLAG_CF;
    return undefined;
}

static void put_shift_operand(uint32_t operation, bool memory, uint32_t bytes)
{
    if (memory)
        put_memory(operation, aim(bytes));
    else
        put_registers(operation, bytes == 1 ? below(8) : any_register());
}

/* D0: by one, C0: by an immediate, D2: by CL; one more: 16 or 32 bits. */
void write_shift(void)
{
    static const unsigned char opcodes[] = {0xd0, 0xc0, 0xd2};
    uint32_t operation = below(8), opcode = PICK(opcodes), bytes = 1u << below(3);
    uint32_t count = opcode == 0xd0 ? 1 : chance(2) ? below(34) : random_number() & 0xff;
    bool memory = chance(2);

    if (opcode == 0xd2)
        set_register(ECX, (random_number() & 0xff00) | count);
    leaves_undefined(shift_undefined(operation, count, bytes * 8));
    rewrites_memory();
    if (operation == RCL || operation == RCR)
        changes_flags_early();
    choose_prefixes(false);
    if (memory)
        put_prefixes();
    if (bytes == 2)
        put(0x66, 1);
    put(opcode | (bytes > 1), 1);
    put_shift_operand(operation, memory, bytes);
    if (opcode == 0xc0)
        put(count, 1);
}

/* With 16 bits, a count beyond 16 leaves the result undefined. */
void write_double_shift(void)
{
    bool by_cl = chance(2), word = chance(3), memory = chance(2);
    uint32_t count = word ? below(17) : random_number() & 0xff;

    if (by_cl)
        set_register(ECX, (random_number() & 0xff00) | count);
    leaves_undefined(((count & 31) > 1 ? FLAG_OF : 0) | ((count & 31) != 0 ? FLAG_AF : 0));
    rewrites_memory();
    choose_prefixes(false);
    if (memory)
        put_prefixes();
    if (word)
        put(0x66, 1);
    put(0x0f, 1);
    put((chance(2) ? 0xa4u : 0xacu) | by_cl, 1);
    if (memory)
        put_memory(any_register(), aim(4));
    else
        put_registers(any_register(), any_register());
    if (!by_cl)
        put(count, 1);
}

/* ---- bits ---- */

void write_bit_string(void)
{
    static const unsigned char opcodes[] = {0xa3, 0xab, 0xb3, 0xbb};
    uint32_t opcode = PICK(opcodes), offset = any_register();
    bool memory = !chance(4);

    set_register(offset, chance(2) ? below(0x8000) : 0u - below(0x8000));
    leaves_undefined(FLAG_OF | FLAG_SF | FLAG_AF | FLAG_PF);
    rewrites_memory();
    choose_prefixes(false);
    if (memory && opcode != 0xa3 && chance(4))
        put(0xf0, 1);
    if (memory)
        put_prefixes();
    if (chance(3))
        put(0x66, 1);
    put(0x0f, 1);
    put(opcode, 1);
    if (memory)
        put_memory(offset, aim(4));
    else
        put_registers(offset, any_register());
}

/* BSF and BSR of zero leave the register undefined: the source is not zero. */
void write_scan(void)
{
    uint32_t source = any_register();

    set_register(source, (1u << below(32)) | (chance(2) ? random_number() : 0));
    leaves_undefined(FLAG_CF | FLAG_OF | FLAG_SF | FLAG_AF | FLAG_PF);
    put(0x0f, 1);
    put(0xbcu | below(2), 1);
    put_registers(any_register(), source);
}

/* ---- division ---- */

static void set_dividend(uint32_t bytes)
{
    uint32_t high = chance(2) ? 0 : chance(2) ? 0xffffffffu : below(256);

    if (bytes == 1)
        set_register(EAX, chance(2) ? below(0x100) : random_number());
    else
        set_register(EDX, chance(8) ? random_number() : high);
}

void write_divide(void)
{
    static const unsigned char operations[] = {6, 7};
    uint32_t bytes = 1u << below(3), operation = PICK(operations);
    bool memory = chance(2);

    set_dividend(bytes);
    leaves_undefined(FLAGS_STATUS);
    choose_prefixes(true);
    if (memory)
        put_prefixes();
    if (bytes == 2)
        put(0x66, 1);
    put(bytes == 1 ? 0xf6 : 0xf7, 1);
    put_shift_operand(operation, memory, bytes);
}

/* ---- strings ---- */

static void put_string_prefixes(bool word)
{
    static const unsigned char repeats[] = {0xf2, 0xf3};

    if (!chance(3))
        put(PICK(repeats), 1);
    put_prefixes();
    if (word)
        put(0x66, 1);
}

/* Which of its operands CMPS reads first is not defined, and QEMU and the runner differ: only one
   can fault, and the page of the other was accessed before. */
void write_string(void)
{
    static const unsigned char opcodes[] = {0xa4, 0xa5, 0xa6, 0xa7, 0xaa,
                                            0xab, 0xac, 0xad, 0xae, 0xaf};
    uint32_t opcode = PICK(opcodes);
    bool is_cmps = (opcode & 0xfe) == 0xa6;

    choose_prefixes(false);
    set_register(ECX, chance(8) && !is_cmps ? below(3000) : below(40));
    set_register(ESI, is_cmps ? aim_stack() - prefixed_base() : aim(4));
    if (is_cmps)
        window_rights[STACK_PAGE + 1] |= PTE_ACCESSED;
    set_register(EDI, aim(4));
    leaves_undefined(0);
    put_string_prefixes((opcode & 1) && chance(2));
    put(opcode, 1);
}

/* ---- frames ---- */

/* Where ESP is not random, because of what QEMU does when a part of the operand faults. */
static void set_stack(void)
{
    if (program.ring != 0 || program.instructions == 0)
        set_register(ESP, aim_stack() - stack_base());
}

/* PUSHA and POPA. In QEMU the part before the fault is done. */
void write_all_registers(void)
{
    set_stack();
    leaves_undefined(0);
    if (chance(3))
        put(0x66, 1);
    put(0x60 | below(2), 1);
}

/* It faults if the end of its frame is not writable. QEMU does not look. */
void write_enter(void)
{
    uint32_t size = below(128);

    if (program.ring == 0 && program.instructions > 0)
        return;
    set_stack();

    if (program.ring == 0 || chance(2))
        set_register(EBP, aim_stack() - stack_base());
    leaves_undefined(0);
    if (program.ring != 0 && chance(4))
        put(0x66, 1);
    put(0xc8, 1);
    put(size, 2);
    put(chance(2) ? 0 : random_number() & 0xff, 1);
}

void write_leave(void)
{
    bool known = program.ring == 0 || chance(2);

    if (known)
        set_register(EBP, aim_stack() - stack_base());
    leaves_undefined(0);
    if (!known && chance(4))
        put(0x66, 1);
    put(0xc9, 1);
}

/* ---- addresses without ModRM ---- */

void write_xlat(void)
{
    set_register(EBX, aim(256));
    leaves_undefined(0);
    choose_prefixes(true);
    put_prefixes();
    put(0xd7, 1);
}

/* MOV of AL or EAX and memory. The prefix for short addresses must be there or not: it sets the
 * length. */
void write_absolute(void)
{
    bool is_short = chance(4);

    leaves_undefined(0);
    if (is_short)
        put(0x67, 1);
    if (chance(3))
        put(0x66, 1);
    put(0xa0 | below(4), 1);
    put(aim(4), is_short ? 2 : 4);
}
