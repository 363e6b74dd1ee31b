/* Access to an instruction's operands: registers, immediates, and memory through the guest's
   segments. A function of type bool returns false if it raised an exception. */
#ifndef RUNNER_INSTRUCTION_OPERAND_H
#define RUNNER_INSTRUCTION_OPERAND_H

#include "runner/instructions.h"

static inline uint32_t operand_bytes(const ZydisDecodedOperand *operand)
{
    return operand->size / 8u;
}

static inline bool operand_is_memory(const ZydisDecodedOperand *operand)
{
    return operand->type == ZYDIS_OPERAND_TYPE_MEMORY;
}

static inline bool operand_is_register(const ZydisDecodedOperand *operand, ZydisRegisterClass class)
{
    return operand->type == ZYDIS_OPERAND_TYPE_REGISTER &&
           ZydisRegisterGetClass(operand->reg.value) == class;
}

/* Returns a register of 8, 16 or 32 bits, or a segment register's selector, zero-extended; 0 for
   any other register. */
uint32_t register_read(ZydisRegister name);

/* Writes a general register and keeps the rest of its 32 bits. Does nothing for other registers. */
void register_write(ZydisRegister name, uint32_t value);

/* Returns the enum general_register of a 16- or 32-bit register; GENERAL_COUNT for any other. */
uint32_t register_number(ZydisRegister name);

/* Returns the enum segment_register of a segment register. */
static inline uint32_t register_segment(ZydisRegister name)
{
    return (uint32_t)name - ZYDIS_REGISTER_ES;
}

/*
 * Returns the offset of a memory operand in its segment, of 16 bits with 16-bit addressing. For a
 * bit string (BT mem, reg) it is the offset of the bit's word; an operand of POP that names ESP is
 * computed with the value after the pop.
 */
uint32_t operand_offset(const struct instruction *instruction, const ZydisDecodedOperand *operand);

/* Stores the linear address of a memory operand, after the checks of its segment. */
bool operand_linear(const struct instruction *instruction, const ZydisDecodedOperand *operand,
                    uint32_t bytes, bool write, uint32_t *linear);

/* Read or write an operand of 1, 2 or 4 bytes. */
bool operand_read(const struct instruction *instruction, const ZydisDecodedOperand *operand,
                  uint32_t *value);
bool operand_write(const struct instruction *instruction, const ZydisDecodedOperand *operand,
                   uint32_t value);

/* Reads an operand that is written later: it raises the fault that the write would raise. */
bool operand_read_for_write(const struct instruction *instruction,
                            const ZydisDecodedOperand *operand, uint32_t *value);

/* Tells if the instruction is BT, BTS, BTR or BTC with memory and a register: only there does the
   address of an operand depend on another operand. */
bool operand_is_bit_string(const struct instruction *instruction);

#endif
