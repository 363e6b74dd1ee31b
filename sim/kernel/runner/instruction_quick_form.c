/* Makes the compact form of an instruction. */
#include "runner/instruction_operand.h"
#include "runner/instruction_quick.h"

/* Indexed by mnemonic: enum quick_operation plus 1, or 0 if there is no compact form. */
static const unsigned char operations[ZYDIS_MNEMONIC_MAX_VALUE + 1] = {
    [ZYDIS_MNEMONIC_ADD] = QUICK_ADD + 1,   [ZYDIS_MNEMONIC_OR] = QUICK_OR + 1,
    [ZYDIS_MNEMONIC_ADC] = QUICK_ADC + 1,   [ZYDIS_MNEMONIC_SBB] = QUICK_SBB + 1,
    [ZYDIS_MNEMONIC_AND] = QUICK_AND + 1,   [ZYDIS_MNEMONIC_SUB] = QUICK_SUB + 1,
    [ZYDIS_MNEMONIC_XOR] = QUICK_XOR + 1,   [ZYDIS_MNEMONIC_CMP] = QUICK_CMP + 1,
    [ZYDIS_MNEMONIC_TEST] = QUICK_TEST + 1, [ZYDIS_MNEMONIC_INC] = QUICK_INC + 1,
    [ZYDIS_MNEMONIC_DEC] = QUICK_DEC + 1,   [ZYDIS_MNEMONIC_NEG] = QUICK_NEG + 1,
    [ZYDIS_MNEMONIC_NOT] = QUICK_NOT + 1,   [ZYDIS_MNEMONIC_SHL] = QUICK_SHL + 1,
    [ZYDIS_MNEMONIC_SHR] = QUICK_SHR + 1,   [ZYDIS_MNEMONIC_SAR] = QUICK_SAR + 1,
    [ZYDIS_MNEMONIC_IMUL] = QUICK_IMUL + 1, [ZYDIS_MNEMONIC_MOV] = QUICK_MOV + 1,
    [ZYDIS_MNEMONIC_MOVZX] = QUICK_MOV + 1, [ZYDIS_MNEMONIC_MOVSX] = QUICK_MOVSX + 1,
    [ZYDIS_MNEMONIC_LEA] = QUICK_LEA + 1,   [ZYDIS_MNEMONIC_CDQ] = QUICK_CDQ + 1,
    [ZYDIS_MNEMONIC_NOP] = QUICK_NOP + 1,   [ZYDIS_MNEMONIC_PUSH] = QUICK_PUSH + 1,
    [ZYDIS_MNEMONIC_POP] = QUICK_POP + 1,   [ZYDIS_MNEMONIC_LEAVE] = QUICK_LEAVE + 1,
    [ZYDIS_MNEMONIC_CALL] = QUICK_CALL + 1, [ZYDIS_MNEMONIC_RET] = QUICK_RET + 1,
    [ZYDIS_MNEMONIC_JMP] = QUICK_JMP + 1,   [ZYDIS_MNEMONIC_JB] = QUICK_JCC + 1,
    [ZYDIS_MNEMONIC_JBE] = QUICK_JCC + 1,   [ZYDIS_MNEMONIC_JL] = QUICK_JCC + 1,
    [ZYDIS_MNEMONIC_JLE] = QUICK_JCC + 1,   [ZYDIS_MNEMONIC_JNB] = QUICK_JCC + 1,
    [ZYDIS_MNEMONIC_JNBE] = QUICK_JCC + 1,  [ZYDIS_MNEMONIC_JNL] = QUICK_JCC + 1,
    [ZYDIS_MNEMONIC_JNLE] = QUICK_JCC + 1,  [ZYDIS_MNEMONIC_JNO] = QUICK_JCC + 1,
    [ZYDIS_MNEMONIC_JNP] = QUICK_JCC + 1,   [ZYDIS_MNEMONIC_JNS] = QUICK_JCC + 1,
    [ZYDIS_MNEMONIC_JNZ] = QUICK_JCC + 1,   [ZYDIS_MNEMONIC_JO] = QUICK_JCC + 1,
    [ZYDIS_MNEMONIC_JP] = QUICK_JCC + 1,    [ZYDIS_MNEMONIC_JS] = QUICK_JCC + 1,
    [ZYDIS_MNEMONIC_JZ] = QUICK_JCC + 1,
};

