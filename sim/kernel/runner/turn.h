/* The turn between parent and runner, and what changes hands with it (kernel/control.h). */
#ifndef RUNNER_TURN_H
#define RUNNER_TURN_H

#include "runner/cpu.h"

#include <setjmp.h>

/* Where cpu_stop() continues: the end of the trap that is being handled. */
extern jmp_buf turn_resume;

/* Map the block that the parent shares. false: the host refuses. */
bool turn_create(void);

/* Tell the parent that the host fails, before or while the guest runs, and end the process. */
_Noreturn void turn_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
