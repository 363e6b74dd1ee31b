#include "lab/outcomes.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab/experiment.h"
#include "trace/progress.h"
#include "trace/spool.h"

/* Behind the last outcome: what is then sent is the reason. */
#define OUTCOME_END 0xffu

_Static_assert(MM_CAUSE_COUNT <= OUTCOME_CAUSE + 1u, "a cause fits its bits");

/* ---- in the process of the run ---- */

struct sending {
    const struct trace *trace;
    int fd;
    uint32_t filled;
    uint8_t outcome; /* of the present event */
    uint8_t buffer[4096];
};

static void send_byte(struct sending *sending, uint8_t byte)
{
    sending->buffer[sending->filled++] = byte;
    if (sending->filled < sizeof sending->buffer)
        return;
    if (!write_all(sending->fd, sending->buffer, sending->filled))
        _exit(1); /* nobody wants to know more */
    sending->filled = 0;
}

static void note_failure(void *context, const struct replay_failure *failure)
{
    struct sending *sending = context;

    sending->outcome = (uint8_t)(failure->cause | (failure->late ? OUTCOME_LATE : 0));
}

static uint64_t skipped(const struct replay *replay)
{
    return replay->result.frees_skipped + replay->result.process_events_skipped;
}

static void send_outcomes(void *context, struct replay *replay)
{
    struct sending *sending = context;
    struct trace_reader reader;
    struct event event;

    replay->on_failure = note_failure;
    replay->context = sending;
    trace_read(sending->trace, &reader);
    while (trace_reader_next(&reader, &event) == TRACE_EVENT) {
        uint64_t before = skipped(replay);
        sending->outcome = MM_OK;
        if (!replay_event(replay, &event))
            return;
        if (skipped(replay) != before)
            sending->outcome = OUTCOME_SKIPPED;
        send_byte(sending, sending->outcome);
    }
    trace_read_end(sending->trace, &reader);
}

static _Noreturn void run(int fd, const struct experiment_setup *setup)
{
    struct sending sending = {.trace = setup->trace, .fd = fd};
    char reason[RUN_REASON_BYTES] = "";

    progress_enter_job();
    signal(SIGPIPE, SIG_IGN);
    (void)experiment_with_replay(setup, send_outcomes, &sending, reason, NULL);
    send_byte(&sending, OUTCOME_END);
    for (const char *c = reason; *c != '\0'; c++)
        send_byte(&sending, (uint8_t)*c);
    _exit(write_all(fd, sending.buffer, sending.filled) ? 0 : 1);
}

/* ---- in the process that asks ---- */

bool outcomes_open(struct outcomes *outcomes, const struct trace *trace,
                   const struct strategy *strategy, const struct memmap *map)
{
    const struct experiment_setup setup = {trace, strategy, map, NULL};
    int fds[2];

    *outcomes = (struct outcomes){.pid = -1, .fd = -1};
    if (pipe(fds) == 0) {
        fflush(NULL);
        outcomes->pid = fork();
        if (outcomes->pid == 0) {
            close(fds[0]);
            run(fds[1], &setup);
        }
        close(fds[1]);
        outcomes->fd = fds[0];
    }
    if (outcomes->pid > 0)
        return true;
    snprintf(outcomes->reason, sizeof outcomes->reason, "cannot start a process: %s",
             strerror(errno));
    outcomes_close(outcomes);
    return false;
}

static bool next_byte(struct outcomes *outcomes, uint8_t *byte)
{
    if (outcomes->at == outcomes->filled) {
        ssize_t got;
        do
            got = read(outcomes->fd, outcomes->buffer, sizeof outcomes->buffer);
        while (got < 0 && errno == EINTR);
        outcomes->at = 0;
        outcomes->filled = got > 0 ? (uint32_t)got : 0;
    }
    if (outcomes->at == outcomes->filled)
        return false;
    *byte = outcomes->buffer[outcomes->at++];
    return true;
}

bool outcomes_next(struct outcomes *outcomes, uint8_t *outcome)
{
    uint8_t byte;
    size_t bytes = 0;

    if (!next_byte(outcomes, outcome)) {
        strcpy(outcomes->reason, "crashed: ended without a result");
        return false;
    }
    if (*outcome != OUTCOME_END)
        return true;
    while (bytes + 1u < sizeof outcomes->reason && next_byte(outcomes, &byte))
        outcomes->reason[bytes++] = (char)byte;
    outcomes->reason[bytes] = '\0';
    return false;
}

void outcomes_close(struct outcomes *outcomes)
{
    if (outcomes->fd >= 0)
        close(outcomes->fd);
    if (outcomes->pid > 0)
        waitpid(outcomes->pid, NULL, 0);
    outcomes->fd = -1;
    outcomes->pid = -1;
}
