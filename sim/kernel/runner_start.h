/* Starting the runner's process: the part of runner_process.h between its program and its first
 * instruction. */
#ifndef KERNEL_RUNNER_START_H
#define KERNEL_RUNNER_START_H

#include "kernel/runner_process.h"

struct runner_start {
    struct control *control;
    int control_fd, arena_fd;
    char word[64]; /* the program's argument; "": none */
};

/* The program as a descriptor that can be executed. -1: *reason says what failed, errno why. */
int runner_program_open(const struct runner_program *program, const char **reason);

/* A process that executes it, with the control block and the arena as the descriptors that
   control.h names, standard error, and no others. Where it cannot execute it, it gives the turn
   with an EVENT_HOST whose value is the errno. -1: there is no process; errno says why. */
pid_t runner_start(struct runner_start *start, int program_fd);

#endif
