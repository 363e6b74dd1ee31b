/* What the host's signals mean for the guest. */
#ifndef RUNNER_TRAP_H
#define RUNNER_TRAP_H

#include "runner/instructions.h"

#include <signal.h>
#include <stdint.h>
#include <ucontext.h>

/* ---- entry.S: where the signals arrive and leave ---- */

/* The handler of every signal that the guest may cause; calls trap(). */
void trap_entry(int number, siginfo_t *info, void *context);

/* What follows trap(): ES, DS, FS and GS for the guest. */
extern uint16_t entry_selectors[4];

/* The FS base that the host's code needs. */
extern uint64_t entry_host_fs;

/* ---- trap.c ---- */

/* Called by trap_entry() with the state of the guest in *context; leaves there how it goes on. */
void trap(int number, siginfo_t *info, void *context);

/* ---- what the interpreter shares ---- */

/* Something happened that traps natively: count it, and let the guest's time pass. */
void trap_count(void);

/* Emulate the instruction at EIP, with the exceptions that any instruction may raise besides its
   own: #NM or #MF before one of the FPU, and #DB after it when TF is set. */
enum outcome trap_emulate(const struct instruction *instruction);

/* Deliver the exception that is pending; deliver an interrupt, if one is due and IF is set. */
void trap_exception_deliver(void);
void trap_interrupts_deliver(void);

/* Where the state of x87 and SSE is. */
void trap_set_fpu(struct _libc_fpstate *fpu);

/* Take the signals. The next one begins the guest's life: the parent is asked for registers. */
void trap_install(void);

#endif
