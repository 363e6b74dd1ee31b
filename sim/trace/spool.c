#include "spool.h"
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* Where the file system has no nameless files: its name goes at once. */
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
