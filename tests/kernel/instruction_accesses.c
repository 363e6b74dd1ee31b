#include "kernel/instruction_accesses.h"

#include "runner/instruction_operand.h"
#include "runner/instruction_string.h"

/* Returns whether an instruction names memory without an access. */
static bool is_only_named(ZydisMnemonic mnemonic)
{
    static const ZydisMnemonic mnemonics[] = {
        ZYDIS_MNEMONIC_NOP,        ZYDIS_MNEMONIC_INVLPG,     ZYDIS_MNEMONIC_CLFLUSH,
        ZYDIS_MNEMONIC_PREFETCH,   ZYDIS_MNEMONIC_PREFETCHW,  ZYDIS_MNEMONIC_PREFETCHNTA,
        ZYDIS_MNEMONIC_PREFETCHT0, ZYDIS_MNEMONIC_PREFETCHT1, ZYDIS_MNEMONIC_PREFETCHT2,
    };

    for (uint32_t i = 0; i < sizeof mnemonics / sizeof *mnemonics; i++)
        if (mnemonics[i] == mnemonic)
            return true;
    return false;
}

static bool is_stack(const ZydisDecodedOperand *operand)
{
    return operand->visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN &&
           operand->mem.base == ZYDIS_REGISTER_ESP;
}

/* IRET reads EIP, CS and EFLAGS always, and more when the ring changes. */
static uint32_t access_bytes(const struct instruction *instruction,
                             const ZydisDecodedOperand *operand)
{
    ZydisMnemonic mnemonic = instruction->decoded.mnemonic;

    if (mnemonic == ZYDIS_MNEMONIC_IRET || mnemonic == ZYDIS_MNEMONIC_IRETD)
        return 3u * instruction->decoded.operand_width / 8u;
    return operand_bytes(operand);
}

/* Zydis gives ESP's value before the instruction, but a push writes below it. */
static uint32_t access_offset(const struct instruction *instruction,
                              const ZydisDecodedOperand *operand, uint32_t bytes)
{
    uint32_t offset = operand_offset(instruction, operand);

    if (is_stack(operand)) {
        if (operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE)
            offset -= bytes;
        return cpu_stack_is_big() ? offset : offset & 0xffffu;
    }
    if (instruction->decoded.mnemonic == ZYDIS_MNEMONIC_XLAT)
        return offset + register_read(ZYDIS_REGISTER_AL);
    return offset;
}

static struct memory_access access_of(const struct instruction *instruction,
                                      const ZydisDecodedOperand *operand)
{
    uint32_t segment = register_segment(operand->mem.segment);
    uint32_t bytes = access_bytes(instruction, operand);
    uint32_t offset = access_offset(instruction, operand, bytes);

    return (struct memory_access){
        .segment = segment,
        .offset = offset,
        .linear = cpu.segment[segment].base + offset,
        .bytes = bytes,
    };
}

/* A repeated instruction with a count of zero accesses nothing. */
static bool is_repeated_never(const struct instruction *instruction)
{
    ZydisInstructionCategory category = instruction->decoded.meta.category;
    uint32_t mask = instruction->decoded.address_width == 16 ? 0xffffu : 0xffffffffu;

    return (category == ZYDIS_CATEGORY_STRINGOP || category == ZYDIS_CATEGORY_IOSTRINGOP) &&
           string_prefix(instruction) != 0 && !(cpu_general(ECX) & mask);
}

uint32_t instruction_accesses(const struct instruction *instruction,
                              struct memory_access accesses[ACCESSES_MAX])
{
    uint32_t count = 0;

    if (is_only_named(instruction->decoded.mnemonic) || is_repeated_never(instruction))
        return 0;
    for (uint32_t i = 0; i < instruction->decoded.operand_count && count < ACCESSES_MAX; i++) {
        const ZydisDecodedOperand *operand = &instruction->operands[i];
        if (operand_is_memory(operand) && operand->mem.type == ZYDIS_MEMOP_TYPE_MEM)
            accesses[count++] = access_of(instruction, operand);
    }
    return count;
}
