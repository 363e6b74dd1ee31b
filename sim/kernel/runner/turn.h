/* The turn: parent and runner run alternately, and exchange their state at each change
   (kernel/control.h). */
#ifndef RUNNER_TURN_H
#define RUNNER_TURN_H

#include "runner/cpu.h"

#include <setjmp.h>

/* cpu_stop() jumps here when the guest is resumed: to the end of the current trap. */
extern jmp_buf turn_resume;

/* Maps the control block that the parent shares. Returns false if the host refuses. */
bool turn_create(void);

/* Reports a failure of the host to the parent with EVENT_HOST, and never runs the guest again. */
_Noreturn void turn_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
