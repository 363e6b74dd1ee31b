#include "lab/workers.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trace/memory.h"
#include "trace/progress.h"
#include "trace/temporary_file.h"

#define KEPT_BYTES (32 << 20) /* the most that malloc() lets a program choose */
#define LOOK_NS    100000000  /* between two reports of how far the workers are */

struct worker {
    pid_t pid;
    int fd;    /* the worker's results arrive here, and its orders leave; it ends with the worker */
    bool busy; /* it has a job, whose result is not complete */
    uint32_t job;
    size_t got; /* bytes of the result */
    char *result;
};

/* worker[0] to worker[running - 1] run; `busy` of them have a job. Each place has memory for a
   result. */
struct pool {
    const struct workers_stream *stream;
    struct worker *worker;
    struct pollfd *poll;
    void *order; /* memory for one */
    uint32_t running;
    uint32_t busy;
    uint32_t at_once;
    bool waiting; /* no process could be created for the job `pending` */
    uint32_t pending;
    sigset_t mask; /* the signals that were blocked before */
};

/* ---- signals ---- */

static const int stop_signals[] = {SIGINT, SIGTERM, SIGHUP};
#define STOP_SIGNALS (sizeof stop_signals / sizeof stop_signals[0])

static volatile sig_atomic_t stopped; /* the number of the signal; 0: none came */

static void note_stop(int signal)
{
    stopped = signal;
}

struct signals {
    struct sigaction child;
    struct sigaction stop[STOP_SIGNALS];
};

/* A parent that ignores SIGCHLD hands that down, and then nobody could wait for a worker. The
 * signals that stop the stream are blocked except in ppoll() and stop_asked(), so that none is
 * missed between a check and a wait. A signal that was ignored, as by nohup, stays ignored. */
static void signals_take(struct pool *pool, struct signals *before)
{
    const struct sigaction wait_for_children = {.sa_handler = SIG_DFL};
    const struct sigaction stop = {.sa_handler = note_stop};
    sigset_t blocked;

    stopped = 0;
    sigaction(SIGCHLD, &wait_for_children, &before->child);
    sigemptyset(&blocked);
    for (size_t i = 0; pool->stream->stops && i < STOP_SIGNALS; i++) {
        sigaction(stop_signals[i], NULL, &before->stop[i]);
        if (before->stop[i].sa_handler == SIG_IGN)
            continue;
        sigaddset(&blocked, stop_signals[i]);
        sigaction(stop_signals[i], &stop, NULL);
    }
    sigprocmask(SIG_BLOCK, &blocked, &pool->mask);
}

static void signals_give_back(const struct pool *pool, const struct signals *before)
{
    for (size_t i = 0; pool->stream->stops && i < STOP_SIGNALS; i++)
        sigaction(stop_signals[i], &before->stop[i], NULL);
    sigaction(SIGCHLD, &before->child, NULL);
    sigprocmask(SIG_SETMASK, &pool->mask, NULL);
}

/* ppoll() lets a signal in only when it waits, and it does not wait when a result is there. */
static bool stop_asked(const struct pool *pool)
{
    sigset_t blocked;

    sigprocmask(SIG_SETMASK, &pool->mask, &blocked);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
    return stopped != 0;
}

int workers_stop_signal(void)
{
    return stopped;
}

/* ---- the child ---- */

/* The bytes of what a worker sends: a result and, if it follows orders, whether it goes on. */
static size_t message_bytes(const struct workers_stream *stream)
{
    return stream->result_bytes + (stream->order_bytes != 0);
}

static bool read_whole(int fd, void *data, size_t bytes)
{
    size_t got = 0;
    ssize_t part = 1;

    while (got < bytes && (part > 0 || (part < 0 && errno == EINTR))) {
        part = read(fd, (char *)data + got, bytes - got);
        got += part > 0 ? (size_t)part : 0;
    }
    return got == bytes;
}

/* Run jobs until the parent has no more, or this process should not run another one. A byte behind
 * each result tells the parent which, so that it sends no order that nobody follows. */
static _Noreturn void follow_orders(const struct pool *pool, const struct worker *worker, int fd)
{
    const struct workers_stream *stream = pool->stream;
    bool fit = true;

    /* the memory that a job frees serves the next one, without page faults of the host */
    mallopt(M_MMAP_THRESHOLD, KEPT_BYTES);
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
    progress_enter_job();
    while (fit && read_whole(fd, pool->order, stream->order_bytes)) {
        memset(worker->result, 0, stream->result_bytes);
        fit = stream->run_order(stream->context, pool->order, worker->result);
        worker->result[stream->result_bytes] = (char)fit;
        if (!write_all(fd, worker->result, message_bytes(stream)))
            _exit(1);
    }
    _exit(0);
}

