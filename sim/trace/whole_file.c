#include "whole_file.h"
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAMES_TRIED     100u
#define DESCRIPTOR_PATH "/proc/self/fd/%d"

/* ---- files that are written in place ---- */

/* The descriptor whose name the path is; -1: the path is no such name. */
static int descriptor_of_name(const char *path)
{
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
    static const char *const standard[] = {
        [STDOUT_FILENO] = "/dev/stdout", [STDERR_FILENO] = "/dev/stderr"};

    if (strcmp(path, "-") == 0)
        return STDOUT_FILENO;
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
        if (strcmp(path, standard[fd]) == 0)
            return fd;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        size_t length = strlen(folders[i]);
        const char *digits = path + length;
        if (strncmp(path, folders[i], length) == 0 && *digits != '\0' && strlen(digits) < 8 &&
            digits[strspn(digits, "0123456789")] == '\0')
            return atoi(digits);
    }
    return -1;
}

const char *whole_file_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard output" : path;
}

bool whole_file_in_place(const char *path)
{
    struct stat present;

    return descriptor_of_name(path) >= 0 ||
           (stat(path, &present) == 0 && !S_ISREG(present.st_mode) && !S_ISDIR(present.st_mode));
}

static int open_in_place(struct whole_file *file, const char *path)
{
    int descriptor = descriptor_of_name(path);

    file->fd = descriptor >= 0 ? fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
                               : open(path, O_WRONLY | O_CLOEXEC);
    return file->fd >= 0 ? 0 : errno;
}

/* ---- files that replace another, or are new ---- */

/* The folder that a path is in; to be freed. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t bytes = slash == NULL ? 0 : slash == path ? 1u : (size_t)(slash - path);
    char *folder = memory_zeroed(bytes + sizeof ".", 1);

    memcpy(folder, slash != NULL ? path : ".", slash != NULL ? bytes : 1u);
    return folder;
}

/* The beginning of temporary names beside a path; to be freed. It is short even if the name in the
   path is long. */
static char *stem_beside(const char *path)
{
    static const char name[] = "/.mmsim";
    char *folder = folder_of(path);
    size_t bytes = strlen(folder) + sizeof name;
    char *stem = memory_zeroed(bytes, 1);

    snprintf(stem, bytes, "%s%s", folder, name);
    free(folder);
    return stem;
}

static bool can_be_named(int fd)
{
    char path[32];

    snprintf(path, sizeof path, DESCRIPTOR_PATH, fd);
    return access(path, F_OK) == 0;
}

static int open_nameless(const char *target)
{
    char *folder = folder_of(target);
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);

    free(folder);
    if (fd < 0 || can_be_named(fd))
        return fd;
    close(fd);
    errno = EOPNOTSUPP;
    return -1;
}

static int open_new(struct whole_file *file)
{
    file->fd = open_nameless(file->target);
    if (file->fd >= 0)
        return 0;
    char *stem = stem_beside(file->target);
    file->own = temporary_file_create(stem, 0666, &file->fd);
    int why = errno;
    free(stem);
    return file->own != NULL ? 0 : why;
}

/* Gives the new file the owner and permissions of the present one, so that a private file stays
   private. If the host forbids the owner, the file keeps ours. */
static int take_permissions(const struct whole_file *file, const struct stat *present)
{
    if ((present->st_uid != geteuid() || present->st_gid != getegid()) &&
        fchown(file->fd, present->st_uid, present->st_gid) != 0 && errno != EPERM)
        return errno;
    return fchmod(file->fd, present->st_mode & (S_IRWXU | S_IRWXG | S_IRWXO)) == 0 ? 0 : errno;
}

/* The path behind all links: a link stays, and the file behind it is replaced. NULL: errno says
   why. To be freed. */
static char *follow_links(const char *path, const struct stat *link)
{
    return S_ISLNK(link->st_mode) ? realpath(path, NULL) : strdup(path);
}

static int open_replacing(struct whole_file *file, const char *path, const struct stat *present)
{
    struct stat link;

    if (access(path, W_OK) != 0 || lstat(path, &link) != 0)
        return errno;
    file->target = follow_links(path, &link);
    if (file->target == NULL)
        return errno;
    int why = open_new(file);
    return why != 0 ? why : take_permissions(file, present);
}

static int open_first(struct whole_file *file, const char *path)
{
    struct stat link;

    if (lstat(path, &link) == 0) /* a link that leads nowhere */
        return ENOENT;
    file->target = strdup(path);
    return file->target != NULL ? open_new(file) : errno;
}

static int open_any(struct whole_file *file, const char *path)
{
    struct stat present;

    if (whole_file_in_place(path))
        return open_in_place(file, path);
    if (stat(path, &present) != 0)
        return errno == ENOENT ? open_first(file, path) : errno;
    return S_ISREG(present.st_mode) ? open_replacing(file, path, &present) : EISDIR;
}

int whole_file_open(struct whole_file *file, const char *path)
{
    *file = (struct whole_file){.fd = -1};
    int why = open_any(file, path);

    if (why != 0)
        whole_file_abandon(file);
    return why;
}

/* ---- the end ---- */

/* Writes the name to the disk: else a power failure could lose it. Errors are ignored, because some
   file systems need no such call and refuse it. */
static void sync_folder(const char *path)
{
    char *folder = folder_of(path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(folder);
}

static bool link_to(int fd, const char *path)
{
    char nameless[32];

    snprintf(nameless, sizeof nameless, DESCRIPTOR_PATH, fd);
    return linkat(AT_FDCWD, nameless, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0;
}

/* A nameless file cannot take a name that is in use. So it gets another name first, and is renamed;
   signals are blocked meanwhile. */
static bool link_over(int fd, const char *target)
{
    char *stem = stem_beside(target);
    size_t bytes = strlen(stem) + sizeof "-12345678";
    char *path = memory_zeroed(bytes, 1);
    bool linked = false;

    for (unsigned i = 0; !linked && i < NAMES_TRIED; i++) {
        snprintf(path, bytes, "%s-%08x", stem, (unsigned)getpid() + (i << 24));
        linked = link_to(fd, path);
        if (!linked && errno != EEXIST)
            break;
    }
    bool renamed = linked && rename(path, target) == 0;
    int why = errno;
    if (linked && !renamed)
        unlink(path);
    free(path);
    free(stem);
    errno = why;
    return renamed;
}

static bool give_name(struct whole_file *file)
{
    sigset_t all;
    sigset_t before;

    if (file->own != NULL)
        return rename(temporary_file_path(file->own), file->target) == 0;
    if (link_to(file->fd, file->target))
        return true;
    if (errno != EEXIST)
        return false;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    bool done = link_over(file->fd, file->target);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return done;
}

static int finish(struct whole_file *file)
{
    if (file->target == NULL) {
        int fd = file->fd;
        file->fd = -1;
        return close(fd) == 0 ? 0 : errno;
    }
    if (fsync(file->fd) != 0 || !give_name(file))
        return errno;
    if (file->own != NULL)
        temporary_file_keep(file->own);
    file->own = NULL;
    sync_folder(file->target);
    return 0;
}

int whole_file_finish(struct whole_file *file)
{
    int why = finish(file);

    whole_file_abandon(file);
    return why;
}

void whole_file_abandon(struct whole_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    if (file->own != NULL)
        temporary_file_remove(file->own);
    free(file->target);
    *file = (struct whole_file){.fd = -1};
}

bool whole_file_is(const char *path, const char *other)
{
    struct stat a;
    struct stat b;

    return stat(path, &a) == 0 && stat(other, &b) == 0 && S_ISREG(a.st_mode) &&
           a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}
