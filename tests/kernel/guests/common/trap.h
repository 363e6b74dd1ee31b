/* What the processor and vectors.S leave on the kernel's stack at a trap. */
#ifndef GUEST_TRAP_H
#define GUEST_TRAP_H

#include <stdbool.h>
#include <stdint.h>

enum { TRAP_DEVICE_NOT_AVAILABLE = 7, TRAP_PAGE_FAULT = 14, TRAP_EXCEPTIONS = 32 };

/* The error code of a page fault. */
#define FAULT_PRESENT 1u /* the page is there, the right is not */
#define FAULT_WRITE   2u
#define FAULT_USER    4u

struct trap_frame {
    uint32_t gs, fs, es, ds;
    uint32_t edi, esi, ebp, unused_esp, ebx, edx, ecx, eax; /* pushal */
    uint32_t vector;
    uint32_t error;             /* 0 for vectors that have none */
    uint32_t eip, cs, eflags;   /* by the processor */
    uint32_t user_esp, user_ss; /* likewise, only when ring 3 was interrupted */
};
_Static_assert(sizeof(struct trap_frame) == 76, "vectors.S pushes a frame of this size");

static inline bool trap_from_user(const struct trap_frame *frame)
{
    return (frame->cs & 3) == 3;
}

/* Each kernel has its own. Interrupts are off; returning resumes what was interrupted. */
void trap(struct trap_frame *frame);

/* Takes up what the frame describes. esp must be at the frame's start: it is, after trap(). */
_Noreturn void trap_return(struct trap_frame *frame);

#endif