static _Noreturn void worker_main(const struct pool *pool, const struct worker *worker, int fd,
                                  pid_t parent)
{
    const struct workers_stream *stream = pool->stream;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    for (size_t i = 0; stream->stops && i < STOP_SIGNALS; i++)
        if (sigismember(&pool->mask, stop_signals[i]) == 0)
            signal(stop_signals[i], SIG_DFL);
    sigprocmask(SIG_SETMASK, &pool->mask, NULL);
    if (stream->order_bytes != 0)
        follow_orders(pool, worker, fd);
    progress_enter_job();
    stream->run_job(stream->context, worker->job, worker->result);
    progress_leave_job();
    _exit(write_all(fd, worker->result, stream->result_bytes) ? 0 : 1);
}

/* ---- the parent ---- */

static void worker_lost(const struct pool *pool, uint32_t job, const char *what, const char *why)
{
    char reason[WORKERS_LOST_BYTES];

    snprintf(reason, sizeof reason, "%s%s", what, why);
    pool->stream->ended(pool->stream->context, job, NULL, reason);
}

/* Start a worker in the next free place. Returns NULL if no process can be created; errno says
 * why. */
static struct worker *worker_start(struct pool *pool, uint32_t job)
{
    struct worker *worker = &pool->worker[pool->running];
    pid_t parent = getpid();
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
        return NULL;
    worker->job = job;
    worker->busy = false;
    memset(worker->result, 0, pool->stream->result_bytes);
    fflush(NULL);
    worker->pid = fork();
    if (worker->pid == 0)
        worker_main(pool, worker, fds[1], parent);
    int why = errno;
    close(fds[1]);
    worker->fd = fds[0];
    if (worker->pid < 0)
        close(fds[0]);
    else
        pool->running++;
    errno = why;
    return worker->pid > 0 ? worker : NULL;
}

static void worker_reap(const struct worker *worker, int *status)
{
    close(worker->fd);
    while (waitpid(worker->pid, status, 0) < 0 && errno == EINTR)
        continue;
}

/* Reap a worker that has ended. The last worker moves to its place. */
static void worker_remove(struct pool *pool, struct worker *worker, int *status)
{
    struct worker removed = *worker;

    worker_reap(&removed, status);
    *worker = pool->worker[--pool->running];
    pool->worker[pool->running] = removed;
    pool->busy -= removed.busy;
}

static struct worker *worker_idle(const struct pool *pool)
{
    for (uint32_t i = 0; i < pool->running; i++)
        if (!pool->worker[i].busy)
            return &pool->worker[i];
    return NULL;
}

/* Send a worker the order for a job. Returns false if it has ended. */
static bool worker_order(const struct pool *pool, const struct worker *worker, uint32_t job)
{
    const struct workers_stream *stream = pool->stream;

    if (stream->order_bytes == 0)
        return true;
    memset(pool->order, 0, stream->order_bytes);
    stream->write_order(stream->context, job, pool->order);
    return send(worker->fd, pool->order, stream->order_bytes, MSG_NOSIGNAL) ==
           (ssize_t)stream->order_bytes;
}

/* Give a job to a worker. Returns false if no process can be created; errno says why. */
static bool job_start(struct pool *pool, uint32_t job)
{
    struct worker *worker = worker_idle(pool);
    int status;

    if (worker != NULL && !worker_order(pool, worker, job)) {
        worker_remove(pool, worker, &status);
        worker = NULL;
    }
    if (worker == NULL &&
        ((worker = worker_start(pool, job)) == NULL || !worker_order(pool, worker, job)))
        return false;
    worker->job = job;
    worker->got = 0;
    worker->busy = true;
    pool->busy++;
    return true;
}

/* Start as many jobs as may run at once. */
static void start_more(struct pool *pool)
{
    const struct workers_stream *stream = pool->stream;

    while (pool->busy < pool->at_once) {
        if (!pool->waiting && !stream->next(stream->context, &pool->pending))
            return;
        pool->waiting = !job_start(pool, pool->pending);
        if (pool->waiting && pool->busy > 0)
            return;
        if (pool->waiting)
            worker_lost(pool, pool->pending, "no process: ", strerror(errno));
        pool->waiting = false;
    }
}

/* A worker that follows orders has sent its result. */
static void worker_finish(struct pool *pool, struct worker *worker)
{
    const struct worker finished = *worker;
    int status;

    worker->busy = false;
    pool->busy--;
    if (finished.result[pool->stream->result_bytes] == 0)
        worker_remove(pool, worker, &status);
    pool->stream->ended(pool->stream->context, finished.job, finished.result, NULL);
}

