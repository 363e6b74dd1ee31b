#include "machine/arena.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define WRITTEN_BYTES (FRAMES_MAX / 8u)

bool arena_create(struct arena *arena, const char **reason)
{
    arena->fd = memfd_create("mmsim physical memory", MFD_CLOEXEC | MFD_ALLOW_SEALING);
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
    arena->written =
        mmap(NULL, WRITTEN_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (arena->written == MAP_FAILED)
        goto unmap_memory;
    return true;

unmap_memory:
    munmap(arena->memory, ARENA_BYTES);
close_file:
    close(arena->fd);
    return false;
}

void arena_destroy(struct arena *arena)
{
    munmap(arena->written, WRITTEN_BYTES);
    munmap(arena->memory, ARENA_BYTES);
    close(arena->fd);
}

void arena_note_writes(struct arena *arena, paddr_t pa, uint32_t bytes)
{
    uint32_t last = paddr_to_pfn(paddr(pa.value + (bytes - 1u))).value;

    for (uint32_t frame = paddr_to_pfn(pa).value; frame <= last; frame++)
        arena->written[frame / 64u] |= UINT64_C(1) << frame % 64u;
}

void arena_zero_frame(struct arena *arena, pfn_t frame)
{
    if ((arena->written[frame.value / 64u] >> frame.value % 64u & 1u) != 0)
        memset(arena_pointer(arena, pfn_to_paddr(frame)), 0, PAGE_SIZE);
}
