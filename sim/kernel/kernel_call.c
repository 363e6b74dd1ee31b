/* Calls of a kernel's functions, by the i386 System V ABI: arguments on the stack, 16-byte
 * alignment, the result in EAX and EDX. */
#include "kernel/kernel_state.h"

#include <inttypes.h>
#include <string.h>

#define ARGUMENTS_MAX 64u
#define STACK_ALIGN   16u
#define CPL_KERNEL    0u

/*
 * Lay out the frame of a call below ESP:
 *
 *     esp  -> +------------------------+
 *             | ... alignment          |
 *             | argument count - 1     |
 *             | argument 0             |  a multiple of 16
 *     call -> | CONTROL_RETURN_ADDRESS |
 *             +------------------------+
 */
static bool push_frame(struct kernel *kernel, const uint32_t *arguments, size_t count)
{
    struct control_registers *registers = &kernel->registers;
    uint32_t base = registers->segment[SEG_SS].base;
    uint32_t frame[ARGUMENTS_MAX + 1u];
    uint32_t first =
        (registers->general[ESP] - (uint32_t)(count * sizeof frame[0])) & ~(STACK_ALIGN - 1u);
    uint32_t esp = first - (uint32_t)sizeof frame[0];

    frame[0] = CONTROL_RETURN_ADDRESS - registers->segment[SEG_CS].base;
    if (count > 0)
        memcpy(frame + 1, arguments, count * sizeof frame[0]);
    if (!kernel_write(kernel, base + esp, frame, (count + 1u) * sizeof frame[0]))
        return kernel_fail_with(kernel,
                                "the stack at 0x%08" PRIx32
                                " cannot take a call: it is not mapped to memory; "
                                "run until the kernel has a stack, or set a boot state with one",
                                base + esp);
    registers->general[ESP] = esp;
    return true;
}

/* Restore the registers that a caller keeps, and the event that was about to be delivered. The
   function's changes of the interrupt flag, segments and control registers stay. */
static void restore(struct kernel *kernel, const struct control_registers *before)
{
    struct control_registers *registers = &kernel->registers;

    memcpy(registers->general, before->general, sizeof registers->general);
    registers->eip = before->eip;
    registers->taken = before->taken;
    registers->eflags = (before->eflags & ~EFLAGS_IF) | (registers->eflags & EFLAGS_IF);
}

static bool may_call(struct kernel *kernel, size_t count)
{
    if (!kernel_may_run(kernel))
        return false;
    if (kernel->registers.cpl != CPL_KERNEL)
        return kernel_fail_with(kernel,
                                "the kernel runs a program in ring %" PRIu32
                                ": run until a function of the kernel before a call",
                                kernel->registers.cpl);
    return count <= ARGUMENTS_MAX ||
           kernel_fail_with(kernel, "%zu arguments: at most %u", count, ARGUMENTS_MAX);
}

uint32_t kernel_call_arguments(struct kernel *kernel, const char *symbol, const uint32_t *arguments,
                               size_t count)
{
    const struct control_registers before = kernel->registers;
    const bool passing = kernel->passing;
    const uint32_t passing_eip = kernel->passing_eip;
    uint32_t va;

    kernel_clear_error(kernel);
    kernel->result64 = 0;
    if (!may_call(kernel, count) || !kernel_address(kernel, symbol, &va) ||
        !push_frame(kernel, arguments, count)) {
        kernel_refuse(kernel);
        return 0;
    }
    kernel->registers.eip = va;
    kernel->registers.eflags &= ~EFLAGS_DF;
    kernel->registers.taken.kind = TAKEN_NOTHING;
    kernel->passing = false;
    if (kernel_give_turns(kernel) != KERNEL_RETURNED)
        return 0;
    kernel->result64 =
        (uint64_t)kernel->registers.general[EDX] << 32 | kernel->registers.general[EAX];
    restore(kernel, &before);
    kernel->passing = passing;
    kernel->passing_eip = passing_eip;
    return (uint32_t)kernel->result64;
}
