#include "machine/dump.h"

#include "machine/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
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

/* ---- reading, while others may cut the file short ---- */

static const struct dump *being_read;
static sigjmp_buf when_cut;

static bool is_in(const void *address, const void *start, uint64_t bytes)
{
    return (uintptr_t)address - (uintptr_t)start < bytes;
}

/* Any other access is repeated, and meets what there is without us. */
static void on_sigbus(int number, siginfo_t *info, void *context)
{
    const struct sigaction end = {.sa_handler = SIG_DFL};

    (void)context;
    if (info->si_code > 0 && (is_in(info->si_addr, being_read->memory, being_read->bytes) ||
                              is_in(info->si_addr, being_read->scratch, ARENA_BYTES)))
        siglongjmp(when_cut, 1);
    sigaction(number, &end, NULL);
    if (info->si_code <= 0)
        raise(number);
}

bool dump_read(const struct dump *dump, void (*run)(void *context), void *context)
{
    const struct sigaction action = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO};
    struct sigaction before;
    volatile bool whole = false;

    being_read = dump;
    sigaction(SIGBUS, &action, &before);
    if (sigsetjmp(when_cut, 1) == 0) {
        run(context);
        whole = true;
    }
    sigaction(SIGBUS, &before, NULL);
    being_read = NULL;
    return whole;
}

void dump_close(struct dump *dump)
{
    munmap(dump->scratch, ARENA_BYTES);
    munmap((void *)(uintptr_t)dump->memory, (size_t)dump->bytes);
}
