#include "runner/instruction_emulation.h"

#include "runner/guest_memory.h"
#include "runner/instruction_operand.h"
#include "runner/segment.h"

/* ---- control and debug registers, INVLPG, caches ---- */

#define CR4_DE 0x00000008u

#define DR6_ONES 0xffff0ff0u
#define DR7_ONES 0x00000400u

static uint32_t control_read(ZydisRegister name)
{
    switch ((unsigned)name) {
    case ZYDIS_REGISTER_CR0:
        return cpu.machine.mmu.cr0;
    case ZYDIS_REGISTER_CR2:
        return cpu.machine.cr2.value;
    case ZYDIS_REGISTER_CR3:
        return cpu.machine.mmu.cr3;
    default:
        return cpu.machine.mmu.cr4;
    }
}

static bool control_write(ZydisRegister name, uint32_t value)
{
    switch ((unsigned)name) {
    case ZYDIS_REGISTER_CR0:
        return cpu_load_cr0(value);
    case ZYDIS_REGISTER_CR2:
        cpu.machine.cr2.value = value;
        return true;
    case ZYDIS_REGISTER_CR3:
        return cpu_load_cr3(value);
    default:
        return cpu_load_cr4(value);
    }
}

static bool is_control(ZydisRegister name)
{
    return name == ZYDIS_REGISTER_CR0 || name == ZYDIS_REGISTER_CR2 || name == ZYDIS_REGISTER_CR3 ||
           name == ZYDIS_REGISTER_CR4;
}

enum progress emulate_move_control(const struct instruction *instruction)
{
    ZydisRegister to = instruction->operands[0].reg.value;
    ZydisRegister from = instruction->operands[1].reg.value;

    if (!is_control(to) && !is_control(from))
        return progress_of(cpu_raise(VECTOR_UD));
    if (!check_privileged())
        return PROGRESS_RAISED;
    if (is_control(to))
        return progress_of(control_write(to, register_read(from)));
    register_write(to, control_read(from));
    return PROGRESS_NEXT;
}

/* DR4 and DR5 are aliases of DR6 and DR7, unless CR4.DE is set. Returns 8 for #UD. */
static uint32_t debug_number(ZydisRegister name)
{
    uint32_t number = (uint32_t)name - ZYDIS_REGISTER_DR0;

    if (number != 4 && number != 5)
        return number;
    return cpu.machine.mmu.cr4 & CR4_DE ? 8 : number + 2;
}

/* Debug registers keep their values, but their breakpoints have no effect. */
enum progress emulate_move_debug(const struct instruction *instruction)
{
    static const uint32_t ones[8] = {[6] = DR6_ONES, [7] = DR7_ONES};
    const ZydisDecodedOperand *to = &instruction->operands[0], *from = &instruction->operands[1];
    bool writes = operand_is_register(to, ZYDIS_REGCLASS_DEBUG);
    uint32_t number = debug_number(writes ? to->reg.value : from->reg.value);

    if (number >= 8)
        return progress_of(cpu_raise(VECTOR_UD));
    if (!check_privileged())
        return PROGRESS_RAISED;
    if (writes)
        cpu.debug[number] = register_read(from->reg.value);
    else
        register_write(to->reg.value, cpu.debug[number] | ones[number]);
    return PROGRESS_NEXT;
}

enum progress emulate_clts(const struct instruction *instruction)
{
    (void)instruction;
    return progress_of(check_privileged() && cpu_load_cr0(cpu.machine.mmu.cr0 & ~CR0_TS));
}

/* LMSW writes PE, MP, EM and TS; it can set PE, but not clear it. */
enum progress emulate_lmsw(const struct instruction *instruction)
{
    uint32_t value, cr0 = cpu.machine.mmu.cr0;

    if (!check_privileged() || !operand_read(instruction, &instruction->operands[0], &value))
        return PROGRESS_RAISED;
    cr0 &= ~(CR0_MP | CR0_EM | CR0_TS);
    return progress_of(cpu_load_cr0(cr0 | (value & (CR0_PE | CR0_MP | CR0_EM | CR0_TS))));
}

/* With a 32-bit register, SMSW stores all of CR0. */
enum progress emulate_smsw(const struct instruction *instruction)
{
    return progress_of(operand_write(instruction, &instruction->operands[0], cpu.machine.mmu.cr0));
}

/* The segment's limit is not checked, because the address is not accessed. */
enum progress emulate_invlpg(const struct instruction *instruction)
{
    const ZydisDecodedOperand *operand = &instruction->operands[0];
    uint32_t base = cpu.segment[register_segment(operand->mem.segment)].base;

    if (!check_privileged())
        return PROGRESS_RAISED;
    cpu_invlpg(base + operand_offset(instruction, operand));
    return PROGRESS_NEXT;
}

/* invd and wbinvd have no effect, because there is no cache. */
enum progress emulate_flush_caches(const struct instruction *instruction)
{
    (void)instruction;
    return progress_of(check_privileged());
}

/* ---- GDTR, IDTR, LDTR and TR, and instructions that inspect a descriptor ---- */

#define IMAGE_BYTES 6u /* the limit, followed by the base */

/* With a 16-bit operand size, only 24 bits of the base are loaded. */
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

/* Reads a selector of 16 bits from memory or from a register of any size. */
static bool read_selector(const struct instruction *instruction, uint32_t operand,
                          uint16_t *selector)
{
    uint32_t value;

    if (!operand_read(instruction, &instruction->operands[operand], &value))
        return false;
    *selector = (uint16_t)value;
    return true;
}

/* Ends LAR, LSL, VERR and VERW: ZF tells if the descriptor passed the checks, unless reading it
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
