/*
 * The process in which a kernel runs, as its parent sees it: start it, give it the turn, wait for
 * its answer, end it. The shared block is not trusted: events are copied, flags and texts are made
 * well-formed, and the positions of the output ring are checked.
 *
 * The process dies with the thread that started it.
 */
#ifndef KERNEL_RUNNER_PROCESS_H
#define KERNEL_RUNNER_PROCESS_H

#include "kernel/control.h"

#include <stddef.h>
#include <sys/types.h>

/*
 * The runner's program: the bytes of an ELF executable in the library, or a file. The environment
 * variable MMSIM_RUNNER="PATH [WORD]" selects another file, which gets WORD as its argument; this
 * is for the development of the runner, and for tests.
 */
struct runner_program {
    const unsigned char *bytes; /* NULL: the program is the file `path` */
    size_t count;
    char path[4096];
    char word[64]; /* its argument; "": none */
};

/* Find the program. Returns false when this build has none. */
bool runner_program_find(struct runner_program *program);

struct runner_process {
    struct control *control; /* NULL: nothing was created */
    int control_fd;
    pid_t pid;        /* 0: not started, or it has ended */
    bool ready;       /* the runner has reported that it is ready, and takes signals */
    bool answers_not; /* the runner did not answer, and was killed */
    int status;       /* of waitpid(), after the end; -1: another caller has waited for the
                         process */
    uint32_t spin;
    uint64_t output_read; /* the parent's own count */
};

/*
 * Create the shared block, all zeros; the caller fills it before runner_process_start(). patient:
 * neither side spins. Returns false when the host refuses; *reason then names the resource, and
 * errno the cause.
 */
bool runner_process_create(struct runner_process *process, bool patient, const char **reason);

/* One turn of the runner. */
struct runner_turn {
    double limit_seconds;
    void (*output)(void *context, const char *bytes, size_t count); /* NULL: output is dropped */
    void *context;
    struct control_event event; /* result: a well-formed copy */
};

enum turn_end {
    TURN_EVENT,  /* turn->event; neither EVENT_OUTPUT nor EVENT_INTERRUPTED */
    TURN_LIMIT,  /* the time limit has passed, and the runner gave the turn back */
    TURN_SILENT, /* the time limit has passed; the runner did not answer and was killed */
    TURN_ENDED,  /* the runner has ended by itself */
    TURN_BROKEN, /* the shared block has impossible contents; the runner was killed */
};

/*
 * Start the program with both file descriptors, and wait until it is ready. Returns false when that
 * fails; error says why in one sentence, and the process has ended.
 */
bool runner_process_start(struct runner_process *process, const struct runner_program *program,
                          int arena_fd, char *error, size_t error_bytes);

/* Give the turn, with the contents that the caller has set in the shared block, and wait for its
   end. */
enum turn_end runner_process_turn(struct runner_process *process, struct runner_turn *turn);

/* Write how the process ended, after its end: "the runner ended by signal 9 (Killed)". */
void runner_process_say_end(const struct runner_process *process, char *text, size_t bytes);

/* Kill the process, and free all that belongs to it. */
void runner_process_destroy(struct runner_process *process);

#endif
