#include "lab/compare.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct worker {
    pid_t pid; /* 0: not running */
    int result_fd;
};

static void outcome_fail(struct run_outcome *outcome, const char *what, const char *detail)
{
    *outcome = (struct run_outcome){.status = RUN_FAILED};
    snprintf(outcome->reason, sizeof outcome->reason, "%s%s", what, detail);
}

static bool write_all(int fd, const void *data, size_t bytes)
{
    const char *next = data;

    while (bytes > 0) {
        ssize_t written = write(fd, next, bytes);
        if (written < 0 && errno != EINTR)
            return false;
        next += written > 0 ? written : 0;
        bytes -= written > 0 ? (size_t)written : 0;
    }
    return true;
}

static bool read_all(int fd, void *data, size_t bytes)
{
    char *next = data;

    while (bytes > 0) {
        ssize_t got = read(fd, next, bytes);
        if (got == 0 || (got < 0 && errno != EINTR))
            return false;
        next += got > 0 ? got : 0;
        bytes -= got > 0 ? (size_t)got : 0;
    }
    return true;
}

static void worker_main(int result_fd, const struct trace *trace, const struct strategy *strategy,
                        const struct memmap *map, const struct machine_options *options)
{
    struct run_outcome outcome;

    experiment_run(&outcome, trace, strategy, map, options);
    _exit(write_all(result_fd, &outcome, sizeof outcome) ? 0 : 1);
}

static bool worker_start(struct worker *worker, const struct trace *trace,
                         const struct strategy *strategy, const struct memmap *map,
                         const struct machine_options *options)
{
    int fds[2];

    if (pipe(fds) != 0)
        return false;
    fflush(NULL);
    worker->pid = fork();
    if (worker->pid == 0) {
        close(fds[0]);
        worker_main(fds[1], trace, strategy, map, options);
    }
    close(fds[1]);
    worker->result_fd = fds[0];
    if (worker->pid > 0)
        return true;
    close(fds[0]);
    worker->pid = 0;
    return false;
}

/* Take what a process that has ended left behind: its outcome, or how it died. */
static void worker_collect(struct worker *worker, int status, struct run_outcome *outcome)
{
    if (WIFSIGNALED(status))
        outcome_fail(outcome, "crashed: ", strsignal(WTERMSIG(status)));
    else if (!read_all(worker->result_fd, outcome, sizeof *outcome))
        outcome_fail(outcome, "crashed: ended without a result", "");
    close(worker->result_fd);
    worker->pid = 0;
}

/* Wait for any of the workers and collect it. An outcome is smaller than a pipe: none waits for us.
 */
static void wait_for_one(struct worker workers[], uint32_t count, struct run_outcome outcomes[])
{
    int status;
    pid_t pid = waitpid(-1, &status, 0);

    for (uint32_t i = 0; i < count; i++)
        if (pid > 0 && workers[i].pid == pid)
            worker_collect(&workers[i], status, &outcomes[i]);
}

_Static_assert(sizeof(struct run_outcome) <= 4096, "an outcome fits the smallest pipe");

static uint32_t running(const struct worker workers[], uint32_t count)
{
    uint32_t alive = 0;

    for (uint32_t i = 0; i < count; i++)
        alive += workers[i].pid != 0;
    return alive;
}

void compare_run(struct run_outcome outcomes[], const struct trace *trace,
                 const struct strategy *const strategies[], uint32_t count,
                 const struct memmap *map, const struct machine_options *options,
                 void (*finished)(uint32_t done, uint32_t count))
{
    /* A parent that ignores SIGCHLD hands that down, and then nobody could wait for a worker. */
    const struct sigaction wait_for_children = {.sa_handler = SIG_DFL};
    struct sigaction inherited;
    struct worker workers[COMPARE_MAX] = {{0}};
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t at_once = processors > 1 ? (uint32_t)processors : 1u;
    uint32_t started = 0;
    uint32_t done = 0;

    sigaction(SIGCHLD, &wait_for_children, &inherited);
    while (done < count) {
        if (started < count && running(workers, count) < at_once) {
            if (worker_start(&workers[started], trace, strategies[started], map, options)) {
                started++;
                continue;
            }
            if (running(workers, count) == 0) {
                outcome_fail(&outcomes[started++], "no process: ", strerror(errno));
                done++;
                continue;
            }
        }
        wait_for_one(workers, count, outcomes);
        done = started - running(workers, count);
        if (finished != NULL)
            finished(done, count);
    }
    sigaction(SIGCHLD, &inherited, NULL);
}
