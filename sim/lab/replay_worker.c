#include "lab/replay_worker.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <mm/strategy.h>

#include "replay/culprit.h"
#include "trace/progress.h"

/* ---- in the process: what it shows ---- */

struct worker_run {
    const struct replay_worker *worker;
    struct worker_view *view;
    struct replay *replay;
    struct trace_reader reader;
    uint64_t failure_from; /* of the present order */
    bool stopped;          /* at a failure: the view is done */
    bool ended;            /* the trace has no more events */
    bool lost;
};

static void note_brk(void *context, struct frame_range span)
{
    struct worker_view *view = context;

    if (view->heap_spans++ == 0)
        view->brk = span.end.value;
}

static void show_zones(struct worker_view *view, const struct mm *mm)
{
    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++) {
        struct frame_range range =
            frame_states_zone(mm->strategy, frame_states_end(mm), (enum zone)zone);
        uint32_t frames_free = 0;
        for (uint32_t frame = range.start.value; frame < range.end.value; frame++)
            frames_free +=
                view->kinds[frame] == FRAME_FREE || view->kinds[frame] == FRAME_HEAP_FREE;
        view->zone_start[zone] = range.start.value;
        view->zone_end[zone] = range.end.value;
        view->zone_free[zone] = frames_free;
    }
}

static void show_memory(const struct worker_run *run)
{
    struct worker_view *view = run->view;
    struct mm *mm = run->replay->mm;

    view->replayed = run->replay->result.events;
    view->result = run->replay->result;
    view->end = frame_states_end(mm);
    frame_states_kinds(mm, view->kinds);
    memset(view->kind_frames, 0, sizeof view->kind_frames);
    for (uint32_t frame = 0; frame < view->end; frame++)
        view->kind_frames[view->kinds[frame]]++;
    show_zones(view, mm);
    view->brk = view->heap_spans = 0;
    frame_states_heap_spans(mm, note_brk, view);
    if (!mm->strategy->heap_ends_in_brk)
        view->brk = 0;
    view->free_bytes = mm_free_bytes(mm);
    view->heap_payload_bytes = run->replay->heap_payload_bytes;
    view->heap_span_bytes = mm->counters.heap_span_bytes;
    view->frames_total = mm->frames_total;
    view->frames_used = mm->counters.frames_used;
}

static void on_failure(void *context, const struct replay_failure *failure)
{
    struct worker_run *run = context;
    struct worker_view *view = run->view;
    struct worker_failure failed = {*failure, run->replay->event->site, 0};

    if (failure->event >= run->failure_from && !run->stopped) {
        failed.failure.blocker = culprit_of(run->replay, failure);
        view->state = WORKER_AT_FAILURE;
        view->event = failure->event;
        view->failure = failed;
        show_memory(run);
        run->stopped = true;
    }
    view->recent[view->failures++ % WORKER_FAILURES] = failed;
}

/* ---- in the process: what it does ---- */

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

static void lose(struct worker_run *run, const char *reason)
{
    run->view->state = WORKER_LOST;
    snprintf(run->view->reason, RUN_REASON_BYTES, "%s", reason);
    run->lost = true;
}

static void lose_trace(struct worker_run *run, const char *reason)
{
    struct sim_error error;

    trace_event_error(run->worker->setup.trace, &run->reader, run->replay->result.events + 1u,
                      reason, &error);
    lose(run, error.text);
    run->view->bad_trace = true;
}

/* The checkers run at the end of the trace, as in every experiment. */
static void end_trace(struct worker_run *run)
{
    const char *broken = mm_check(run->replay->mm);
    char reason[RUN_REASON_BYTES];

    run->ended = true;
    if (broken == NULL)
        return;
    snprintf(reason, sizeof reason, "rule broken: %s", broken);
    lose(run, reason);
}

static bool replay_next(struct worker_run *run)
{
    struct event event;

    switch (trace_reader_next(&run->reader, &event)) {
    case TRACE_END:
        end_trace(run);
        return false;
    case TRACE_ERROR:
        lose_trace(run, NULL);
        return false;
    case TRACE_EVENT:
        break;
    }
    if (replay_event(run->replay, &event))
        return !run->stopped;
    lose_trace(run, run->replay->error);
    return false;
}

/* The end of the trace remains to be read. */
static bool is_after_last_event(const struct worker_run *run)
{
    return !run->stopped && !run->lost && !run->ended &&
           run->replay->result.events == run->worker->setup.trace->header.events;
}

#define EVENTS_BETWEEN_LOOKS 64u /* at the clock */

