#include "kernel/runner_process.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel/runner_start.h"

#include <fcntl.h>

#define NS_PER_SECOND INT64_C(1000000000)
#define SPIN_NS       INT64_C(40000) /* longer than most calls and traps */
#define SPIN_LOOKS    128u
#define SPIN_SAMPLES  8u
#define SPIN_MAX      100000u
#define SLEEP_NS      INT64_C(20000000) /* time between two checks of output, clock and process */
#define TICK_NS       INT64_C(50000000) /* without a trap; then the guest's time is advanced */
#define ANSWER_NS     NS_PER_SECOND     /* time in which a runner must answer a signal */
#define START_SECONDS 30.0
#define SECONDS_MAX   1e9
#define OUTPUT_BATCH  4096u

_Static_assert((CONTROL_OUTPUT_BYTES & (CONTROL_OUTPUT_BYTES - 1u)) == 0, "offsets are masked");

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

/* ---- the shared block ---- */

static inline void pause_briefly(void)
{
#if defined(__i386__) || defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static inline bool has_turn(const struct runner_process *process)
{
    return __atomic_load_n(&process->control->turn, __ATOMIC_ACQUIRE) == TURN_PARENT;
}

static int64_t time_looks(const struct runner_process *process)
{
    int64_t begin = now_ns();

    for (uint32_t i = 0; i < SPIN_LOOKS && has_turn(process); i++)
        pause_briefly();
    return now_ns() - begin;
}

/* Returns the number of reads of `turn` that take about SPIN_NS: a pause takes 10 cycles on one
   processor, 140 on another. The shortest of several samples is used, because it was not
   interrupted. */
static uint32_t measure_spin(const struct runner_process *process)
{
    int64_t shortest = SPIN_NS;

    for (uint32_t i = 0; i < SPIN_SAMPLES; i++) {
        int64_t taken = time_looks(process);

        shortest = taken < shortest ? taken : shortest;
    }
    uint64_t looks = shortest > 0 ? (uint64_t)(SPIN_LOOKS * SPIN_NS / shortest) : SPIN_MAX;
    return looks < SPIN_MAX ? (uint32_t)looks : SPIN_MAX;
}

/* With a single processor, a side that spins would keep the other side from running. */
static bool one_cpu_only(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) < 2;
}

/* The file is sealed, so that the runner cannot shrink it: the parent's next access would raise
   SIGBUS. */
