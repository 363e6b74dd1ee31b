/* Arithmetic that a native copy cannot execute: division, which may raise #DE, and the decimal
   adjustments, which 64-bit mode does not have (SDM vol. 2A and 2B). */
#include "runner/instruction_emulation.h"
#include "runner/instruction_operand.h"

/* ---- DIV and IDIV ---- */

/* The dividend is twice as wide as the divisor. */
static uint64_t dividend(uint32_t bits)
{
    if (bits == 8)
        return cpu_general(EAX) & 0xffffu;
    if (bits == 16)
        return (uint64_t)(cpu_general(EDX) & 0xffffu) << 16 | (cpu_general(EAX) & 0xffffu);
    return (uint64_t)cpu_general(EDX) << 32 | cpu_general(EAX);
}

static int64_t sign_extend(uint64_t value, uint32_t bits)
{
    return (int64_t)(value << (64 - bits)) >> (64 - bits);
}

static bool unsigned_fits(uint64_t left, uint64_t right, uint32_t bits)
{
    return right != 0 && left / right >> bits == 0;
}

static bool signed_fits(int64_t left, int64_t right, uint32_t bits)
{
    if (right == 0 || (left == INT64_MIN && right == -1))
        return false;
    int64_t quotient = left / right;
    return quotient == sign_extend((uint64_t)quotient, bits);
}

/* Raises #DE unless the quotient fits its register. */
enum progress emulate_divide(const struct instruction *instruction)
{
    const ZydisDecodedOperand *operand = &instruction->operands[0];
    uint32_t bits = operand->size, divisor;
    bool fits;

    if (!operand_read(instruction, operand, &divisor))
        return PROGRESS_RAISED;
    if (instruction->decoded.mnemonic == ZYDIS_MNEMONIC_DIV)
        fits = unsigned_fits(dividend(bits), divisor, bits);
    else
        fits = signed_fits(sign_extend(dividend(bits), 2 * bits), sign_extend(divisor, bits), bits);
    return fits ? emulate_native(instruction) : progress_of(cpu_raise(VECTOR_DE));
}

/* ---- decimal adjustment ---- */

static uint32_t flags(void)
{
    return (uint32_t)cpu.host[REG_EFL];
}

static uint32_t result_flags(uint32_t al)
{
    return (al & 0x80u ? FLAG_SF : 0) | (al == 0 ? FLAG_ZF : 0) |
           (__builtin_parity(al) ? 0 : FLAG_PF);
}

/* AAA and AAS carry to AH. */
enum progress emulate_adjust_ascii(const struct instruction *instruction)
{
    bool adds = instruction->decoded.mnemonic == ZYDIS_MNEMONIC_AAA;
    uint32_t ax = register_read(ZYDIS_REGISTER_AX);
    bool carry = (ax & 0xfu) > 9 || (flags() & FLAG_AF);

    if (carry)
        ax = adds ? ax + 0x106u : ax - 0x106u;
    register_write(ZYDIS_REGISTER_AX, ax & 0xff0fu);
    status_set(FLAGS_STATUS, result_flags(ax & 0xfu) | (carry ? FLAG_CF | FLAG_AF : 0));
    return PROGRESS_NEXT;
}

/* DAA and DAS. */
enum progress emulate_adjust_decimal(const struct instruction *instruction)
{
    bool adds = instruction->decoded.mnemonic == ZYDIS_MNEMONIC_DAA;
    uint32_t before = register_read(ZYDIS_REGISTER_AL), al = before, carries = 0;

    if ((before & 0xfu) > 9 || (flags() & FLAG_AF)) {
        al = adds ? al + 6 : al - 6;
        carries |= FLAG_AF | (flags() & FLAG_CF) | (al > 0xffu ? FLAG_CF : 0);
    }
    if (before > 0x99u || (flags() & FLAG_CF)) {
        al = adds ? al + 0x60u : al - 0x60u;
        carries |= FLAG_CF;
    }
    register_write(ZYDIS_REGISTER_AL, al);
    status_set(FLAGS_STATUS, result_flags(al & 0xffu) | carries);
    return PROGRESS_NEXT;
}

enum progress emulate_aam(const struct instruction *instruction)
{
    uint32_t al = register_read(ZYDIS_REGISTER_AL);
    uint32_t base = (uint32_t)instruction->operands[0].imm.value.u & 0xffu;

    if (base == 0)
        return progress_of(cpu_raise(VECTOR_DE));
    register_write(ZYDIS_REGISTER_AH, al / base);
    register_write(ZYDIS_REGISTER_AL, al % base);
    status_set(FLAGS_STATUS, result_flags(al % base));
    return PROGRESS_NEXT;
}

enum progress emulate_aad(const struct instruction *instruction)
{
    uint32_t base = (uint32_t)instruction->operands[0].imm.value.u & 0xffu;
    uint32_t al = register_read(ZYDIS_REGISTER_AL) + register_read(ZYDIS_REGISTER_AH) * base;

    register_write(ZYDIS_REGISTER_AX, al & 0xffu);
    status_set(FLAGS_STATUS, result_flags(al & 0xffu));
    return PROGRESS_NEXT;
}

/* Sets all bits of AL to CF. */
enum progress emulate_salc(const struct instruction *instruction)
{
    (void)instruction;
    register_write(ZYDIS_REGISTER_AL, flags() & FLAG_CF ? 0xffu : 0);
    return PROGRESS_NEXT;
}
