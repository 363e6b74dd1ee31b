/* Where vectors.S and sysenter_entry lead to. */
#include "trap.h"

#include "console.h"
#include "cpu.h"
#include "pic.h"
#include "slab.h"
#include "syscall.h"
#include "ticks.h"

#define KILLED (-1)

extern const char copy_user_address[], copy_user_failed[]; /* entry.S */

/* A thread that is interrupted loses the processor. The kernel does not. */
static void timer(const struct trap_frame *frame)
{
    timer_acknowledge();
    tick();
    if (trap_from_user(frame)) {
        PERCPU_READ(current)->preempted++;
        thread_yield();
    }
}

static void unexpected(const struct trap_frame *frame)
{
    kprintf("trap %u, error %u, eip %x, cr2 %x\n", frame->vector, frame->error, frame->eip,
            read_cr2());
    if (!trap_from_user(frame))
        panic("unexpected trap in the kernel");
    thread_exit(KILLED);
}

void trap(struct trap_frame *frame)
{
    if (frame->vector == SYSCALL_VECTOR)
        frame->eax = (uint32_t)syscall((int)frame->eax, frame->ebx, frame->esi);
    else if (frame->vector == TIMER_VECTOR)
        timer(frame);
    else if (frame->vector == TRAP_DEVICE_NOT_AVAILABLE && trap_from_user(frame))
        fpu_take();
    else if (frame->vector == TRAP_PAGE_FAULT && frame->eip == (uint32_t)copy_user_address)
        frame->eip = (uint32_t)copy_user_failed;
    else
        unexpected(frame);
}
