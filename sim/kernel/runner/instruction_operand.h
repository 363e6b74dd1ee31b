/* Operands of an instruction: registers, immediates, and memory through the guest's segments. */
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

/* Registers of 8, 16 and 32 bits; a 16-bit segment register's selector. A smaller one is extended
   with zeroes; setting one leaves the rest of its 32 bits. Segment registers are not set here. */
uint32_t register_read(ZydisRegister name);
void register_write(ZydisRegister name, uint32_t value);

/* enum general_register of a 16- or 32-bit one; GENERAL_COUNT: it is neither. */
uint32_t register_number(ZydisRegister name);

/* enum segment_register. */
static inline uint32_t register_segment(ZydisRegister name)
{
    return (uint32_t)name - ZYDIS_REGISTER_ES;
}

/* The offset in its segment that a memory operand names: 16 bits with 16-bit addressing. For a bit
   string (BT mem, reg) that of the bit's word; for POP's with ESP as it is after the pop. */
uint32_t operand_offset(const struct instruction *instruction, const ZydisDecodedOperand *operand);

/* Its linear address, with the segment's checks. false: raised. */
bool operand_linear(const struct instruction *instruction, const ZydisDecodedOperand *operand,
                    uint32_t bytes, bool write, uint32_t *linear);

/* Read or write an operand of 1, 2 or 4 bytes. false: raised. */
bool operand_read(const struct instruction *instruction, const ZydisDecodedOperand *operand,
                  uint32_t *value);
bool operand_write(const struct instruction *instruction, const ZydisDecodedOperand *operand,
                   uint32_t value);

/* Read an operand that is written later: a page that may not be written faults as for a write. */
bool operand_read_for_write(const struct instruction *instruction,
                            const ZydisDecodedOperand *operand, uint32_t *value);

/* The destination's and the source's bit offset of BT, BTS, BTR and BTC with memory and a register:
   the only operands whose address depends on another operand. */
bool operand_is_bit_string(const struct instruction *instruction);

#endif
