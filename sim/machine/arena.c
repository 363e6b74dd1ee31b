#include "machine/arena.h"

#include <sys/mman.h>
#include <unistd.h>

bool arena_create(struct arena *arena, const char **reason)
{
    arena->fd = memfd_create("mmsim physical memory", MFD_CLOEXEC);
    if (arena->fd < 0) {
        *reason = "cannot make a file in memory";
        return false;
    }
    *reason = "cannot size a file in memory to 4 GiB";
    if (ftruncate(arena->fd, (off_t)ARENA_BYTES) != 0)
        goto close_file;

    *reason = "cannot map 4 GiB of physical memory";
    arena->memory =
        mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, arena->fd, 0);
    if (arena->memory == MAP_FAILED)
        goto close_file;
    return true;

close_file:
    close(arena->fd);
    return false;
}

void arena_destroy(struct arena *arena)
{
    munmap(arena->memory, ARENA_BYTES);
    close(arena->fd);
}
