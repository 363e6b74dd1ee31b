#include "file_bytes.h"
#include "trace/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Returns the number of bytes read: size, or less when the file became shorter; -1: errno says
   why. */
static ssize_t read_fully(int fd, unsigned char *bytes, size_t size)
{
    size_t done = 0;

    while (done < size) {
        ssize_t count = read(fd, bytes + done, size - done);
        if (count == 0)
            break;
        if (count < 0 && errno != EINTR)
            return -1;
        done += count > 0 ? (size_t)count : 0;
    }
    return (ssize_t)done;
}

/* Returns NULL, or the reason why the file cannot be read. */
static const char *check_kind(int fd, size_t *size)
{
    struct stat status;

    if (fstat(fd, &status) != 0)
        return strerror(errno);
    if (S_ISDIR(status.st_mode))
        return "it is a folder";
    if (!S_ISREG(status.st_mode))
        return "it is no regular file";
    if ((uintmax_t)status.st_size > FILE_BYTES_MAX)
        return "it has more than 256 MiB";
    *size = (size_t)status.st_size;
    return NULL;
}

static const char *read_open(struct file_bytes *file, int fd)
{
    size_t size = 0;
    const char *why = check_kind(fd, &size);

    if (why != NULL)
        return why;
    file->bytes = memory_zeroed(size + 1u, 1);
    ssize_t count = read_fully(fd, file->bytes, size);
    if (count >= 0) {
        file->size = (size_t)count;
        return NULL;
    }
    why = strerror(errno);
    file_bytes_free(file);
    return why;
}

bool file_bytes_read(struct file_bytes *file, const char *path, char *error, size_t error_bytes)
{
    *file = (struct file_bytes){.size = 0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* O_NONBLOCK: opening a pipe must not
                                                               block */
    const char *why = fd >= 0 ? read_open(file, fd) : strerror(errno);

    if (fd >= 0)
        close(fd);
    if (why != NULL)
        snprintf(error, error_bytes, "%s: cannot read: %s", path, why);
    return why == NULL;
}

void file_bytes_copy(struct file_bytes *file, const void *bytes, size_t size)
{
    *file = (struct file_bytes){.bytes = memory_zeroed(size + 1u, 1), .size = size};
    if (size > 0)
        memcpy(file->bytes, bytes, size);
}

void file_bytes_free(struct file_bytes *file)
{
    free(file->bytes);
    *file = (struct file_bytes){.size = 0};
}

/* ---- complaints ---- */

bool complain(const struct complaint *complaint, const char *format, ...)
{
    va_list arguments;
    int name = snprintf(complaint->error, complaint->error_bytes, "%s: ", complaint->name);

    va_start(arguments, format);
    if (name > 0 && (size_t)name < complaint->error_bytes)
        vsnprintf(complaint->error + name, complaint->error_bytes - (size_t)name, format,
                  arguments);
    va_end(arguments);
    return false;
}
