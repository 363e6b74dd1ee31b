#include "runner/instruction_operand.h"

#include "runner/guest_memory.h"

/* Zydis numbers the registers of a class in the hardware's order. */
_Static_assert(ZYDIS_REGISTER_EDI - ZYDIS_REGISTER_EAX == EDI,
               "Zydis numbers the general registers as the CPU does");
_Static_assert(ZYDIS_REGISTER_DI - ZYDIS_REGISTER_AX == EDI,
               "Zydis numbers the general registers as the CPU does");
_Static_assert(ZYDIS_REGISTER_BH - ZYDIS_REGISTER_AL == 7,
               "Zydis numbers the byte registers as the CPU does");
_Static_assert(ZYDIS_REGISTER_GS - ZYDIS_REGISTER_ES == SEG_GS,
               "Zydis numbers the segment registers as the CPU does");

/* The position of a register in a general register; the mask applies before the shift. */
struct place {
    uint32_t number, shift, mask;
};

static bool register_place(ZydisRegister name, struct place *place)
{
    if (name >= ZYDIS_REGISTER_EAX && name <= ZYDIS_REGISTER_EDI)
        *place = (struct place){(uint32_t)name - ZYDIS_REGISTER_EAX, 0, 0xffffffffu};
    else if (name >= ZYDIS_REGISTER_AX && name <= ZYDIS_REGISTER_DI)
        *place = (struct place){(uint32_t)name - ZYDIS_REGISTER_AX, 0, 0xffffu};
    else if (name >= ZYDIS_REGISTER_AL && name <= ZYDIS_REGISTER_BL)
        *place = (struct place){(uint32_t)name - ZYDIS_REGISTER_AL, 0, 0xffu};
    else if (name >= ZYDIS_REGISTER_AH && name <= ZYDIS_REGISTER_BH)
        *place = (struct place){(uint32_t)name - ZYDIS_REGISTER_AH, 8, 0xffu};
    else
        return false;
    return true;
}

uint32_t register_number(ZydisRegister name)
{
    if (name >= ZYDIS_REGISTER_EAX && name <= ZYDIS_REGISTER_EDI)
        return (uint32_t)name - ZYDIS_REGISTER_EAX;
    if (name >= ZYDIS_REGISTER_AX && name <= ZYDIS_REGISTER_DI)
        return (uint32_t)name - ZYDIS_REGISTER_AX;
    return GENERAL_COUNT;
}

uint32_t register_read(ZydisRegister name)
{
    struct place place;

    if (register_place(name, &place))
        return cpu_general(place.number) >> place.shift & place.mask;
    if (name >= ZYDIS_REGISTER_ES && name <= ZYDIS_REGISTER_GS)
        return cpu.segment[register_segment(name)].selector;
    return 0;
}

void register_write(ZydisRegister name, uint32_t value)
{
    struct place place;

    if (!register_place(name, &place))
        return;
    uint32_t rest = cpu_general(place.number) & ~(place.mask << place.shift);
    cpu_general_set(place.number, rest | (value & place.mask) << place.shift);
}

bool operand_is_bit_string(const struct instruction *instruction)
{
    ZydisMnemonic mnemonic = instruction->decoded.mnemonic;

    return (mnemonic == ZYDIS_MNEMONIC_BT || mnemonic == ZYDIS_MNEMONIC_BTS ||
            mnemonic == ZYDIS_MNEMONIC_BTR || mnemonic == ZYDIS_MNEMONIC_BTC) &&
           operand_is_memory(&instruction->operands[0]) &&
           instruction->operands[1].type == ZYDIS_OPERAND_TYPE_REGISTER;
}

/* The bit offset is signed; it selects a word of the operand's size (SDM vol. 1, 3.1.1.9). */
static uint32_t bit_string_bytes(const struct instruction *instruction)
{
    uint32_t value = register_read(instruction->operands[1].reg.value);

    if (instruction->operands[1].size == 16)
        return (uint32_t)((int16_t)value >> 4) * 2u;
    return (uint32_t)((int32_t)value >> 5) * 4u;
}

uint32_t operand_offset(const struct instruction *instruction, const ZydisDecodedOperand *operand)
{
    const ZydisDecodedOperandMem *memory = &operand->mem;
    uint32_t offset = (uint32_t)memory->disp.value;

    if (memory->base != ZYDIS_REGISTER_NONE)
        offset += register_read(memory->base);
    if (memory->index != ZYDIS_REGISTER_NONE)
        offset += register_read(memory->index) * memory->scale;
    if (operand == &instruction->operands[0] && operand_is_bit_string(instruction))
        offset += bit_string_bytes(instruction);
    if (instruction->decoded.mnemonic == ZYDIS_MNEMONIC_POP && memory->base == ZYDIS_REGISTER_ESP &&
        operand->visibility == ZYDIS_OPERAND_VISIBILITY_EXPLICIT)
        offset += operand_bytes(operand);
    return instruction->decoded.address_width == 16 ? offset & 0xffffu : offset;
}

bool operand_linear(const struct instruction *instruction, const ZydisDecodedOperand *operand,
                    uint32_t bytes, bool write, uint32_t *linear)
{
    return guest_linear(register_segment(operand->mem.segment),
                        operand_offset(instruction, operand), bytes, write, linear);
}

bool operand_read(const struct instruction *instruction, const ZydisDecodedOperand *operand,
                  uint32_t *value)
{
    uint32_t linear, bytes = operand_bytes(operand);

    if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER) {
        *value = register_read(operand->reg.value);
        return true;
    }
    if (operand->type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
        *value = (uint32_t)operand->imm.value.u;
        return true;
    }
    *value = 0;
    return operand_linear(instruction, operand, bytes, false, &linear) &&
           guest_read(linear, value, bytes);
}

bool operand_read_for_write(const struct instruction *instruction,
                            const ZydisDecodedOperand *operand, uint32_t *value)
{
    uint32_t linear, bytes = operand_bytes(operand);

    if (!operand_is_memory(operand))
        return operand_read(instruction, operand, value);
    *value = 0;
    return operand_linear(instruction, operand, bytes, true, &linear) &&
           guest_probe_write(linear, bytes) && guest_read(linear, value, bytes);
}

bool operand_write(const struct instruction *instruction, const ZydisDecodedOperand *operand,
                   uint32_t value)
{
    uint32_t linear, bytes = operand_bytes(operand);

    if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER) {
        register_write(operand->reg.value, value);
        return true;
    }
    return operand_linear(instruction, operand, bytes, true, &linear) &&
           guest_write(linear, &value, bytes);
}
