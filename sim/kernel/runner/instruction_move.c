#include "runner/instruction_emulation.h"

#include "runner/guest_memory.h"
#include "runner/instruction_operand.h"
#include "runner/segment.h"

/* ---- moves between registers and memory ---- */

/* Most stores to watched page tables are such moves, so they do not go through a native copy. */

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

/* Zydis puts an operand in memory first. */
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

/* The address that Zydis gives does not include AL. */
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

/* The result of a 16-bit operand is undefined; processors clear the register. */
enum progress emulate_bswap(const struct instruction *instruction)
{
    const ZydisDecodedOperand *operand = &instruction->operands[0];
    uint32_t value = register_read(operand->reg.value);

    register_write(operand->reg.value, operand->size == 16 ? 0 : __builtin_bswap32(value));
    return PROGRESS_NEXT;
}

/* ---- the stack: PUSH, POP and the like ---- */

/* ESP is changed last, because an access may raise an exception or stop the guest. */

#define CHUNK_BYTES 16u /* the most that guest_read() and guest_write() take at once */

static uint32_t width_bytes(const struct instruction *instruction)
{
    return instruction->decoded.operand_width / 8u;
}

/* Returns the bits of ESP that are used: the stack segment's size decides. */
static uint32_t stack_mask(void)
{
    return cpu_stack_is_big() ? 0xffffffffu : 0xffffu;
}

static void stack_pointer_set(uint32_t mask, uint32_t value)
{
    cpu_general_set(ESP, (cpu_general(ESP) & ~mask) | (value & mask));
}

static bool stack_read(uint32_t offset, uint32_t *value, uint32_t bytes)
{
    uint32_t linear;

    *value = 0;
    return guest_linear(SEG_SS, offset & stack_mask(), bytes, false, &linear) &&
           guest_read(linear, value, bytes);
}

static bool stack_write(uint32_t offset, uint32_t value, uint32_t bytes)
{
    uint32_t linear;

    return guest_linear(SEG_SS, offset & stack_mask(), bytes, true, &linear) &&
           guest_write(linear, &value, bytes);
}

enum progress emulate_push(const struct instruction *instruction)
{
    uint32_t value;

    return progress_of(operand_read(instruction, &instruction->operands[0], &value) &&
                       guest_push(value, width_bytes(instruction)));
}

/* POP ESP leaves the popped value in ESP. POP SS moves ESP by the size of the old stack. */
enum progress emulate_pop(const struct instruction *instruction)
{
    const ZydisDecodedOperand *operand = &instruction->operands[0];
    uint32_t bytes = width_bytes(instruction), mask = stack_mask(), value;

    if (!stack_read(cpu_general(ESP), &value, bytes))
        return PROGRESS_RAISED;
    if (operand_is_register(operand, ZYDIS_REGCLASS_SEGMENT)) {
        if (!segment_load(register_segment(operand->reg.value), (uint16_t)value))
            return PROGRESS_RAISED;
    } else if (operand_is_memory(operand) && !operand_write(instruction, operand, value)) {
        return PROGRESS_RAISED;
    }
    stack_pointer_set(mask, cpu_general(ESP) + bytes);
    if (operand_is_register(operand, ZYDIS_REGCLASS_GPR16) ||
        operand_is_register(operand, ZYDIS_REGCLASS_GPR32))
        register_write(operand->reg.value, value);
    return PROGRESS_NEXT;
}

/* PUSHA stores EDI at the lowest address and EAX at the highest. */
static ZydisRegister image_register(uint32_t index, uint32_t bytes)
{
    ZydisRegister last = bytes == 2 ? ZYDIS_REGISTER_DI : ZYDIS_REGISTER_EDI;

    return (ZydisRegister)((uint32_t)last - index);
}

/* All eight words are written, or none. */
enum progress emulate_pusha(const struct instruction *instruction)
{
    uint32_t bytes = width_bytes(instruction), mask = stack_mask(), linear;
    uint32_t lowest = cpu_general(ESP) - GENERAL_COUNT * bytes;
    unsigned char image[GENERAL_COUNT * 4];