static void go_on(struct worker_run *run, const struct worker_order *order)
{
    uint64_t end_ms = now_ms() + order->most_ms;
    uint64_t events = 0;

    run->failure_from = order->failure_from;
    run->stopped = false;
    while (!run->ended && run->replay->result.events + 1u < order->until && replay_next(run))
        if (++events % EVENTS_BETWEEN_LOOKS == 0 && now_ms() >= end_ms)
            break;
    if (is_after_last_event(run))
        (void)replay_next(run);
    if (run->stopped || run->lost)
        return;
    run->view->event = run->replay->result.events + 1u;
    run->view->state = run->ended ? WORKER_AT_END : WORKER_BETWEEN;
    show_memory(run);
}

static bool answer(const struct replay_worker *worker)
{
    return write(worker->socket, "", 1) == 1;
}

static void obey(void *context, struct replay *replay)
{
    struct worker_run *run = context;
    struct worker_order order = {.until = 1, .failure_from = UINT64_MAX};

    run->replay = replay;
    replay->on_failure = on_failure;
    replay->context = run;
    trace_read(run->worker->setup.trace, &run->reader);
    do
        go_on(run, &order);
    while (!run->lost && answer(run->worker) &&
           read(run->worker->socket, &order, sizeof order) == (ssize_t)sizeof order);
    trace_read_end(run->worker->setup.trace, &run->reader);
}

/* The terminal's signals are for the process that has the terminal. */
static void take_default_signals(void)
{
    static const int numbers[] = {SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH, SIGPIPE,
                                  SIGSEGV, SIGBUS, SIGABRT, SIGFPE,  SIGILL};
    sigset_t none;

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        signal(numbers[i], SIG_DFL);
    signal(SIGINT, SIG_IGN);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void run_process(const struct replay_worker *worker, pid_t parent)
{
    struct worker_run run = {.worker = worker, .view = worker->view};
    char reason[RUN_REASON_BYTES];

    take_default_signals();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0);
    progress_shown = NULL;
    if (!experiment_with_replay(&worker->setup, obey, &run, reason, NULL))
        lose(&run, reason);
    (void)answer(worker);
    _exit(0);
}

/* ---- in the parent ---- */

static bool start_process(struct replay_worker *worker)
{
    pid_t parent = getpid();
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return false;
    memset(worker->view, 0, sizeof *worker->view);
    worker->process = fork();
    if (worker->process == 0) {
        close(ends[0]);
        worker->socket = ends[1];
        run_process(worker, parent);
    }
    close(ends[1]);
    if (worker->process < 0) {
        close(ends[0]);
        worker->process = 0;
        return false;
    }
    worker->socket = ends[0];
    worker->busy = true;
    return true;
}

bool replay_worker_start(struct replay_worker *worker, const struct experiment_setup *setup)
{
    *worker = (struct replay_worker){.setup = *setup};
    worker->view_bytes = sizeof *worker->view + memmap_end(setup->map).value;
    worker->view =
        mmap(NULL, worker->view_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (worker->view == MAP_FAILED)
        return false;
    if (start_process(worker))
        return true;
    munmap(worker->view, worker->view_bytes);
    return false;
}

void replay_worker_order(struct replay_worker *worker, const struct worker_order *order)
{
    /* If the process has ended, replay_worker_take() says so. */
    (void)!send(worker->socket, order, sizeof *order, MSG_NOSIGNAL);
    worker->busy = true;
}

static void stop_process(struct replay_worker *worker, int *status)
{
    if (worker->process == 0)
        return;
    kill(worker->process, SIGKILL);
    while (waitpid(worker->process, status, 0) < 0 && errno == EINTR)
        continue;
    close(worker->socket);
    worker->process = 0;
    worker->busy = false;
}

/* The process ended without an answer. */
static void note_crash(struct replay_worker *worker)
{
    int status = 0;

    while (waitpid(worker->process, &status, 0) < 0 && errno == EINTR)
        continue;
    close(worker->socket);
    worker->process = 0;
    worker->view->state = WORKER_LOST;
    if (WIFSIGNALED(status))
        snprintf(worker->view->reason, RUN_REASON_BYTES, "its process was ended by signal %d (%s)",
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(worker->view->reason, RUN_REASON_BYTES, "its process ended with status %d",
                 WEXITSTATUS(status));
}

void replay_worker_take(struct replay_worker *worker)
{
    char done;
    ssize_t bytes;

    do
        bytes = read(worker->socket, &done, 1);
    while (bytes < 0 && errno == EINTR);
    worker->busy = false;
    if (bytes != 1)
        note_crash(worker);
}

bool replay_worker_restart(struct replay_worker *worker)
{
    int status;

    stop_process(worker, &status);
    return start_process(worker);
}

void replay_worker_end(struct replay_worker *worker)
{
    int status;

    stop_process(worker, &status);
    munmap(worker->view, worker->view_bytes);
}