static enum quick_operation operation_of(const ZydisDecodedInstruction *decoded)
{
    if (decoded->meta.category == ZYDIS_CATEGORY_SETCC)
        return QUICK_SETCC;
    if (decoded->meta.category == ZYDIS_CATEGORY_CMOV)
        return QUICK_CMOVCC;
    return operations[decoded->mnemonic] == 0 ? QUICK_NONE : operations[decoded->mnemonic] - 1u;
}

static bool register_make(ZydisRegister name, struct quick_operand *to)
{
    to->kind = QUICK_REGISTER;
    if (register_number(name) != GENERAL_COUNT)
        to->number = (uint8_t)register_number(name);
    else if (name >= ZYDIS_REGISTER_AL && name <= ZYDIS_REGISTER_BL)
        to->number = (uint8_t)(name - ZYDIS_REGISTER_AL);
    else if (name >= ZYDIS_REGISTER_AH && name <= ZYDIS_REGISTER_BH)
        *to = (struct quick_operand){QUICK_REGISTER, to->bytes, (uint8_t)(name - ZYDIS_REGISTER_AH),
                                     8};
    else
        return false; /* a segment, control or debug register */
    return true;
}

/* Returns QUICK_NO_REGISTER if there is no register. */
static uint8_t address_register(ZydisRegister name)
{
    return (uint8_t)register_number(name);
}
_Static_assert(QUICK_NO_REGISTER == GENERAL_COUNT,
               "register_number() returns QUICK_NO_REGISTER for no register");

static bool memory_make(const ZydisDecodedOperandMem *memory, struct quick *quick)
{
    quick->segment = (uint8_t)register_segment(memory->segment);
    quick->base = address_register(memory->base);
    quick->index = address_register(memory->index);
    quick->scale_shift = memory->scale == 0 ? 0 : (uint8_t)__builtin_ctz(memory->scale);
    quick->displacement = (uint32_t)memory->disp.value;
    return true;
}

static bool operand_make(const ZydisDecodedOperand *operand, struct quick_operand *to,
                         struct quick *quick)
{
    to->bytes = (uint8_t)operand_bytes(operand);
    switch (operand->type) {
    case ZYDIS_OPERAND_TYPE_REGISTER:
        return register_make(operand->reg.value, to);
    case ZYDIS_OPERAND_TYPE_MEMORY:
        to->kind = QUICK_MEMORY;
        return memory_make(&operand->mem, quick);
    case ZYDIS_OPERAND_TYPE_IMMEDIATE:
        to->kind = QUICK_IMMEDIATE;
        quick->immediate = (uint32_t)operand->imm.value.u;
        return true;
    default:
        return false;
    }
}

/* There is no compact form with a third operand, as in IMUL r, r/m, imm, or for the IMUL that has
   hidden operands. */
static bool operands_make(const struct instruction *instruction, struct quick *quick)
{
    uint32_t count = instruction->decoded.operand_count_visible;

    if (count > 2 || (quick->operation == QUICK_IMUL && count != 2))
        return false;
    if (count > 0 && !operand_make(&instruction->operands[0], &quick->to, quick))
        return false;
    return count < 2 || operand_make(&instruction->operands[1], &quick->from, quick);
}

/* Operations on the stack and EIP have a compact form only with 32 bits, POP only to a register. */
static bool is_wide(const struct instruction *instruction, const struct quick *quick)
{
    if (quick->operation < QUICK_PUSH)
        return quick->operation != QUICK_CDQ || instruction->decoded.operand_width == 32;
    return instruction->decoded.operand_width == 32 &&
           instruction->decoded.meta.branch_type != ZYDIS_BRANCH_TYPE_FAR &&
           (quick->operation != QUICK_POP || quick->to.kind == QUICK_REGISTER);
}

void quick_make(const struct instruction *instruction, struct quick *quick)
{
    const ZydisDecodedInstruction *decoded = &instruction->decoded;

    *quick = (struct quick){.operation = (uint8_t)operation_of(decoded),
                            .length = decoded->length,
                            .condition = decoded->opcode & 0xfu};
    if (quick->operation != QUICK_NONE &&
        (decoded->address_width != 32 || !operands_make(instruction, quick) ||
         !is_wide(instruction, quick)))
        quick->operation = QUICK_NONE;
}
