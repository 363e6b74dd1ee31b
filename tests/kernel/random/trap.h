/* Segments and interrupt gates; what a trap leaves on the stack. Between sandbox.c, segments.c and
 * entry.S. */
#ifndef RANDOM_TRAP_H
#define RANDOM_TRAP_H

#include <stdint.h>

struct trap_frame {
    uint32_t ss, gs, fs, es, ds;
    uint32_t general[8]; /* EDI first, as pushal leaves them */
    uint32_t vector, error;
    uint32_t eip, cs, eflags;
    uint32_t outer_esp, outer_ss; /* not if ring 0 was interrupted */
};
_Static_assert(sizeof(struct trap_frame) == 80, "entry.S pushes a frame of this size");

/* From entry.S: leaves the sandbox, on the kernel's stack. */
void trap(struct trap_frame *frame);

/* entry.S: returns after trap(). */
void sandbox_enter(void);

/* GDT, LDT, IDT and TSS; the stack is that of traps from the outer rings. */
void segments_init(uint32_t stack_top);

/* As segments_init() left them: no descriptor is accessed; LDTR and TR. */
void segments_reset(void);

#endif
