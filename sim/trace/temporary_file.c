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
    pid_t owner; /* the process that removes it: a child must not remove the files of its parent */
    char path[];
};

/* A handler reads the list at any time: it is changed by one store, while signals are blocked. */
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

static struct sigaction handled_before[FATAL_SIGNALS]; /* the handlers that were installed */
static volatile sig_atomic_t came[FATAL_SIGNALS];

/* Removes the files, then lets the handler that was installed before act on the signal. If that
   handler hands the signal back to this one, the signal ends the program. */
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

/* A signal that is ignored, as under nohup, stays ignored. */
static void take_signals(void)
{
    const struct sigaction remove_and_end = {.sa_handler = on_fatal_signal};

    for (size_t i = 0; i < FATAL_SIGNALS; i++)
        if (sigaction(fatal_signals[i], NULL, &handled_before[i]) == 0 &&
            handled_before[i].sa_handler != SIG_IGN)
            sigaction(fatal_signals[i], &remove_and_end, NULL);
}

/* Restores the handlers that nobody else has replaced in the meantime. */
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

/* false: errno says why. EEXIST: there is a file of this name. */
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

/* ---- spools ---- */

const char *spool_folder(void)
{
    const char *folder = getenv("TMPDIR");

    return folder != NULL && *folder != '\0' ? folder : "/tmp";
}

struct temporary_file *spool_create_named(const char *name, int *fd)
{
    const char *folder = spool_folder();
    size_t bytes = strlen(folder) + strlen(name) + sizeof "/";
    char *stem = memory_zeroed(bytes, 1);

    snprintf(stem, bytes, "%s/%s", folder, name);
    struct temporary_file *file = temporary_file_create(stem, 0600, fd);
    int why = errno;
    free(stem);
    errno = why;
    return file;
}

/* For file systems without nameless files: removes the name at once. */
static int open_unlinked(void)
{
    int fd;
    struct temporary_file *file = spool_create_named("mmsim", &fd);

    if (file != NULL)
        temporary_file_remove(file);
    return file != NULL ? fd : -1;
}

int spool_open(struct sim_error *error)
{
    int fd = open(spool_folder(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd < 0)
        fd = open_unlinked();
    if (fd < 0)
        sim_error_set_writing(error,
                              "no temporary file in %s: %s; set TMPDIR to a directory with room",
                              spool_folder(), strerror(errno));
    return fd;
}

bool spool_failed(int reason, struct sim_error *error)
{
    return sim_error_set_writing(error,
                                 "cannot write the temporary file: %s; set TMPDIR to a directory "
                                 "with room",
                                 strerror(reason));
}

FILE *spool_open_file(struct sim_error *error)
{
    int fd = spool_open(error);
    FILE *file = fd >= 0 ? fdopen(fd, "w+") : NULL;

    if (fd >= 0 && file == NULL) {
        sim_error_set_writing(error, "no temporary file: %s", strerror(errno));
        close(fd);
    }
    return file;
}

bool write_all(int fd, const void *data, size_t bytes)
{
    const uint8_t *p = data;

    while (bytes > 0) {
        ssize_t written = write(fd, p, bytes);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        p += written;
        bytes -= (size_t)written;
    }
    return true;
}

int spool_stream(struct stream_in *in, struct sim_error *error)
{
    static uint8_t buffer[65536];
    int fd = spool_open(error);
    bool ok = fd >= 0;
    size_t got = 1;

    while (ok && got != 0) {
        ok = stream_in_read(in, buffer, sizeof(buffer), &got, error);
        if (ok && !write_all(fd, buffer, got))
            ok = spool_failed(errno, error);
    }
    if (!ok && fd >= 0)
        close(fd);
    return ok ? fd : -1;
}