    for (uint32_t i = 0; i < GENERAL_COUNT; i++) {
        uint32_t value = register_read(image_register(i, bytes));
        memcpy(image + i * bytes, &value, bytes);
    }
    if (!guest_linear(SEG_SS, lowest & mask, GENERAL_COUNT * bytes, true, &linear) ||
        !guest_probe_write(linear, GENERAL_COUNT * bytes))
        return PROGRESS_RAISED;
    for (uint32_t at = 0; at < GENERAL_COUNT * bytes; at += CHUNK_BYTES)
        if (!guest_write(linear + at, image + at, CHUNK_BYTES))
            return PROGRESS_RAISED;
    stack_pointer_set(mask, lowest);
    return PROGRESS_NEXT;
}

/* POPA ignores the value for ESP. */
enum progress emulate_popa(const struct instruction *instruction)
{
    uint32_t bytes = width_bytes(instruction), esp = cpu_general(ESP);
    uint32_t values[GENERAL_COUNT];

    for (uint32_t i = 0; i < GENERAL_COUNT; i++)
        if (!stack_read(esp + i * bytes, &values[i], bytes))
            return PROGRESS_RAISED;
    for (uint32_t i = 0; i < GENERAL_COUNT; i++)
        if (register_number(image_register(i, bytes)) != ESP)
            register_write(image_register(i, bytes), values[i]);
    stack_pointer_set(stack_mask(), esp + GENERAL_COUNT * bytes);
    return PROGRESS_NEXT;
}

/*
 * ENTER's frame (SDM vol. 2A), with the frame pointers of `level` - 1 enclosing procedures:
 *
 *     ESP before  |
 *                 | EBP                        <- the new frame's EBP
 *                 | level - 1 frame pointers     from below the old EBP
 *                 | the new frame's EBP          if level is not 0
 *                 | size bytes                 <- ESP after
 */
static bool push_display(uint32_t level, uint32_t bytes, uint32_t frame)
{
    uint32_t ebp = cpu_general(EBP), value;

    for (uint32_t i = 1; i < level; i++)
        if (!stack_read(ebp - i * bytes, &value, bytes) ||
            !stack_write(frame - i * bytes, value, bytes))
            return false;
    return level == 0 || stack_write(frame - level * bytes, frame, bytes);
}

/* The end of the new frame must be writable, though nothing is written there. */
static bool is_frame_writable(uint32_t esp, uint32_t bytes)
{
    uint32_t linear;

    return guest_linear(SEG_SS, esp & stack_mask(), bytes, true, &linear) &&
           guest_probe_write(linear, bytes);
}

enum progress emulate_enter(const struct instruction *instruction)
{
    uint32_t size = (uint32_t)instruction->operands[0].imm.value.u & 0xffffu;
    uint32_t level = (uint32_t)instruction->operands[1].imm.value.u & 31u;
    uint32_t bytes = width_bytes(instruction), esp = cpu_general(ESP);
    uint32_t frame = (esp & ~stack_mask()) | ((esp - bytes) & stack_mask());
    uint32_t end = frame - level * bytes - size;

    if (!stack_write(frame, cpu_general(EBP), bytes) || !push_display(level, bytes, frame) ||
        !is_frame_writable(end, bytes))
        return PROGRESS_RAISED;
    stack_pointer_set(stack_mask(), end);
    register_write(bytes == 2 ? ZYDIS_REGISTER_BP : ZYDIS_REGISTER_EBP, frame);
    return PROGRESS_NEXT;
}

enum progress emulate_leave(const struct instruction *instruction)
{
    uint32_t bytes = width_bytes(instruction), ebp = cpu_general(EBP), value;

    if (!stack_read(ebp, &value, bytes))
        return PROGRESS_RAISED;
    stack_pointer_set(stack_mask(), ebp + bytes);
    register_write(bytes == 2 ? ZYDIS_REGISTER_BP : ZYDIS_REGISTER_EBP, value);
    return PROGRESS_NEXT;
}
