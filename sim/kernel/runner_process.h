/*
 * The process in which a kernel runs, as its parent sees it: start it, give it the turn, wait for
 * its answer, end it. Nothing that stands in the shared block is believed: events are copied, flags
 * and texts are made well-formed, and the numbers of the ring of output are checked.
 *
 * The process dies with the thread that started it.
 */
#ifndef KERNEL_RUNNER_PROCESS_H
#define KERNEL_RUNNER_PROCESS_H

#include "kernel/control.h"

#include <stddef.h>
#include <sys/types.h>

/*
 * The runner's program: bytes of an ELF executable that the library holds, or a file. The
 * environment variable MMSIM_RUNNER="PATH [WORD]" names another one, which gets WORD as its
 * argument: for the development of the runner, and for tests.
 */
struct runner_program {
    const unsigned char *bytes; /* NULL: path has it */
    size_t count;
    char path[4096];
    char word[64]; /* its argument; "": none */
};

/* false: this build has none. */
bool runner_program_find(struct runner_program *program);

struct runner_process {
    struct control *control; /* NULL: nothing was created */
    int control_fd;
    pid_t pid;        /* 0: not started, or it has ended */
    bool ready;       /* it has said so: from then on it takes signals */
    bool answers_not; /* it was killed for it */
    int status;       /* of waitpid(), once it has ended; -1: somebody else waited for it */
    uint32_t spin;
    uint64_t output_read; /* the parent's own count */
};

/*
 * Make the shared block, all zeros, for the caller to fill before runner_process_start(). patient:
 * neither side spins. false: *reason says what the host refuses, errno why.
 */
bool runner_process_create(struct runner_process *process, bool patient, const char **reason);

/* One turn of the runner. */
struct runner_turn {
    double limit_seconds;
    void (*output)(void *context, const char *bytes, size_t count); /* NULL: it is dropped */
    void *context;
    struct control_event event; /* set: a copy, well-formed */
};

enum turn_end {
    TURN_EVENT,  /* turn->event; neither EVENT_OUTPUT nor EVENT_INTERRUPTED */
    TURN_LIMIT,  /* the clock ran out, and the runner gave the turn back */
    TURN_SILENT, /* the clock ran out, and it did not: it was killed */
    TURN_ENDED,  /* it has ended by itself */
    TURN_BROKEN, /* what stands in the shared block cannot be: it was killed */
};

/*
 * Start the program with both files, and wait until it is ready. false: the sentence in error says
 * why not; the process is ended then.
 */
bool runner_process_start(struct runner_process *process, const struct runner_program *program,
                          int arena_fd, char *error, size_t error_bytes);

/* Give the turn, with what the caller has set in the shared block, and wait for its end. */
enum turn_end runner_process_turn(struct runner_process *process, struct runner_turn *turn);

/* How it ended, once it has: "the runner ended by signal 9 (Killed)". */
void runner_process_say_end(const struct runner_process *process, char *text, size_t bytes);

/* Kill it, and give everything back. */
void runner_process_destroy(struct runner_process *process);

#endif
