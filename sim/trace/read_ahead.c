#include "read_ahead.h"
#include "memory.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define BLOCKS 8u

struct block {
    size_t bytes; /* 0: the stream has ended, or `failed` is set */
    uint64_t position;
    bool failed;
    uint8_t data[READ_AHEAD_BLOCK_BYTES];
};

/* Blocks [taken, filled) are full; block i is at i % BLOCKS. The thread writes to block `filled`
   without the lock, and the other side reads block `taken` without it. */
struct read_ahead {
    read_ahead_fill *fill;
    void *context;
    pthread_t thread;
    pid_t owner;
    pthread_mutex_t lock; /* for taken, filled and closing */
    pthread_cond_t changed;
    uint64_t filled;
    uint64_t taken;
    bool closing;
    int closed; /* an eventfd that can be read once the stream is being closed */
    size_t at;  /* bytes of block `taken` that were given */
    uint64_t position;
    struct sim_error error; /* of the block that has failed */
    struct block block[BLOCKS];
};

/* ---- the thread ---- */

/* Waits for an empty block. NULL: the stream is being closed. */
static struct block *wait_for_room(struct read_ahead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    while (ahead->filled - ahead->taken == BLOCKS && !ahead->closing)
        pthread_cond_wait(&ahead->changed, &ahead->lock);
    struct block *block = ahead->closing ? NULL : &ahead->block[ahead->filled % BLOCKS];
    pthread_mutex_unlock(&ahead->lock);
    return block;
}

static void fill_block(struct read_ahead *ahead, struct block *block)
{
    block->failed = !ahead->fill(ahead->context, block->data, sizeof(block->data), &block->bytes,
                                 &block->position, &ahead->error);
    if (block->failed)
        block->bytes = 0;
}

bool read_ahead_wait(const struct read_ahead *ahead, int fd)
{
    struct pollfd ready[2] = {{.fd = ahead->closed, .events = POLLIN},
                              {.fd = fd, .events = POLLIN}};

    while (poll(ready, 2, -1) < 0)
        continue;
    return ready[0].revents == 0;
}

static void change(struct read_ahead *ahead, uint64_t *count)
{
    pthread_mutex_lock(&ahead->lock);
    ++*count;
    pthread_cond_signal(&ahead->changed);
    pthread_mutex_unlock(&ahead->lock);
}

static void *run(void *context)
{
    struct read_ahead *ahead = context;
    struct block *block;
    bool more = true;

    while (more && (block = wait_for_room(ahead)) != NULL) {
        fill_block(ahead, block);
        more = !block->failed && block->bytes > 0;
        change(ahead, &ahead->filled);
    }
    return NULL;
}

/* ---- the other side ---- */

static bool has_two_processors(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 1;
}

/* All signals go to the thread that was there before, which expects them. */
static bool start_thread(struct read_ahead *ahead)
{
    sigset_t all;
    sigset_t before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = pthread_create(&ahead->thread, NULL, run, ahead) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

void read_ahead_start(struct read_ahead **started, read_ahead_fill *fill, void *context)
{
    int closed = has_two_processors() ? eventfd(0, EFD_CLOEXEC) : -1;

    *started = NULL;
    if (closed < 0)
        return;
    struct read_ahead *ahead = memory_zeroed(1, sizeof(*ahead));

    ahead->fill = fill;
    ahead->context = context;
    ahead->owner = getpid();
    ahead->closed = closed;
    pthread_mutex_init(&ahead->lock, NULL);
    pthread_cond_init(&ahead->changed, NULL);
    *started = ahead;
    if (start_thread(ahead))
        return;
    *started = NULL;
    close(closed);
    free(ahead);
}

static struct block *wait_for_block(struct read_ahead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    while (ahead->filled == ahead->taken)
        pthread_cond_wait(&ahead->changed, &ahead->lock);
    pthread_mutex_unlock(&ahead->lock);
    return &ahead->block[ahead->taken % BLOCKS];
}

bool read_ahead_take(struct read_ahead *ahead, void *out, size_t room, size_t *got,
                     struct sim_error *error)
{
    struct block *block = wait_for_block(ahead);
    size_t left = block->bytes - ahead->at;

    *got = left < room ? left : room;
    memcpy(out, block->data + ahead->at, *got);
    ahead->at += *got;
    ahead->position = block->position;
    if (block->failed)
        *error = ahead->error;
    bool ok = !block->failed;
    if (*got > 0 && ahead->at == block->bytes) { /* the last block, which is empty, stays */
        ahead->at = 0;
        change(ahead, &ahead->taken);
    }
    return ok;
}

uint64_t read_ahead_position(const struct read_ahead *ahead)
{
    return ahead->position;
}

static void end_thread(struct read_ahead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    ahead->closing = true;
    pthread_cond_signal(&ahead->changed);
    pthread_mutex_unlock(&ahead->lock);
    (void)eventfd_write(ahead->closed, 1);
    pthread_join(ahead->thread, NULL);
}

void read_ahead_close(struct read_ahead *ahead)
{
    if (ahead == NULL)
        return;
    if (ahead->owner == getpid())
        end_thread(ahead);
    close(ahead->closed);
    free(ahead);
}
