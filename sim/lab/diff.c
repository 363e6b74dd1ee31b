#include "lab/diff.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab/experiment.h"
#include "lab/workers.h"
#include "replay/culprit.h"
#include "trace/live_set.h"
#include "trace/progress.h"
#include "trace/temporary_file.h"
#include "trace/text_writer.h"

#define PROGRESS_EVENTS 65536u /* between two reports of progress */

/* ---- the outcomes of a replay, sent by a process of its own ---- */

/* The outcomes of one side as they arrive. Neither side's are kept, so that memory does not grow
   with the trace. */
struct outcomes {
    pid_t pid;
    int fd;
    uint8_t buffer[4096];
    uint32_t at; /* in the buffer */
    uint32_t filled;
    char reason[RUN_REASON_BYTES]; /* why outcomes_next() returned false; "": the trace has ended */
};

/* It is sent after the last outcome; the reason follows. */
#define OUTCOME_END 0xffu

_Static_assert(MM_CAUSE_COUNT <= OUTCOME_CAUSE + 1u, "a cause fits the bits of an outcome");

struct sending {
    const struct trace *trace;
    int fd;
    uint32_t filled;
    uint8_t outcome; /* of the event that is being replayed */
    uint8_t buffer[4096];
};

static void send_byte(struct sending *sending, uint8_t byte)
{
    sending->buffer[sending->filled++] = byte;
    if (sending->filled < sizeof sending->buffer)
        return;
    if (!write_all(sending->fd, sending->buffer, sending->filled))
        _exit(1); /* the receiver has closed the pipe */
    sending->filled = 0;
}

static void note_outcome(void *context, const struct replay_failure *failure)
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

    replay->on_failure = note_outcome;
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

static _Noreturn void send_all(int fd, const struct experiment_setup *setup)
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

/* End the process, wherever it is. */
static void outcomes_close(struct outcomes *outcomes)
{
    if (outcomes->fd >= 0)
        close(outcomes->fd);
    if (outcomes->pid > 0)
        waitpid(outcomes->pid, NULL, 0);
    outcomes->fd = -1;
    outcomes->pid = -1;
}

