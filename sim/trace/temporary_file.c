#include "temporary_file.h"
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAMES_TRIED 100u

struct temporary_file {
    struct temporary_file *next;
    pid_t owner; /* a child that ends leaves its parent's files alone */
    char path[];
};

/* A signal may come at any time: the list changes by one store, at a time when none can come. */
static struct temporary_file *volatile files;

static const int fatal_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT, SIGXCPU};
#define FATAL_SIGNALS (sizeof fatal_signals / sizeof fatal_signals[0])

/* ---- the end of the program ---- */

static void remove_all(void)
{
    for (const struct temporary_file *file = files; file != NULL; file = file->next)
        if (file->owner == getpid())
            unlink(file->path);
}

static struct sigaction handled_before[FATAL_SIGNALS]; /* as the signals were handled */
static volatile sig_atomic_t came[FATAL_SIGNALS];

/* Then the signal does what it would have done. Where that leads back here, as handlers that hand
   on to each other may, it ends the program. */
static void on_fatal_signal(int number)
{
    const struct sigaction end = {.sa_handler = SIG_DFL};

    remove_all();
    for (size_t i = 0; i < FATAL_SIGNALS; i++)
        if (fatal_signals[i] == number) {
            sigaction(number, came[i] != 0 ? &end : &handled_before[i], NULL);
            came[i] = 1;
        }
    raise(number);
}

/* A signal that is ignored stays so, as under nohup. */
static void take_signals(void)
{
    const struct sigaction remove_and_end = {.sa_handler = on_fatal_signal};

    for (size_t i = 0; i < FATAL_SIGNALS; i++)
        if (sigaction(fatal_signals[i], NULL, &handled_before[i]) == 0 &&
            handled_before[i].sa_handler != SIG_IGN)
            sigaction(fatal_signals[i], &remove_and_end, NULL);
}

/* Those that nobody has taken meanwhile. */
static void give_signals_back(void)
{
    struct sigaction present;

    for (size_t i = 0; i < FATAL_SIGNALS; i++)
        if (sigaction(fatal_signals[i], NULL, &present) == 0 &&
            present.sa_handler == on_fatal_signal)
            sigaction(fatal_signals[i], &handled_before[i], NULL);
}

/* ---- the list ---- */

static void block_signals(sigset_t *before)
{
    sigset_t all;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, before);
}

static void list_add(struct temporary_file *file)
{
    static bool at_exit;

    if (!at_exit)
        at_exit = atexit(remove_all) == 0;
    if (files == NULL)
        take_signals();
    file->next = files;
    files = file;
}

static void list_take_out(const struct temporary_file *file)
{
    struct temporary_file *before = files;

    if (before == file)
        files = file->next;
    while (before != NULL && before->next != file)
        before = before->next;
    if (before != NULL)
        before->next = file->next;
    if (files == NULL)
        give_signals_back();
}

/* ---- one file ---- */

/* false: errno says why, and EEXIST that another has the name. */
static bool create(struct temporary_file *file, unsigned mode, int *fd)
{
    sigset_t before;

    block_signals(&before);
    *fd = open(file->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
    int why = errno;
    if (*fd >= 0)
        list_add(file);
    sigprocmask(SIG_SETMASK, &before, NULL);
    errno = why;
    return *fd >= 0;
}

struct temporary_file *temporary_file_create(const char *stem, unsigned mode, int *fd)
{
    size_t bytes = strlen(stem) + sizeof "-12345678";
    struct temporary_file *file = memory_zeroed(1, sizeof *file + bytes);
    unsigned number = (unsigned)getpid();

    file->owner = getpid();
    for (unsigned i = 0; i < NAMES_TRIED; i++) {
        snprintf(file->path, bytes, "%s-%08x", stem, number + (i << 24));
        if (create(file, mode, fd))
            return file;
        if (errno != EEXIST)
            break;
    }
    int why = errno;
    free(file);
    errno = why;
    return NULL;
}

const char *temporary_file_path(const struct temporary_file *file)
{
    return file->path;
}

static void release(struct temporary_file *file, bool removed)
{
    sigset_t before;

    block_signals(&before);
    if (removed)
        unlink(file->path);
    list_take_out(file);
    sigprocmask(SIG_SETMASK, &before, NULL);
    free(file);
}

void temporary_file_remove(struct temporary_file *file)
{
    release(file, true);
}

void temporary_file_keep(struct temporary_file *file)
{
    release(file, false);
}
