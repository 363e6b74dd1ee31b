/*
 * Single steps: an instruction that is not emulated is executed natively with the trap flag set,
 * while the page that it stores to is open, which means mapped with all rights. A step is ten times
 * slower than emulation, and works for every instruction.
 */
#ifndef RUNNER_STEP_H
#define RUNNER_STEP_H

#include "runner/instructions.h"

/* Starts a step of the instruction at EIP, which stores to va; opens the page of va. */
void step_store(uint32_t va);

/* Starts a step of the original instruction at EIP that HLT replaces in the copy. */
void step_original(void);

/* Starts a step of the instruction at EIP and opens no page: an interrupt has to wait for one
   instruction. */
void step_one(void);

/* Tells if a step has started and not ended. */
bool step_active(void);

/* Returns the guest's own TF, which the step's TF hides. */
uint32_t step_guest_trap_flag(void);

/* Ends the step and closes the open pages: the debug trap came, or the instruction faulted. */
void step_end(void);

#endif
