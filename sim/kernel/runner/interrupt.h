/* Delivers interrupts and exceptions through the guest's IDT, and returns from them (Intel SDM vol.
 * 3A, ch. 6). */
#ifndef RUNNER_INTERRUPT_H
#define RUNNER_INTERRUPT_H

#include "runner/instructions.h"

enum interrupt_origin {
    INTERRUPT_EXTERNAL,  /* from a device or the timer */
    INTERRUPT_EXCEPTION, /* a fault or trap of an instruction */
    INTERRUPT_SOFTWARE,  /* int n, int3 or into; the gate's DPL is checked */
};

/*
 * Enters the guest's handler: switches stacks by the TSS if the ring changes, pushes EFLAGS, CS,
 * EIP and the error code if there is one, sets CS:EIP, and clears TF, NT, RF and, for an interrupt
 * gate, IF. For INTERRUPT_SOFTWARE, EIP already names the next instruction, and `length` is the
 * length of the current one: a fault of the delivery reports EIP - length.
 *
 * A fault of the delivery is delivered as that exception, a double fault or a triple fault, by the
 * rules of 6.15 (table 6-5). A triple fault stops the guest with EVENT_TRIPLE_FAULT, and an
 * exception while no IDT is loaded (limit 0) with EVENT_FAULT, both with the registers of the first
 * exception. Task gates, 16-bit gates and 16-bit handlers stop it with EVENT_UNSUPPORTED. Either
 * the whole state changes or nothing.
 */
void interrupt_deliver(uint8_t vector, bool has_error, uint32_t error, enum interrupt_origin origin,
                       uint32_t length);

/* Delivers an interrupt from a device or the timer. If a stop ends the delivery, for example the
   report of a stale TLB entry for the stack, the interrupt stays in cpu.taken. */
void interrupt_deliver_external(uint8_t vector);

/* Executes iret with operands of 2 or 4 bytes, to the same ring or an outer one, and sets EIP. A
   return to another task, to virtual-8086 mode or to 16-bit code stops the guest with
   EVENT_UNSUPPORTED. */
enum outcome interrupt_return(uint32_t operand_bytes);

#endif
