/* The start of the runner's process, up to the first instruction of its program. Only for
   runner_process.c. */
#ifndef KERNEL_RUNNER_START_H
#define KERNEL_RUNNER_START_H

#include "kernel/runner_process.h"

struct runner_start {
    struct control *control;
    int control_fd, arena_fd;
    char word[64]; /* the program's argument; "": none */
};

/* Returns a file descriptor of the program that can be executed; -1 on failure: *reason then says
   what failed, and errno why. */
int runner_program_open(const struct runner_program *program, const char **reason);

/* Start a process that executes the program. Its open descriptors are the control block and the
   arena, as control.h numbers them, and standard error. When the program cannot be executed, the
   process gives the turn with an EVENT_HOST whose value is the errno. Returns -1 when there is no
   process; errno says why. */
pid_t runner_start(struct runner_start *start, int program_fd);

#endif