/* Start the process. Returns false with a reason. */
static bool outcomes_open(struct outcomes *outcomes, const struct trace *trace,
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
            send_all(fds[1], &setup);
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

/* Receive the outcome of the next event. Returns false at the end, with the reason if the replay
   did not reach the end of the trace. */
static bool outcomes_next(struct outcomes *outcomes, uint8_t *outcome)
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

/* ---- both sides ---- */

static bool differ(const uint8_t outcome[DIFF_SIDES])
{
    return ((outcome[0] ^ outcome[1]) & (OUTCOME_CAUSE | OUTCOME_LATE)) != 0;
}

/* Keep the outcomes of the events around the first that differs. Until that is found, they are a
 * ring of the last ones. */
static void keep(struct diff *diff, uint64_t event, const uint8_t outcome[DIFF_SIDES])
{
    struct diff_shown *shown = &diff->shown[(event - 1u) % DIFF_SHOWN];

    if (diff->first != 0 && event > diff->first + DIFF_AROUND)
        return;
    shown->event = event;
    memcpy(shown->outcome, outcome, DIFF_SIDES);
}

static void count(struct diff *diff, uint64_t event, const uint8_t outcome[DIFF_SIDES])
{
    for (uint32_t side = 0; side < DIFF_SIDES; side++)
        diff->counts.failed[side] += (outcome[side] & OUTCOME_CAUSE) != MM_OK;
    if (differ(outcome)) {
        diff->counts.events++;
        if (diff->first == 0)
            diff->first = event;
    }
    keep(diff, event, outcome);
}

static void fail(struct diff *diff, uint32_t side, const char *reason)
{
    diff->status = RUN_FAILED;
    diff->failed_side = side;
    snprintf(diff->reason, sizeof diff->reason, "%s", reason);
}

static void compare(struct diff *diff, struct outcomes outcomes[DIFF_SIDES])
{
    uint8_t outcome[DIFF_SIDES];

    for (uint64_t event = 1;; event++) {
        bool more = true;
        for (uint32_t side = 0; side < DIFF_SIDES; side++)
            more &= outcomes_next(&outcomes[side], &outcome[side]);
        if (!more)
            break;
        count(diff, event, outcome);
        if (event % PROGRESS_EVENTS == 0)
            progress_at(diff, event);
    }
    for (uint32_t side = DIFF_SIDES; side-- > 0;)
        if (outcomes[side].reason[0] != '\0')
            fail(diff, side, outcomes[side].reason);
}

static void compare_all(struct diff *diff, const struct diff_request *request)
{
    static struct outcomes outcomes[DIFF_SIDES];
    uint32_t opened = 0;

    while (opened < DIFF_SIDES && outcomes_open(&outcomes[opened], request->trace,
                                                request->strategies[opened], request->map))
        opened++;
    progress_begin(diff, request->trace->header.events, "events");
    if (opened == DIFF_SIDES)
        compare(diff, outcomes);
    else
        fail(diff, opened, outcomes[opened].reason);
    progress_end(diff);
    for (uint32_t side = 0; side < opened; side++)
        outcomes_close(&outcomes[side]);
}

/* ---- the events around the first that differs ---- */

struct lines {
    struct diff *diff;
    struct trace *trace;
    struct live_set live;
};

static const char *take_line(void *context, const struct event *event)
{
    struct lines *lines = context;
    uint64_t number = lines->live.events + 1u;
    struct diff_shown *shown = &lines->diff->shown[(number - 1u) % DIFF_SHOWN];

    if (shown->event == number)
        text_event(lines->trace, &lines->live, event, shown->line, sizeof shown->line);
    return live_set_apply(&lines->live, event);
}

/* Write the lines of the events that are shown, and bring the ring into order. */
static void show(struct diff *diff, struct trace *trace)
{
    struct lines lines = {.diff = diff, .trace = trace};
    struct diff_shown ring[DIFF_SHOWN];
    struct sim_error error;
    uint64_t from = diff->first > DIFF_AROUND ? diff->first - DIFF_AROUND : 1u;

    (void)trace_walk(trace, take_line, &lines,
                     &error); /* the trace was verified, so this cannot fail */
    live_set_free(&lines.live);
    memcpy(ring, diff->shown, sizeof ring);
    for (uint64_t event = from; event <= diff->first + DIFF_AROUND; event++)
        if (ring[(event - 1u) % DIFF_SHOWN].event == event)
            diff->shown[diff->shown_count++] = ring[(event - 1u) % DIFF_SHOWN];
}

/* ---- the two machines at the first event that differs ---- */

struct side_run {
    const struct diff_request *request;
    uint64_t event;
    struct diff_side *side;
    struct replay *replay;
};

static void note_failure(void *context, const struct replay_failure *failure)
{
    const struct side_run *side_run = context;

    side_run->side->failure = *failure;
    side_run->side->failure.blocker = culprit_of(side_run->replay, failure);
}

static void note_side(void *context, struct replay *replay)
{
    struct side_run *side_run = context;
    struct diff_side *side = side_run->side;
    struct event at;

    if (!experiment_replay_to(replay, side_run->request->trace, side_run->event, &at))
        return;
    side->free_bytes = mm_free_bytes(replay->mm);
    mm_free_blocks(replay->mm, &side->free);
    side->heap_span_bytes = replay->mm->counters.heap_span_bytes;
    side_run->replay = replay;
    replay->on_failure = note_failure;
    replay->context = side_run;
    (void)replay_event(replay, &at);
}

static void run_side(const void *context, uint32_t i, void *result)
{
    struct side_run side_run = *(const struct side_run *)context;
    const struct experiment_setup setup = {side_run.request->trace, side_run.request->strategies[i],
                                           side_run.request->map, NULL};

    side_run.side = result;
    memset(side_run.side, 0, sizeof *side_run.side);
    if (!experiment_with_replay(&setup, note_side, &side_run, side_run.side->reason, NULL))
        side_run.side->status = RUN_FAILED;
}

static void lost(void *result, const char *reason)
{
    struct diff_side *side = result;

    side->status = RUN_FAILED;
    snprintf(side->reason, sizeof side->reason, "%s", reason);
}

static void run_sides(struct diff *diff, const struct diff_request *request)
{
    const struct side_run side_run = {.request = request, .event = diff->first};
    const struct workers workers = {.context = &side_run,
                                    .results = diff->sides,
                                    .result_bytes = sizeof diff->sides[0],
                                    .run_job = run_side,
                                    .lost = lost};

    workers_run(&workers, DIFF_SIDES);
    for (uint32_t side = 0; side < DIFF_SIDES; side++)
        if (diff->sides[side].status != RUN_DONE)
            fail(diff, side, diff->sides[side].reason);
}

void diff_run(struct diff *diff, const struct diff_request *request)
{
    struct sim_error error;

    *diff = (struct diff){.status = RUN_DONE};
    if (!trace_verify(request->trace, &error)) {
        diff->status = RUN_BAD_TRACE;
        snprintf(diff->reason, sizeof diff->reason, "%s", error.text);
        return;
    }
    compare_all(diff, request);
    if (diff->status != RUN_DONE || diff->first == 0)
        return;
    show(diff, request->trace);
    run_sides(diff, request);
}
