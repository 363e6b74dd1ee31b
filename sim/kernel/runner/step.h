/*
 * A single step: an instruction that the emulation does not know is executed natively with the trap
 * flag set, while the page that it stores to is open. Ten times as slow as emulation, and right for
 * every instruction.
 */
#ifndef RUNNER_STEP_H
#define RUNNER_STEP_H

#include "runner/instructions.h"

/* Step the instruction at EIP, which stores to the page of an entry at va. */
void step_store(uint32_t va);

/* Execute the original of a replaced instruction at EIP. */
void step_original(void);

/* To be stepped is the instruction at EIP, and no page is opened: for an interrupt that must wait
   for one instruction. */
void step_one(void);

bool step_active(void);
uint32_t step_guest_trap_flag(void); /* the guest's own TF, meanwhile */

/* The debug trap came, or the instruction faulted: close what was open. */
void step_end(void);

#endif
