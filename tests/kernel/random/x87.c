/* x87 instructions that neither run over nor under the register stack, and MXCSR. */
#include "program.h"
#include "special.h"

/* A register in use. */
static uint32_t any_st(void)
{
    return below(program.st_count);
}

static void put_float_memory(uint32_t reg, uint32_t bytes)
{
    put_exact_memory(reg, aim_float(bytes));
}

/* D8 /reg m32 and its like: ADD, MUL, COM, COMP, SUB, SUBR, DIV, DIVR. */
static void write_memory_arithmetic(void)
{
    static const unsigned char opcodes[] = {0xd8, 0xdc, 0xda, 0xde};
    uint32_t operation = below(8), opcode = PICK(opcodes);

    put_prefixes();
    put(opcode, 1);
    put_float_memory(operation, opcode == 0xdc ? 8 : opcode == 0xde ? 2 : 4);
    program.st_count -= operation == 3;
}

static void write_register_arithmetic(void)
{
    uint32_t operation = below(8);

    switch (below(3)) {
    case 0:
        put(0xd8, 1);
        put_registers(operation, any_st());
        program.st_count -= operation == 3;
        break;
    case 1: /* ST(i) op= ST(0) */
        if (operation == 2 || operation == 3)
            operation = 0;
        put(0xdc, 1);
        put_registers(operation, any_st());
        break;
    default: /* ... and pop */
        if (operation == 2 || operation == 3)
            operation = 1;
        put(0xde, 1);
        put_registers(operation, any_st());
        program.st_count--;
    }
}

/* FCHS FABS FTST FXAM FSQRT FRNDINT FXCH FUCOM FCOMI FUCOMI FCMOVcc. QEMU sets C2 for the root of a
   negative number, and does not clear OF, SF and AF for FCOMI. */
static void write_register_operation(void)
{
    static const uint32_t alone[] = {0xe0d9, 0xe1d9, 0xe4d9, 0xe5d9, 0xfad9, 0xfcd9};
    static const uint32_t with[] = {0xc8d9, 0xe0dd, 0xf0db, 0xe8db, 0xc0da, 0xc8da,
                                    0xd0da, 0xd8da, 0xc0db, 0xc8db, 0xd0db, 0xd8db};
    uint32_t opcode = chance(2) ? PICK(alone) : PICK(with) | any_st() << 8;

    if (opcode == 0xfad9)
        put(0xe1d9, 2);
    if ((opcode & 0xff) == 0xdb && (opcode >= 0xf000 || (opcode & 0xf800) == 0xe800))
        leaves_undefined(FLAG_OF | FLAG_SF | FLAG_AF);
    put(opcode, 2);
}

void write_x87(void)
{
    if (program.st_count < 2)
        return;
    leaves_undefined(0);
    choose_exact_prefixes();
    switch (below(3)) {
    case 0:
        write_memory_arithmetic();
        break;
    case 1:
        write_register_arithmetic();
        break;
    default:
        write_register_operation();
    }
}

/* FLD of m32, m64 and ST(i); FILD of 16, 32 and 64 bits; constants. */
void write_x87_load(void)
{
    static const struct {
        unsigned char opcode, reg, bytes;
    } loads[] = {{0xd9, 0, 4}, {0xdd, 0, 8}, {0xdf, 0, 2}, {0xdb, 0, 4}, {0xdf, 5, 8}};
    uint32_t i = below(sizeof loads / sizeof *loads);

    if (program.st_count == 0 || program.st_count >= 7)
        return;
    leaves_undefined(0);
    choose_exact_prefixes();
    if (chance(4)) {
        put(0xd9, 1);
        put_registers(0, any_st());
    } else if (chance(4)) {
        put(0xd9, 1);
        put(0xe8 + below(7), 1);
    } else {
        put_prefixes();
        put(loads[i].opcode, 1);
        put_float_memory(loads[i].reg, loads[i].bytes);
    }
    program.st_count++;
}

/* FST and FSTP of m32, m64, m80; FIST and FISTP. Not FBSTP, which QEMU writes from the last byte to
   the first: another page faults. m80 is within a page: QEMU may write a part of it. */
void write_x87_store(void)
{
    static const struct {
        unsigned char opcode, reg, pops;
    } stores[] = {{0xd9, 2, 0}, {0xd9, 3, 1}, {0xdd, 2, 0}, {0xdd, 3, 1}, {0xdb, 7, 1},
                  {0xdf, 2, 0}, {0xdf, 3, 1}, {0xdb, 2, 0}, {0xdb, 3, 1}, {0xdf, 7, 1}};
    uint32_t i = below(sizeof stores / sizeof *stores);

    if (program.st_count < 2)
        return;
    leaves_undefined(0);
    changes_fpu_early();
    choose_exact_prefixes();
    put_prefixes();
    put(stores[i].opcode, 1);
    if (stores[i].opcode == 0xdb && stores[i].reg == 7)
        put_exact_memory(7, aim(16) & ~15u);
    else
        put_memory(stores[i].reg, aim(8));
    program.st_count -= stores[i].pops;
}

/* FNSTCW FNSTSW m16, FNSTSW AX, FNCLEX, FNINIT, FWAIT, FNOP. The status word only before
   another instruction may have set C1. */
void write_x87_control(void)
{
    leaves_undefined(0);
    choose_prefixes(false);
    switch (below(program.instructions == 0 ? 7 : 5)) {
    case 0:
        put_prefixes();
        put(0xd9, 1);
        put_memory(7, aim(2));
        break;
    case 5:
        put_prefixes();
        put(0xdd, 1);
        put_memory(7, aim(2));
        break;
    case 6:
        put(0xe0df, 2);
        break;
    case 1:
        put(0x9b, 1);
        break;
    case 2:
        put(0xd0d9, 2);
        break;
    case 3:
        put(0xe2db, 2);
        break;
    default:
        put(0xe3db, 2);
        program.st_count = 0;
    }
}

/* LDMXCSR of a value with all exceptions masked. */
void write_mxcsr(void)
{
    leaves_undefined(0);
    put(0x68, 1);
    put(0x1f80 | below(4) << 13 | below(0x40), 4);
    put(0x0f, 1);
    put(0xae, 1);
    put(0x14, 1); /* /2, ESP */
    put(0x24, 1);
}
