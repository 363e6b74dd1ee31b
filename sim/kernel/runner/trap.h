/* What the host's signals mean for the guest. */
#ifndef RUNNER_TRAP_H
#define RUNNER_TRAP_H

#include "runner/entry.h"

#include <ucontext.h>

/* Called by trap_entry() with the state of the guest in *context; leaves there how it goes on. */
void trap(int number, siginfo_t *info, void *context);

/* The pieces of it that the interpreter shares: something happened that would trap natively, so the
   guest's time passes; deliver the exception that is pending; deliver an interrupt, if one is due
   and IF is set; where the state of x87 and SSE is. */
void trap_count(void);
void trap_exception_deliver(void);
void trap_interrupts_deliver(void);
void trap_set_fpu(struct _libc_fpstate *fpu);

/* Take the signals. The next one begins the guest's life: the parent is asked for registers. */
void trap_install(void);

#endif
