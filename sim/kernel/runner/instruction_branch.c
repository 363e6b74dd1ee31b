/* Near jumps, calls and returns. */
#include "runner/guest_memory.h"
#include "runner/instruction_emulation.h"
#include "runner/instruction_operand.h"

/* With a 16-bit operand size, EIP keeps 16 bits. */
static uint32_t wrapped(const struct instruction *instruction, uint32_t target)
{
    return instruction->decoded.operand_width == 16 ? target & 0xffffu : target;
}

static bool is_within_code(uint32_t target)
{
    return target <= cpu.segment[SEG_CS].limit || cpu_raise_error(VECTOR_GP, 0);
}

/* Stores the branch's target, which an immediate, a register or memory gives. */
static bool branch_target(const struct instruction *instruction, uint32_t *target)
{
    const ZydisDecodedOperand *operand = &instruction->operands[0];

    if (operand->type == ZYDIS_OPERAND_TYPE_IMMEDIATE)
        *target = next_eip(instruction) + (uint32_t)operand->imm.value.u;
    else if (!operand_read(instruction, operand, target))
        return false;
    *target = wrapped(instruction, *target);
    return is_within_code(*target);
}

enum progress emulate_jmp(const struct instruction *instruction)
{
    uint32_t target;

    if (instruction->decoded.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR)
        return emulate_far_jump(instruction);
    if (!branch_target(instruction, &target))
        return PROGRESS_RAISED;
    cpu_eip_set(target);
    return PROGRESS_JUMPED;
}

enum progress emulate_call(const struct instruction *instruction)
{
    uint32_t target;

    if (instruction->decoded.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR)
        return emulate_far_call(instruction);
    if (!branch_target(instruction, &target) ||
        !guest_push(next_eip(instruction), instruction->decoded.operand_width / 8u))
        return PROGRESS_RAISED;
    cpu_eip_set(target);
    return PROGRESS_JUMPED;
}

enum progress emulate_ret(const struct instruction *instruction)
{
    const ZydisDecodedOperand *released = &instruction->operands[0];
    uint32_t target, esp = cpu_general(ESP);

    if (instruction->decoded.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR)
        return emulate_far_return(instruction);
    if (!guest_pop(&target, instruction->decoded.operand_width / 8u))
        return PROGRESS_RAISED;
    if (!is_within_code(target)) {
        cpu_general_set(ESP, esp);
        return PROGRESS_RAISED;
    }
    if (released->type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
        ZydisRegister pointer = cpu_stack_is_big() ? ZYDIS_REGISTER_ESP : ZYDIS_REGISTER_SP;
        register_write(pointer, register_read(pointer) + (uint32_t)released->imm.value.u);
    }
    cpu_eip_set(target);
    return PROGRESS_JUMPED;
}

static bool any(uint32_t flags)
{
    return ((uint32_t)cpu.host[REG_EFL] & flags) != 0;
}

static enum progress branch_if(const struct instruction *instruction, bool condition)
{
    return condition ? emulate_jmp(instruction) : PROGRESS_NEXT;
}

enum progress emulate_jcc(const struct instruction *instruction)
{
    return branch_if(instruction,
                     condition_is_met(instruction->decoded.opcode, (uint32_t)cpu.host[REG_EFL]));
}

/* Returns CX or ECX, depending on the address size. */
static ZydisRegister counter(const struct instruction *instruction)
{
    return instruction->decoded.address_width == 16 ? ZYDIS_REGISTER_CX : ZYDIS_REGISTER_ECX;
}

enum progress emulate_jcxz(const struct instruction *instruction)
{
    return branch_if(instruction, register_read(counter(instruction)) == 0);
}

enum progress emulate_loop(const struct instruction *instruction)
{
    ZydisRegister name = counter(instruction);
    uint32_t count = register_read(name) - 1;
    bool zero = (name == ZYDIS_REGISTER_CX ? count & 0xffffu : count) == 0;
    bool goes_on = instruction->decoded.mnemonic == ZYDIS_MNEMONIC_LOOP ||
                   any(FLAG_ZF) == (instruction->decoded.mnemonic == ZYDIS_MNEMONIC_LOOPE);
    enum progress step = branch_if(instruction, !zero && goes_on);

    if (step != PROGRESS_RAISED)
        register_write(name, count);
    return step;
}
