/* Moves between registers and memory. Stores to watched page tables are mostly these: they are done
   here, and not by a native copy. */
#include "runner/guest_memory.h"
#include "runner/instruction_emulation.h"
#include "runner/instruction_operand.h"

/* MOV is one mnemonic for general, segment, control and debug registers. */
enum progress emulate_mov(const struct instruction *instruction)
{
    const ZydisDecodedOperand *to = &instruction->operands[0], *from = &instruction->operands[1];
    uint32_t value;

    for (uint32_t i = 0; i < 2; i++) {
        const ZydisDecodedOperand *operand = &instruction->operands[i];
        if (operand_is_register(operand, ZYDIS_REGCLASS_SEGMENT))
            return emulate_move_segment(instruction);
        if (operand_is_register(operand, ZYDIS_REGCLASS_CONTROL))
            return emulate_move_control(instruction);
        if (operand_is_register(operand, ZYDIS_REGCLASS_DEBUG))
            return emulate_move_debug(instruction);
    }
    return progress_of(operand_read(instruction, from, &value) &&
                       operand_write(instruction, to, value));
}

enum progress emulate_movzx(const struct instruction *instruction)
{
    uint32_t value;

    if (!operand_read(instruction, &instruction->operands[1], &value))
        return PROGRESS_RAISED;
    register_write(instruction->operands[0].reg.value, value);
    return PROGRESS_NEXT;
}

enum progress emulate_movsx(const struct instruction *instruction)
{
    const ZydisDecodedOperand *from = &instruction->operands[1];
    uint32_t value;

    if (!operand_read(instruction, from, &value))
        return PROGRESS_RAISED;
    value = from->size == 8 ? (uint32_t)(int8_t)value : (uint32_t)(int16_t)value;
    register_write(instruction->operands[0].reg.value, value);
    return PROGRESS_NEXT;
}

/* If one operand is memory, it is the first. */
enum progress emulate_xchg(const struct instruction *instruction)
{
    const ZydisDecodedOperand *left = &instruction->operands[0], *right = &instruction->operands[1];
    uint32_t value, other = register_read(right->reg.value);

    if (!operand_read_for_write(instruction, left, &value) ||
        !operand_write(instruction, left, other))
        return PROGRESS_RAISED;
    register_write(right->reg.value, value);
    return PROGRESS_NEXT;
}

enum progress emulate_lea(const struct instruction *instruction)
{
    register_write(instruction->operands[0].reg.value,
                   operand_offset(instruction, &instruction->operands[1]));
    return PROGRESS_NEXT;
}

/* The operand's address without AL is what Zydis gives. */
enum progress emulate_xlat(const struct instruction *instruction)
{
    const ZydisDecodedOperand *table = &instruction->operands[0];
    uint32_t offset = operand_offset(instruction, table) + register_read(ZYDIS_REGISTER_AL);
    uint32_t linear;
    uint8_t value;

    if (instruction->decoded.address_width == 16)
        offset &= 0xffffu;
    if (!guest_linear(register_segment(table->mem.segment), offset, 1, false, &linear) ||
        !guest_read(linear, &value, 1))
        return PROGRESS_RAISED;
    register_write(ZYDIS_REGISTER_AL, value);
    return PROGRESS_NEXT;
}

/* With 16 bits the result is undefined; processors clear the register. */
enum progress emulate_bswap(const struct instruction *instruction)
{
    const ZydisDecodedOperand *operand = &instruction->operands[0];
    uint32_t value = register_read(operand->reg.value);

    register_write(operand->reg.value, operand->size == 16 ? 0 : __builtin_bswap32(value));
    return PROGRESS_NEXT;
}
