#include "runner/guest_memory.h"
#include "runner/interrupt.h"
#include "runner/segment_rules.h"
#include "runner/stack_frame.h"

/* The part of the frame that every iret pops. */
struct return_frame {
    uint32_t eip, flags;
    uint16_t cs;
};

static bool read_frame(uint32_t operand_bytes, struct return_frame *frame)
{
    uint32_t words[3];
    uint16_t halves[3];

    if (operand_bytes == 4) {
        if (!stack_read(0, words, sizeof words, sizeof *words))
            return false;
        *frame = (struct return_frame){words[0], words[2], (uint16_t)words[1]};
    } else {
        if (!stack_read(0, halves, sizeof halves, sizeof *halves))
            return false;
        *frame = (struct return_frame){halves[0], halves[2], halves[1]};
    }
    return true;
}

/* Reads the outer ring's SS:ESP, which lie above that part. */
static bool read_outer_stack(uint32_t operand_bytes, uint32_t *esp, uint16_t *selector)
{
    uint32_t words[2];
    uint16_t halves[2];

    if (operand_bytes == 4) {
        if (!stack_read(12, words, sizeof words, sizeof *words))
            return false;
        *esp = words[0];
        *selector = (uint16_t)words[1];
    } else {
        if (!stack_read(6, halves, sizeof halves, sizeof *halves))
            return false;
        *esp = halves[0];
        *selector = halves[1];
    }
    return true;
}

/* Returns EFLAGS after iret in the current ring. RF stays clear: it would last for one instruction,
   and only the guest's breakpoints, which have no effect, would use it. */
static uint32_t returned_flags(uint32_t popped, uint32_t operand_bytes)
{
    uint32_t writable = FLAGS_STATUS | FLAG_TF | FLAG_DF | FLAG_NT;

    if (operand_bytes == 4)
        writable |= FLAG_AC | FLAG_ID;
    if (cpu.cpl <= cpu_iopl())
        writable |= FLAG_IF;
    if (cpu.cpl == 0)
        writable |= FLAG_IOPL;
    return ((cpu_eflags() & ~writable) | (popped & writable)) & ~FLAG_RF;
}

/* Returns to the ring of `code`'s selector; `stack` and `esp` are the stack in that ring. */
static enum outcome finish(const struct return_frame *frame, uint32_t operand_bytes,
                           const struct segment *code, const struct segment *stack, uint32_t esp)
{
    uint32_t flags = returned_flags(frame->flags, operand_bytes);

    if (frame->eip > code->limit) {
        cpu_raise_error(VECTOR_GP, 0);
        return OUTCOME_RAISED;
    }
    cpu.segment[SEG_SS] = *stack;
    stack_set_pointer(stack, esp);
    segment_set_code(code, code->selector & SELECTOR_RPL);
    cpu_eip_set(frame->eip);
    cpu_eflags_set(flags);
    return OUTCOME_DONE;
}

enum outcome interrupt_return(uint32_t operand_bytes)
{
    struct return_frame frame;
    struct segment code, stack = cpu.segment[SEG_SS];
    uint32_t esp = cpu_general(ESP) + 3 * operand_bytes;
    uint16_t selector;

    if (cpu_eflags() & FLAG_NT)
        return segment_unsupported("iret with NT set, to another task", cpu.task.selector);
    if (!read_frame(operand_bytes, &frame))
        return OUTCOME_RAISED;
    if (operand_bytes == 4 && (frame.flags & FLAG_VM) && cpu.cpl == 0)
        return segment_unsupported("iret to virtual-8086 mode", frame.cs);
    if (!segment_check_return(frame.cs, &code))
        return OUTCOME_RAISED;
    if (!(code.rights & SEGMENT_BIG))
        return segment_unsupported("iret to a 16-bit code segment", frame.cs);
    if ((frame.cs & SELECTOR_RPL) != cpu.cpl &&
        (!read_outer_stack(operand_bytes, &esp, &selector) ||
         !segment_check_stack(selector, frame.cs & SELECTOR_RPL, VECTOR_GP, &stack)))
        return OUTCOME_RAISED;
    if (cpu_general(ESP) == cpu.handled.frame)
        cpu.handled.in_progress = 0;
    return finish(&frame, operand_bytes, &code, &stack, esp);
}
