/* IN, OUT, INS and OUTS, with the I/O permission bitmap of the TSS (SDM vol. 1, 19.5.2). */
#include "runner/devices/devices.h"
#include "runner/guest_memory.h"
#include "runner/instruction_emulation.h"
#include "runner/instruction_operand.h"
#include "runner/instruction_string.h"

#define TSS_TYPE_BUSY_32 0x0bu
#define TSS_BITMAP_AT    102u /* the TSS field with the offset of its bitmap */

/* Reads the two bytes of the bitmap that hold a port's bits. They must be within the limit. */
static bool read_bitmap(uint32_t port, uint16_t *bits)
{
    uint16_t bitmap;

    if ((cpu.task.rights & 0x1fu) != TSS_TYPE_BUSY_32 || cpu.task.limit < TSS_BITMAP_AT + 1)
        return cpu_raise_error(VECTOR_GP, 0);
    if (!guest_system_read(cpu.task.base + TSS_BITMAP_AT, &bitmap, sizeof bitmap))
        return false;
    uint32_t offset = bitmap + port / 8;
    if (offset + 1 > cpu.task.limit)
        return cpu_raise_error(VECTOR_GP, 0);
    return guest_system_read(cpu.task.base + offset, bits, sizeof *bits);
}

static bool is_port_allowed(uint32_t port, uint32_t bytes)
{
    uint32_t mask = ((1u << bytes) - 1) << (port & 7);
    uint16_t bits;

    if (cpu.cpl <= cpu_iopl())
        return true;
    if (!read_bitmap(port, &bits))
        return false;
    return !(bits & mask) || cpu_raise_error(VECTOR_GP, 0);
}

/* The port is in DX or in an immediate byte. */
static uint32_t port_number(const ZydisDecodedOperand *operand)
{
    if (operand->type == ZYDIS_OPERAND_TYPE_IMMEDIATE)
        return (uint32_t)operand->imm.value.u & 0xffu;
    return cpu_general(EDX) & 0xffffu;
}

enum progress emulate_in(const struct instruction *instruction)
{
    const ZydisDecodedOperand *to = &instruction->operands[0];
    uint32_t port = port_number(&instruction->operands[1]);
    uint32_t bytes = operand_bytes(to);

    if (!is_port_allowed(port, bytes))
        return PROGRESS_RAISED;
    register_write(to->reg.value, devices_port_read((uint16_t)port, bytes));
    return PROGRESS_NEXT;
}

enum progress emulate_out(const struct instruction *instruction)
{
    const ZydisDecodedOperand *from = &instruction->operands[1];
    uint32_t port = port_number(&instruction->operands[0]);
    uint32_t bytes = operand_bytes(from);

    if (!is_port_allowed(port, bytes))
        return PROGRESS_RAISED;
    devices_port_write((uint16_t)port, register_read(from->reg.value), bytes);
    return PROGRESS_NEXT;
}

/* The write is probed before the device is read, because the read has effects. */
static bool ins_element(const struct string *string)
{
    uint32_t linear, value;

    if (!guest_linear(SEG_ES, string_index(string, EDI), string->bytes, true, &linear) ||
        !guest_probe_write(linear, string->bytes))
        return false;
    value = devices_port_read((uint16_t)cpu_general(EDX), string->bytes);
    if (!guest_write(linear, &value, string->bytes))
        return false;
    string_advance(string, EDI);
    return true;
}

static bool outs_element(const struct string *string)
{
    uint32_t linear, value = 0;

    if (!guest_linear(string->source, string_index(string, ESI), string->bytes, false, &linear) ||
        !guest_read(linear, &value, string->bytes))
        return false;
    devices_port_write((uint16_t)cpu_general(EDX), value, string->bytes);
    string_advance(string, ESI);
    return true;
}

enum progress emulate_ins(const struct instruction *instruction)
{
    struct string string = string_of(instruction);

    if (!is_port_allowed(cpu_general(EDX) & 0xffffu, string.bytes))
        return PROGRESS_RAISED;
    return string_repeat(&string, ins_element);
}

enum progress emulate_outs(const struct instruction *instruction)
{
    struct string string = string_of(instruction);

    if (!is_port_allowed(cpu_general(EDX) & 0xffffu, string.bytes))
        return PROGRESS_RAISED;
    return string_repeat(&string, outs_element);
}
