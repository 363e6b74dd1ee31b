/* Instructions that load segment registers, and far transfers. */
#include "runner/guest_memory.h"
#include "runner/instruction_emulation.h"
#include "runner/instruction_operand.h"
#include "runner/segment.h"

enum progress emulate_move_segment(const struct instruction *instruction)
{
    const ZydisDecodedOperand *to = &instruction->operands[0], *from = &instruction->operands[1];
    uint32_t selector;

    if (!operand_read(instruction, from, &selector))
        return PROGRESS_RAISED;
    if (operand_is_register(to, ZYDIS_REGCLASS_SEGMENT))
        return progress_of(segment_load(register_segment(to->reg.value), (uint16_t)selector));
    return progress_of(operand_write(instruction, to, selector));
}

/* A far pointer in memory is an offset of 2 or 4 bytes, followed by a selector. */
static bool read_far_pointer(const struct instruction *instruction,
                             const ZydisDecodedOperand *operand, uint32_t *offset,
                             uint16_t *selector)
{
    uint32_t linear, offset_bytes = instruction->decoded.operand_width / 8u;
    unsigned char image[6];

    if (!operand_linear(instruction, operand, offset_bytes + 2, false, &linear) ||
        !guest_read(linear, image, offset_bytes + 2))
        return false;
    *offset = 0;
    memcpy(offset, image, offset_bytes);
    memcpy(selector, image + offset_bytes, sizeof *selector);
    return true;
}

static uint32_t far_pointer_segment(ZydisMnemonic mnemonic)
{
    switch ((unsigned)mnemonic) {
    case ZYDIS_MNEMONIC_LDS:
        return SEG_DS;
    case ZYDIS_MNEMONIC_LES:
        return SEG_ES;
    case ZYDIS_MNEMONIC_LFS:
        return SEG_FS;
    case ZYDIS_MNEMONIC_LGS:
        return SEG_GS;
    default:
        return SEG_SS;
    }
}

/* LDS, LES, LFS, LGS and LSS. */
enum progress emulate_load_far_pointer(const struct instruction *instruction)
{
    uint32_t offset;
    uint16_t selector;

    if (!read_far_pointer(instruction, &instruction->operands[1], &offset, &selector) ||
        !segment_load(far_pointer_segment(instruction->decoded.mnemonic), selector))
        return PROGRESS_RAISED;
    register_write(instruction->operands[0].reg.value, offset);
    return PROGRESS_NEXT;
}

/* Stores the target of a far jump or call, which an immediate or memory gives. */
static bool far_target(const struct instruction *instruction, uint32_t *offset, uint16_t *selector)
{
    const ZydisDecodedOperand *operand = &instruction->operands[0];

    if (operand->type != ZYDIS_OPERAND_TYPE_POINTER)
        return read_far_pointer(instruction, operand, offset, selector);
    *offset = operand->ptr.offset;
    *selector = operand->ptr.segment;
    return true;
}

enum progress emulate_far_jump(const struct instruction *instruction)
{
    uint32_t offset;
    uint16_t selector;

    if (!far_target(instruction, &offset, &selector))
        return PROGRESS_RAISED;
    return progress_of_outcome(segment_far_jump(selector, offset));
}

enum progress emulate_far_call(const struct instruction *instruction)
{
    uint32_t offset;
    uint16_t selector;

    if (!far_target(instruction, &offset, &selector))
        return PROGRESS_RAISED;
    return progress_of_outcome(segment_far_call(
        selector, offset, instruction->decoded.operand_width / 8u, next_eip(instruction)));
}

enum progress emulate_far_return(const struct instruction *instruction)
{
    const ZydisDecodedOperand *operand = &instruction->operands[0];
    uint32_t released = operand->type == ZYDIS_OPERAND_TYPE_IMMEDIATE
                            ? (uint32_t)operand->imm.value.u & 0xffffu
                            : 0;

    return progress_of_outcome(
        segment_far_return(instruction->decoded.operand_width / 8u, released));
}