/* The worker has closed its side, so it has ended. */
static void worker_collect(struct pool *pool, uint32_t i)
{
    struct worker worker = pool->worker[i];
    int status = 0;

    worker_remove(pool, &pool->worker[i], &status);
    if (!worker.busy)
        return;
    if (WIFSIGNALED(status))
        worker_lost(pool, worker.job, "crashed: ", strsignal(WTERMSIG(status)));
    else if (worker.got < message_bytes(pool->stream))
        worker_lost(pool, worker.job, "crashed: ended without a result", "");
    else
        pool->stream->ended(pool->stream->context, worker.job, worker.result, NULL);
}

/* Read a part of the result. Returns false when the worker has ended. */
static bool worker_read(const struct pool *pool, struct worker *worker)
{
    size_t room = worker->busy ? message_bytes(pool->stream) - worker->got : 0;
    char beyond;
    ssize_t got =
        read(worker->fd, room > 0 ? worker->result + worker->got : &beyond, room > 0 ? room : 1);

    worker->got += got > 0 ? (size_t)got : 0;
    return got > 0 || (got < 0 && errno == EINTR);
}

static bool has_finished(const struct pool *pool, const struct worker *worker)
{
    return pool->stream->order_bytes != 0 && worker->busy &&
           worker->got == message_bytes(pool->stream);
}

/* Wait until a worker sends a part of its result or ends, and handle all that did. */
static void listen_to_all(struct pool *pool)
{
    static const struct timespec look = {.tv_nsec = LOOK_NS};

    for (uint32_t i = 0; i < pool->running; i++)
        pool->poll[i] = (struct pollfd){.fd = pool->worker[i].fd, .events = POLLIN};
    if (ppoll(pool->poll, pool->running, progress_shown != NULL ? &look : NULL, &pool->mask) <= 0)
        return;
    for (uint32_t i = pool->running; i-- > 0;) { /* worker_collect() moves the last worker here,
                                                    which was handled before */
        if (pool->poll[i].revents == 0)
            continue;
        if (!worker_read(pool, &pool->worker[i]))
            worker_collect(pool, i);
        else if (has_finished(pool, &pool->worker[i]))
            worker_finish(pool, &pool->worker[i]);
    }
}

static void kill_all(struct pool *pool)
{
    int status;

    for (uint32_t i = 0; i < pool->running; i++)
        kill(pool->worker[i].pid, SIGKILL);
    while (pool->running > 0)
        worker_reap(&pool->worker[--pool->running], &status);
}

static uint32_t processors(void)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);

    return online > 1 ? (uint32_t)online : 1u;
}

bool workers_run_stream(const struct workers_stream *stream)
{
    struct pool pool = {.stream = stream,
                        .at_once = stream->at_once > 0 ? stream->at_once : processors()};
    struct signals before;

    pool.worker = memory_zeroed(pool.at_once, sizeof pool.worker[0]);
    pool.poll = memory_zeroed(pool.at_once, sizeof pool.poll[0]);
    pool.order = memory_zeroed(stream->order_bytes + 1u, 1);
    for (uint32_t i = 0; i < pool.at_once; i++)
        pool.worker[i].result = memory_zeroed(message_bytes(stream), 1);
    signals_take(&pool, &before);
    if (stream->jobs != 0)
        progress_begin_jobs(&pool, stream->jobs);
    start_more(&pool);
    while (pool.busy > 0 && !stop_asked(&pool)) {
        listen_to_all(&pool);
        progress_look(&pool);
        start_more(&pool);
    }
    kill_all(&pool);
    progress_end(&pool);
    bool all = !stop_asked(&pool);
    signals_give_back(&pool, &before);
    for (uint32_t i = 0; i < pool.at_once; i++)
        free(pool.worker[i].result);
    free(pool.worker);
    free(pool.poll);
    free(pool.order);
    return all;
}

/* ---- a list of jobs ---- */

struct list {
    const struct workers *workers;
    uint32_t count;
    uint32_t started;
    uint32_t done;
};

static bool list_next(void *context, uint32_t *job)
{
    struct list *list = context;

    *job = list->started;
    list->started += list->started < list->count;
    return *job < list->count;
}

static void list_run(void *context, uint32_t job, void *result)
{
    const struct list *list = context;

    list->workers->run_job(list->workers->context, job, result);
}

static void list_ended(void *context, uint32_t job, const void *result, const char *lost)
{
    struct list *list = context;
    const struct workers *workers = list->workers;
    void *place = (char *)workers->results + job * workers->result_bytes;

    if (result != NULL)
        memcpy(place, result, workers->result_bytes);
    else
        workers->lost(place, lost);
    list->done++;
    if (workers->finished != NULL)
        workers->finished(list->done, list->count);
}

void workers_run(const struct workers *workers, uint32_t count)
{
    struct list list = {workers, count, 0, 0};
    const struct workers_stream stream = {.context = &list,
                                          .result_bytes = workers->result_bytes,
                                          .jobs = count,
                                          .next = list_next,
                                          .run_job = list_run,
                                          .ended = list_ended};

    (void)workers_run_stream(&stream);
}
