/* Interrupts and exceptions through the guest's IDT, and the way back (Intel SDM vol. 3A, ch. 6).
 */
#ifndef RUNNER_INTERRUPT_H
#define RUNNER_INTERRUPT_H

#include "runner/instructions.h"

enum interrupt_origin {
    INTERRUPT_EXTERNAL,  /* a device's, or the timer's */
    INTERRUPT_EXCEPTION, /* an instruction's fault or trap */
    INTERRUPT_SOFTWARE,  /* int n, int3, into: the gate's DPL counts */
};

/*
 * Enter the guest's handler: switch stacks by the TSS when the ring changes, push EFLAGS, CS, EIP
 * and, if there is one, the error code; set CS:EIP, clear IF for an interrupt gate, and TF, NT, RF.
 * For INTERRUPT_SOFTWARE, EIP is already behind the instruction; a fault of the delivery itself
 * reports EIP - `length`.
 *
 * A fault while delivering becomes that exception, a double fault or a triple fault by the rules of
 * 6.15 (table 6-5); a triple fault, and an exception while no IDT is loaded (limit 0), stop the
 * guest: cpu_stop() with EVENT_TRIPLE_FAULT or EVENT_FAULT, the registers as at the first
 * exception. All of the state changes, or none.
 */
void interrupt_deliver(uint8_t vector, bool has_error, uint32_t error, enum interrupt_origin origin,
                       uint32_t length);

/* The same for an interrupt of a device or the timer. When a report ends the delivery, such as that
   of a stale TLB entry for the stack, the interrupt stays in cpu.interrupt_taken. */
void interrupt_deliver_external(uint8_t vector);

/* iret with operands of 2 or 4 bytes, to the same ring or an outer one. EIP and all are set. */
enum outcome interrupt_return(uint32_t operand_bytes);

#endif
