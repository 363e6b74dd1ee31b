#include "machine/dump.h"

#include "machine/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Map the file twice. false, with errno: the host refuses, and nothing is mapped. */
static bool dump_map(struct dump *dump, int fd)
{
    size_t bytes = (size_t)dump->bytes;
    void *memory = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, fd, 0);

    if (memory == MAP_FAILED)
        return false;
    dump->memory = memory;
    dump->scratch = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (dump->scratch == MAP_FAILED)
        goto unmap_memory;
    if (mmap(dump->scratch, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE,
             fd, 0) == MAP_FAILED)
        goto unmap_scratch;
    return true;

unmap_scratch:
    munmap(dump->scratch, ARENA_BYTES);
unmap_memory:
    munmap(memory, bytes);
    return false;
}

/* NULL, or what is wrong with the file; errno says why, or is 0. */
static const char *dump_open_fd(struct dump *dump, int fd)
{
    struct stat status;

    if (fstat(fd, &status) != 0)
        return "cannot be read";
    errno = 0;
    if (!S_ISREG(status.st_mode))
        return "not a regular file, which raw physical memory is expected in";
    if (status.st_size == 0)
        return "empty: expected raw physical memory";
    dump->bytes = (uint64_t)status.st_size < ARENA_BYTES ? (uint64_t)status.st_size : ARENA_BYTES;
    return dump_map(dump, fd) ? NULL : "cannot be mapped";
}

bool dump_open(struct dump *dump, const char *path, char *error, size_t error_bytes)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    const char *reason = fd < 0 ? "cannot open" : dump_open_fd(dump, fd);

    if (reason != NULL)
        snprintf(error, error_bytes, "%s: %s%s%s", path, reason, errno != 0 ? ": " : "",
                 errno != 0 ? strerror(errno) : "");
    if (fd >= 0)
        close(fd);
    return reason == NULL;
}

void dump_close(struct dump *dump)
{
    munmap(dump->scratch, ARENA_BYTES);
    munmap((void *)(uintptr_t)dump->memory, (size_t)dump->bytes);
}
