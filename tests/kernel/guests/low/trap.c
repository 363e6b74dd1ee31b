/* Where vectors.S leads to. */
#include "trap.h"

#include "console.h"
#include "cpu.h"
#include "low.h"
#include "syscall.h"

#define KILLED (-1)

static void unexpected(const struct trap_frame *frame)
{
    kprintf("trap %u, error %u, eip %x, cr2 %x\n", frame->vector, frame->error, frame->eip,
            read_cr2());
    if (!trap_from_user(frame))
        panic("unexpected trap in the kernel");
    exit(KILLED);
}

void trap(struct trap_frame *frame)
{
    if (frame->vector == SYSCALL_VECTOR)
        frame->eax = (uint32_t)syscall((int)frame->eax, frame->ebx, frame->ecx);
    else
        unexpected(frame);
}
