/* GDTR, IDTR, LDTR and TR, and the instructions that look at a descriptor without loading it. */
#include "runner/guest_memory.h"
#include "runner/instruction_emulation.h"
#include "runner/instruction_operand.h"
#include "runner/segment.h"

#define IMAGE_BYTES 6u /* limit, then base */

/* A 16-bit operand size loads 24 bits of the base. */
static enum progress table_load(const struct instruction *instruction, struct table_register *table)
{
    unsigned char image[IMAGE_BYTES];
    uint32_t linear, base;
    uint16_t limit;

    if (!check_privileged() ||
        !operand_linear(instruction, &instruction->operands[0], IMAGE_BYTES, false, &linear) ||
        !guest_read(linear, image, IMAGE_BYTES))
        return PROGRESS_RAISED;
    memcpy(&limit, image, sizeof limit);
    memcpy(&base, image + sizeof limit, sizeof base);
    if (instruction->decoded.operand_width == 16)
        base &= 0x00ffffffu;
    *table = (struct table_register){.base = base, .limit = limit};
    return PROGRESS_NEXT;
}

static enum progress table_store(const struct instruction *instruction,
                                 const struct table_register *table)
{
    unsigned char image[IMAGE_BYTES];
    uint16_t limit = (uint16_t)table->limit;
    uint32_t linear;

    memcpy(image, &limit, sizeof limit);
    memcpy(image + sizeof limit, &table->base, sizeof table->base);
    return progress_of(
        operand_linear(instruction, &instruction->operands[0], IMAGE_BYTES, true, &linear) &&
        guest_write(linear, image, IMAGE_BYTES));
}

enum progress emulate_lgdt(const struct instruction *instruction)
{
    return table_load(instruction, &cpu.gdt);
}

enum progress emulate_lidt(const struct instruction *instruction)
{
    return table_load(instruction, &cpu.idt);
}

enum progress emulate_sgdt(const struct instruction *instruction)
{
    return table_store(instruction, &cpu.gdt);
}

enum progress emulate_sidt(const struct instruction *instruction)
{
    return table_store(instruction, &cpu.idt);
}

enum progress emulate_lldt(const struct instruction *instruction)
{
    uint32_t selector;

    return progress_of(check_privileged() &&
                       operand_read(instruction, &instruction->operands[0], &selector) &&
                       segment_load_ldt((uint16_t)selector));
}

enum progress emulate_ltr(const struct instruction *instruction)
{
    uint32_t selector;

    return progress_of(check_privileged() &&
                       operand_read(instruction, &instruction->operands[0], &selector) &&
                       segment_load_task((uint16_t)selector));
}

enum progress emulate_sldt(const struct instruction *instruction)
{
    return progress_of(operand_write(instruction, &instruction->operands[0], cpu.ldt.selector));
}

enum progress emulate_str(const struct instruction *instruction)
{
    return progress_of(operand_write(instruction, &instruction->operands[0], cpu.task.selector));
}

/* The selector's 16 bits, from memory or a register of any size. */
static bool read_selector(const struct instruction *instruction, uint32_t operand,
                          uint16_t *selector)
{
    uint32_t value;

    if (!operand_read(instruction, &instruction->operands[operand], &value))
        return false;
    *selector = (uint16_t)value;
    return true;
}

/* The end of LAR, LSL, VERR, VERW: ZF says whether the descriptor passed. Reading it may have
   raised #PF. */
static enum progress set_valid(bool valid)
{
    if (!valid && cpu.exception.pending)
        return PROGRESS_RAISED;
    status_set(FLAG_ZF, valid ? FLAG_ZF : 0);
    return PROGRESS_NEXT;
}

enum progress emulate_lar(const struct instruction *instruction)
{
    uint16_t selector;
    uint32_t rights;

    if (!read_selector(instruction, 1, &selector))
        return PROGRESS_RAISED;
    bool valid = segment_access_rights(selector, &rights);
    if (valid)
        register_write(instruction->operands[0].reg.value, rights);
    return set_valid(valid);
}

enum progress emulate_lsl(const struct instruction *instruction)
{
    uint16_t selector;
    uint32_t limit;

    if (!read_selector(instruction, 1, &selector))
        return PROGRESS_RAISED;
    bool valid = segment_limit(selector, &limit);
    if (valid)
        register_write(instruction->operands[0].reg.value, limit);
    return set_valid(valid);
}

enum progress emulate_verr(const struct instruction *instruction)
{
    uint16_t selector;

    if (!read_selector(instruction, 0, &selector))
        return PROGRESS_RAISED;
    return set_valid(segment_verify(selector, false));
}

enum progress emulate_verw(const struct instruction *instruction)
{
    uint16_t selector;

    if (!read_selector(instruction, 0, &selector))
        return PROGRESS_RAISED;
    return set_valid(segment_verify(selector, true));
}

/* Raises the destination's RPL to the source's. */
enum progress emulate_arpl(const struct instruction *instruction)
{
    const ZydisDecodedOperand *operand = &instruction->operands[0];
    uint32_t to, from = register_read(instruction->operands[1].reg.value);

    if (!operand_read_for_write(instruction, operand, &to))
        return PROGRESS_RAISED;
    bool raise = (to & 3) < (from & 3);
    if (raise && !operand_write(instruction, operand, (to & ~3u) | (from & 3)))
        return PROGRESS_RAISED;
    status_set(FLAG_ZF, raise ? FLAG_ZF : 0);
    return PROGRESS_NEXT;
}
