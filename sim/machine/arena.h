/*
 * The physical memory of the simulated machine: 4 GiB, which read as zero at first. It is a sparse
 * file in memory, so that the window can map each page of it at a second address. Only written
 * pages take memory of the host. The memory map, not the arena, says which ranges are RAM.
 */
#ifndef MACHINE_ARENA_H
#define MACHINE_ARENA_H

#include <mm/types.h>

#define ARENA_BYTES (UINT64_C(1) << 32)

struct arena {
    int fd;
    void *memory;      /* physical address 0 */
    uint64_t *written; /* 1 bit per frame: the frame may have been written to; the others read as
                          zero */
};

/* Create an arena. Returns false when the host refuses; *reason then names the resource, and errno
   the cause. */
bool arena_create(struct arena *arena, const char **reason);

void arena_destroy(struct arena *arena);

/* Returns a pointer to the bytes at a physical address, which extend to the end of 4 GiB. */
static inline void *arena_pointer(const struct arena *arena, paddr_t pa)
{
    return (unsigned char *)arena->memory + pa.value;
}

/*
 * Note that [pa, pa + bytes), inside 4 GiB, will be written to. The caller must call it before each
 * write. Frames that were never written to need no zeroing, and so take no memory of the host.
 * O(frames).
 */
void arena_note_writes(struct arena *arena, paddr_t pa, uint32_t bytes);

/* Fill a frame with zeros. O(PAGE_SIZE), or constant time when the frame was never written to. */
void arena_zero_frame(struct arena *arena, pfn_t frame);

#endif
