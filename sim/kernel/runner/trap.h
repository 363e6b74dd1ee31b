/* Handles the host's signals: it translates each into what it means for the guest. */
#ifndef RUNNER_TRAP_H
#define RUNNER_TRAP_H

#include "runner/instructions.h"

#include <signal.h>
#include <stdint.h>
#include <ucontext.h>

/* ---- entry.S: the signal handler ---- */

/* The handler of every signal that the guest may cause; calls trap(). */
void trap_entry(int number, siginfo_t *info, void *context);

/* The guest's ES, DS, FS and GS, which trap_entry() loads after trap(). */
extern uint16_t entry_selectors[4];

/* The FS base of the runner's own code, which trap_entry() restores. */
extern uint64_t entry_host_fs;

/* ---- trap.c ---- */

/* Called by trap_entry() with the state of the guest in *context; stores there the state in which
   the guest continues. */
void trap(int number, siginfo_t *info, void *context);

/* ---- shared with the interpreter ---- */

/* Counts a trap, or an event that would trap natively, and advances the guest's time. */
void trap_count(void);

/* Emulates the instruction at EIP, and raises the exceptions that do not depend on the instruction:
   #NM, #UD or #MF before an FPU instruction, and #DB after an instruction when TF is set. */
enum outcome trap_emulate(const struct instruction *instruction);

/* Delivers the pending exception. */
void trap_exception_deliver(void);

/* Delivers an interrupt, if one is due, IF is set and no step is active. */
void trap_interrupts_deliver(void);

/* Sets the memory that holds the guest's x87 and SSE state. */
void trap_set_fpu(struct _libc_fpstate *fpu);

/* Installs the signal handlers. The first signal asks the parent for the guest's registers. */
void trap_install(void);

#endif
