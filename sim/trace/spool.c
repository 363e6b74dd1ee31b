#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int open_named(const char *directory)
{
    char path[4096];
    int fd;

    if ((size_t)snprintf(path, sizeof(path), "%s/mmsim-XXXXXX", directory) >= sizeof(path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

int spool_open(struct sim_error *error)
{
    const char *directory = getenv("TMPDIR");
    int fd;

    if (directory == NULL || *directory == '\0')
        directory = "/tmp";
    fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) /* not every file system has nameless files */
        fd = open_named(directory);
    if (fd < 0)
        sim_error_set_writing(error,
                              "no temporary file in %s: %s; set TMPDIR to a directory with room",
                              directory, strerror(errno));
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
