#include "lab/workers.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct worker {
    pid_t pid; /* 0: not running */
    int result_fd;
};

static void *result_of(const struct workers *workers, uint32_t i)
{
    return (char *)workers->results + i * workers->result_bytes;
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

static _Noreturn void worker_main(int result_fd, const struct workers *workers, uint32_t i)
{
    void *result = result_of(workers, i);

    workers->run(workers->context, i, result);
    _exit(write_all(result_fd, result, workers->result_bytes) ? 0 : 1);
}

static bool worker_start(struct worker *worker, const struct workers *workers, uint32_t i)
{
    int fds[2];

    if (pipe(fds) != 0)
        return false;
    fflush(NULL);
    worker->pid = fork();
    if (worker->pid == 0) {
        close(fds[0]);
        worker_main(fds[1], workers, i);
    }
    close(fds[1]);
    worker->result_fd = fds[0];
    if (worker->pid > 0)
        return true;
    close(fds[0]);
    worker->pid = 0;
    return false;
}

/* Take what a process that has ended left behind: its result, or how it died. */
static void worker_collect(struct worker *worker, int status, const struct workers *workers,
                           uint32_t i)
{
    void *result = result_of(workers, i);

    if (WIFSIGNALED(status))
        workers->lost(result, "crashed: ", strsignal(WTERMSIG(status)));
    else if (!read_all(worker->result_fd, result, workers->result_bytes))
        workers->lost(result, "crashed: ended without a result", "");
    close(worker->result_fd);
    worker->pid = 0;
}

/* Wait for any of the workers and collect it. */
static void wait_for_one(struct worker worker[], const struct workers *workers, uint32_t count)
{
    int status;
    pid_t pid = waitpid(-1, &status, 0);

    for (uint32_t i = 0; i < count; i++)
        if (pid > 0 && worker[i].pid == pid)
            worker_collect(&worker[i], status, workers, i);
}

static uint32_t running(const struct worker worker[], uint32_t count)
{
    uint32_t alive = 0;

    for (uint32_t i = 0; i < count; i++)
        alive += worker[i].pid != 0;
    return alive;
}

void workers_run(const struct workers *workers, uint32_t count)
{
    /* A parent that ignores SIGCHLD hands that down, and then nobody could wait for a worker. */
    const struct sigaction wait_for_children = {.sa_handler = SIG_DFL};
    struct sigaction inherited;
    struct worker worker[WORKERS_MAX] = {{0}};
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t at_once = processors > 1 ? (uint32_t)processors : 1u;
    uint32_t started = 0;
    uint32_t done = 0;

    sigaction(SIGCHLD, &wait_for_children, &inherited);
    while (done < count) {
        if (started < count && running(worker, count) < at_once) {
            if (worker_start(&worker[started], workers, started)) {
                started++;
                continue;
            }
            if (running(worker, count) == 0) {
                workers->lost(result_of(workers, started++), "no process: ", strerror(errno));
                done++;
                continue;
            }
        }
        wait_for_one(worker, workers, count);
        done = started - running(worker, count);
        if (workers->finished != NULL)
            workers->finished(done, count);
    }
    sigaction(SIGCHLD, &inherited, NULL);
}
