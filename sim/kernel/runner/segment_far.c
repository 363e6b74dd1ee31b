#include "runner/guest_memory.h"
#include "runner/segment_rules.h"
#include "runner/stack_frame.h"

/* ---- ljmp and lcall ---- */

static const char *gate_name(uint32_t type)
{
    switch (type) {
    case SYSTEM_CALL_GATE:
    case SYSTEM_CALL_GATE_16:
        return "a far jump or call through a call gate";
    case SYSTEM_TASK_GATE:
        return "a far jump or call through a task gate";
    case SYSTEM_TASK:
    case SYSTEM_TASK_16:
        return "a far jump or call to another task";
    default:
        return NULL;
    }
}

static enum outcome enter_system(uint16_t selector, const struct segment *target)
{
    const char *name = gate_name(target->rights & SYSTEM_TYPE_MASK);
    uint32_t dpl = segment_dpl(target);

    if (!name || dpl < cpu.cpl || dpl < (selector & SELECTOR_RPL))
        selector_raise(VECTOR_GP, selector);
    else if (!(target->rights & SEGMENT_PRESENT))
        selector_raise(VECTOR_NP, selector);
    else
        return segment_unsupported(name, selector);
    return OUTCOME_RAISED;
}

/* Checks that ljmp and lcall may enter the code segment from the current ring (5.8.1). */
static bool check_code(uint16_t selector, const struct segment *code)
{
    uint32_t dpl = segment_dpl(code);
    bool allowed = segment_is_conforming(code)
                       ? dpl <= cpu.cpl
                       : dpl == cpu.cpl && (selector & SELECTOR_RPL) <= cpu.cpl;

    if (!segment_is_code(code) || !allowed)
        return selector_raise(VECTOR_GP, selector);
    if (!(code->rights & SEGMENT_PRESENT))
        return selector_raise(VECTOR_NP, selector);
    return true;
}

/* Reads the target of a far jump or call. Returns OUTCOME_UNKNOWN if it is a code segment that
   passes the checks; any other value is the outcome of the instruction. */
static enum outcome find_code(uint16_t selector, struct segment *code)
{
    if (selector_is_null(selector)) {
        cpu_raise_error(VECTOR_GP, 0);
        return OUTCOME_RAISED;
    }
    if (!segment_fetch(selector, VECTOR_GP, code))
        return OUTCOME_RAISED;
    if (!(code->rights & SEGMENT_NOT_SYSTEM))
        return enter_system(selector, code);
    if (!check_code(selector, code) || !segment_mark_accessed(code))
        return OUTCOME_RAISED;
    if (!(code->rights & SEGMENT_BIG))
        return segment_unsupported("a 16-bit code segment", selector);
    return OUTCOME_UNKNOWN;
}

static bool check_offset(const struct segment *code, uint32_t offset)
{
    return offset <= code->limit || cpu_raise_error(VECTOR_GP, 0);
}

enum outcome segment_far_jump(uint16_t selector, uint32_t offset)
{
    struct segment code;
    enum outcome end = find_code(selector, &code);

    if (end != OUTCOME_UNKNOWN)
        return end;
    if (!check_offset(&code, offset))
        return OUTCOME_RAISED;
    segment_set_code(&code, cpu.cpl);
    cpu_eip_set(offset);
    return OUTCOME_DONE;
}

/* Pushes the frame of lcall: EIP, and CS above it. */
static bool push_return_address(const struct segment *code, uint32_t offset, uint32_t operand_bytes,
                                uint32_t return_eip)
{
    struct stack stack = {cpu.segment[SEG_SS], cpu_general(ESP), cpu.cpl};
    uint32_t bytes = 2 * operand_bytes;
    uint32_t cs = cpu.segment[SEG_CS].selector;
    uint32_t frame[2] = {return_eip, cs};

    if (operand_bytes == 2)
        frame[0] = (return_eip & 0xffffu) | cs << 16;
    if (!stack_has_room(&stack, bytes, operand_bytes))
        return cpu_raise_error(VECTOR_SS, 0);
    if (!check_offset(code, offset) || !stack_write(&stack, frame, bytes, operand_bytes))
        return false;
    stack_set_pointer(&stack.segment, stack.esp - bytes);
    return true;
}

enum outcome segment_far_call(uint16_t selector, uint32_t offset, uint32_t operand_bytes,
                              uint32_t return_eip)
{
    struct segment code;
    enum outcome end = find_code(selector, &code);

    if (end != OUTCOME_UNKNOWN)
        return end;
    if (!push_return_address(&code, offset, operand_bytes, return_eip))
        return OUTCOME_RAISED;
    segment_set_code(&code, cpu.cpl);
    cpu_eip_set(offset);
    return OUTCOME_DONE;
}

/* ---- lret ---- */

/* Reads an offset and a selector from the stack. */
static bool read_pair(uint32_t skipped, uint32_t operand_bytes, uint32_t *offset,
                      uint16_t *selector)
{
    uint32_t frame[2];

    if (!stack_read(skipped, frame, 2 * operand_bytes, operand_bytes))
        return false;
    *offset = operand_bytes == 2 ? frame[0] & 0xffffu : frame[0];
    *selector = (uint16_t)(operand_bytes == 2 ? frame[0] >> 16 : frame[1]);
    return true;
}

static enum outcome return_same_ring(const struct segment *code, uint32_t eip,
                                     uint32_t released_bytes)
{
    if (!check_offset(code, eip))
        return OUTCOME_RAISED;
    stack_set_pointer(&cpu.segment[SEG_SS], cpu_general(ESP) + released_bytes);
    segment_set_code(code, cpu.cpl);
    cpu_eip_set(eip);
    return OUTCOME_DONE;
}

/* The outer ring's SS:ESP lie above the return address and the released bytes. The same number of
   bytes is released from the outer stack. */
static enum outcome return_outer_ring(const struct segment *code, uint32_t eip,
                                      uint32_t operand_bytes, uint32_t released_bytes)
{
    uint32_t ring = code->selector & SELECTOR_RPL;
    struct segment stack;
    uint32_t esp;
    uint16_t selector;

    if (!read_pair(2 * operand_bytes + released_bytes, operand_bytes, &esp, &selector) ||
        !segment_check_stack(selector, ring, VECTOR_GP, &stack) || !check_offset(code, eip))
        return OUTCOME_RAISED;
    cpu.segment[SEG_SS] = stack;
    stack_set_pointer(&stack, esp + released_bytes);
    segment_set_code(code, ring);
    cpu_eip_set(eip);
    return OUTCOME_DONE;
}

enum outcome segment_far_return(uint32_t operand_bytes, uint32_t released_bytes)
{
    struct segment code;
    uint32_t eip;
    uint16_t selector;

    if (!read_pair(0, operand_bytes, &eip, &selector) || !segment_check_return(selector, &code))
        return OUTCOME_RAISED;
    if (!(code.rights & SEGMENT_BIG))
        return segment_unsupported("a return to a 16-bit code segment", selector);
    if ((selector & SELECTOR_RPL) == cpu.cpl)
        return return_same_ring(&code, eip, 2 * operand_bytes + released_bytes);
    return return_outer_ring(&code, eip, operand_bytes, released_bytes);
}