static int control_memfd(void)
{
    int fd = memfd_create("mmsim control", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0)
        return fd;
    if (ftruncate(fd, (off_t)sizeof(struct control)) == 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        return fd;
    close(fd);
    return -1;
}

bool runner_process_create(struct runner_process *process, bool patient, const char **reason)
{
    *process = (struct runner_process){.control_fd = control_memfd()};
    *reason = "cannot make a file in memory";
    if (process->control_fd < 0)
        return false;
    process->control = mmap(NULL, sizeof *process->control, PROT_READ | PROT_WRITE, MAP_SHARED,
                            process->control_fd, 0);
    if (process->control == MAP_FAILED) {
        *reason = "cannot map memory that is shared with the runner";
        close(process->control_fd);
        *process = (struct runner_process){.control_fd = -1};
        return false;
    }
    process->spin = patient || one_cpu_only() ? 0 : measure_spin(process);
    process->control->spin = process->spin;
    return true;
}

/* ---- the process's end ---- */

static void note_end(struct runner_process *process, int status)
{
    process->pid = 0;
    process->status = status;
}

/* Returns whether the process has ended. A parent that ignores SIGCHLD, or waits for all its
   children, gets no status. */
static bool has_ended(struct runner_process *process)
{
    int status;

    if (process->pid == 0)
        return true;
    pid_t pid = waitpid(process->pid, &status, WNOHANG);
    if (pid == process->pid)
        note_end(process, status);
    else if (pid < 0 && errno == ECHILD)
        note_end(process, -1);
    return process->pid == 0;
}

static void end_process(struct runner_process *process)
{
    int status = -1;

    if (has_ended(process))
        return;
    kill(process->pid, SIGKILL);
    while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    note_end(process, status);
}

void runner_process_say_end(const struct runner_process *process, char *text, size_t bytes)
{
    int status = process->status;

    if (process->answers_not)
        snprintf(text, bytes, "the runner no longer answers, and was ended");
    else if (status >= 0 && WIFSIGNALED(status))
        snprintf(text, bytes, "the runner ended by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else if (status >= 0)
        snprintf(text, bytes, "the runner exited with status %d", WEXITSTATUS(status));
    else
        snprintf(text, bytes, "the runner has ended");
}

void runner_process_destroy(struct runner_process *process)
{
    if (process->control == NULL)
        return;
    end_process(process);
    munmap(process->control, sizeof *process->control);
    close(process->control_fd);
    *process = (struct runner_process){.control_fd = -1};
}

/* ---- output ---- */

/* Pass on the output in the ring. Returns false when the ring's counters are impossible. */
static bool drain_output(struct runner_process *process, const struct runner_turn *turn)
{
    struct control *control = process->control;
    uint64_t written = __atomic_load_n(&control->output_written, __ATOMIC_ACQUIRE);

    if (written - process->output_read > CONTROL_OUTPUT_BYTES)
        return false;
    while (process->output_read != written) {
        char batch[OUTPUT_BATCH];
        size_t at = (size_t)(process->output_read & (CONTROL_OUTPUT_BYTES - 1u));
        uint64_t left = written - process->output_read;
        size_t count = left < sizeof batch ? (size_t)left : sizeof batch;

        if (count > CONTROL_OUTPUT_BYTES - at)
            count = CONTROL_OUTPUT_BYTES - at;
        memcpy(batch, control->output + at, count);
        process->output_read += count;
        __atomic_store_n(&control->output_read, process->output_read, __ATOMIC_RELEASE);
        if (turn->output != NULL)
            turn->output(turn->context, batch, count);
    }
    return true;
}

/* ---- events ---- */

/* The flags are the last members. The runner may have written any byte there, but a bool must be 0
   or 1. */
static void make_flags_valid(struct control_stale *stale)
{
    unsigned char *bytes = (unsigned char *)stale;

    for (size_t i = offsetof(struct control_stale, in_directory); i < sizeof *stale; i++)
        bytes[i] = bytes[i] != 0;
}

static void copy_event(const struct runner_process *process, struct control_event *event)
{
    memcpy(event, &process->control->event, sizeof *event);
    __atomic_thread_fence(__ATOMIC_SEQ_CST); /* only the copy is read after this */
    make_flags_valid(&event->stale);
    event->text[sizeof event->text - 1] = '\0';
}

/* ---- the turn ---- */

/* The parent's state during the runner's turn. */
struct waiting {
    int64_t deadline; /* of the turn; after a request to stop, of the answer */
    bool stop_asked;
    uint64_t traps;      /* the runner's traps at the last check */
    int64_t traps_since; /* time since which they have not changed */
};

static void futex(uint32_t *word, int operation, uint32_t value, const struct timespec *timeout)
{
    syscall(SYS_futex, word, operation, value, timeout, NULL, 0);
}

static void give_turn(struct runner_process *process)
{
    struct control *control = process->control;

    __atomic_store_n(&control->turn, TURN_RUNNER, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&control->runner_sleeps, __ATOMIC_SEQ_CST) != 0)
        futex(&control->turn, FUTEX_WAKE, 1, NULL);
}

static bool spin_for_turn(const struct runner_process *process)
{
    for (uint32_t i = 0; i < process->spin; i++) {
        if (has_turn(process))
            return true;
        pause_briefly();
    }
    return has_turn(process);
}

/* Sleep until the parent has the turn, the time has passed, or a signal arrives. */
static void sleep_for_turn(const struct runner_process *process, int64_t ns)
{
    struct control *control = process->control;
    const struct timespec timeout = {.tv_nsec = ns < 0 ? 0 : ns < SLEEP_NS ? ns : SLEEP_NS};

    __atomic_store_n(&control->parent_sleeps, 1, __ATOMIC_SEQ_CST);
    uint32_t turn = __atomic_load_n(&control->turn, __ATOMIC_SEQ_CST);
    if (turn != TURN_PARENT)
        futex(&control->turn, FUTEX_WAIT, turn, &timeout);
    __atomic_store_n(&control->parent_sleeps, 0, __ATOMIC_RELAXED);
}

static void tick(struct runner_process *process, struct waiting *waiting, int64_t now)
{
    uint64_t traps = __atomic_load_n(&process->control->counters.traps, __ATOMIC_RELAXED);

    if (traps != waiting->traps) {
        waiting->traps = traps;
        waiting->traps_since = now;
    } else if (now - waiting->traps_since >= TICK_NS) {
        kill(process->pid, CONTROL_SIGNAL_TICK);
        waiting->traps_since = now;
    }
}

static void ask_to_stop(const struct runner_process *process)
{
    __atomic_store_n(&process->control->interrupt_wanted, 1, __ATOMIC_SEQ_CST);
    kill(process->pid, CONTROL_SIGNAL_STOP);
}

/* Check the clock and the process at intervals. Returns TURN_EVENT when both are in order. */
static enum turn_end look_around(struct runner_process *process, struct waiting *waiting)
{
    int64_t now = now_ns();

    if (has_ended(process))
        return has_turn(process) ? TURN_EVENT : TURN_ENDED;
    if (now < waiting->deadline) {
        if (process->ready && !waiting->stop_asked)
            tick(process, waiting, now);
        return TURN_EVENT;
    }
    if (process->ready && !waiting->stop_asked) {
        ask_to_stop(process);
        waiting->stop_asked = true;
        waiting->deadline = now + ANSWER_NS;
        return TURN_EVENT;
    }
    if (has_turn(process))
        return TURN_EVENT;
    process->answers_not = true;
    end_process(process);
    return TURN_SILENT;
}

static enum turn_end wait_for_turn(struct runner_process *process, const struct runner_turn *turn,
                                   struct waiting *waiting)
{
    bool arrived = spin_for_turn(process);

    while (!arrived) {
        sleep_for_turn(process, waiting->deadline - now_ns());
        arrived = has_turn(process);
        if (!drain_output(process, turn))
            return TURN_BROKEN;
        enum turn_end end = arrived ? TURN_EVENT : look_around(process, waiting);
        if (end != TURN_EVENT)
            return end;
    }
    return drain_output(process, turn) ? TURN_EVENT : TURN_BROKEN;
}

/* Returns whether the turn has ended. It has not when the output ring was full, which is empty now,
   or when the runner answered a signal of an earlier turn that had ended by itself. */
static bool turn_is_over(const struct runner_turn *turn, const struct waiting *waiting)
{
    return turn->event.kind != EVENT_OUTPUT &&
           (turn->event.kind != EVENT_INTERRUPTED || waiting->stop_asked);
}

static int64_t deadline_after(double seconds)
{
    double limited = seconds < SECONDS_MAX ? seconds : SECONDS_MAX;

    return now_ns() + (int64_t)(limited * (double)NS_PER_SECOND);
}

/* Give turns until one ends with an event to report. */
static enum turn_end take_turns(struct runner_process *process, struct runner_turn *turn)
{
    struct waiting waiting = {.deadline = deadline_after(turn->limit_seconds),
                              .traps_since = now_ns()};

    /* A runner that is not ready was started with its first turn, and may have ended it by now. */
    for (bool given = !process->ready;; given = false) {
        if (!given)
            give_turn(process);
        enum turn_end end = wait_for_turn(process, turn, &waiting);
        if (end != TURN_EVENT)
            return end;
        copy_event(process, &turn->event);
        if (turn_is_over(turn, &waiting))
            return turn->event.kind == EVENT_INTERRUPTED ? TURN_LIMIT : TURN_EVENT;
        waiting.stop_asked = false; /* the signal may have been lost with this event */
    }
}

enum turn_end runner_process_turn(struct runner_process *process, struct runner_turn *turn)
{
    if (process->pid == 0)
        return TURN_ENDED;
    enum turn_end end = take_turns(process, turn);
    if (end == TURN_BROKEN)
        end_process(process);
    else if (end == TURN_ENDED)
        (void)drain_output(process, turn);
    return end;
}

/* ---- the start ---- */

/* Check after the first turn whether the runner is ready. */
static bool check_ready(struct runner_process *process, enum turn_end end,
                        const struct runner_turn *turn, char *error, size_t error_bytes)
{
    bool host_failed = end == TURN_EVENT && turn->event.kind == EVENT_HOST;

    process->ready = end == TURN_EVENT && turn->event.kind == EVENT_READY;
    if (process->ready)
        return true;
    if (host_failed && turn->event.value != 0) /* an error of runner_start.c */
        snprintf(error, error_bytes, "cannot execute the runner: %s",
                 strerror((int)turn->event.value));
    else if (host_failed)
        snprintf(error, error_bytes, "%s", turn->event.text);
    else if (end == TURN_ENDED || end == TURN_SILENT)
        runner_process_say_end(process, error, error_bytes);
    else
        snprintf(error, error_bytes, "the runner did not say that it is ready");
    return false;
}

bool runner_process_start(struct runner_process *process, const struct runner_program *program,
                          int arena_fd, char *error, size_t error_bytes)
{
    struct runner_start start = {
        .control = process->control, .control_fd = process->control_fd, .arena_fd = arena_fd};
    struct runner_turn turn = {.limit_seconds = START_SECONDS};
    const char *reason;

    snprintf(start.word, sizeof start.word, "%s", program->word);
    int program_fd = runner_program_open(program, &reason);
    if (program_fd < 0) {
        snprintf(error, error_bytes, "cannot start the runner: %s: %s", reason, strerror(errno));
        return false;
    }
    /* The runner begins with the turn. */
    __atomic_store_n(&process->control->turn, TURN_RUNNER, __ATOMIC_SEQ_CST);
    process->pid = runner_start(&start, program_fd);
    int why = errno;
    close(program_fd);
    if (process->pid < 0) {
        process->pid = 0;
        snprintf(error, error_bytes, "cannot start a process for the runner: %s", strerror(why));
        return false;
    }
    if (check_ready(process, runner_process_turn(process, &turn), &turn, error, error_bytes))
        return true;
    end_process(process);
    return false;
}
