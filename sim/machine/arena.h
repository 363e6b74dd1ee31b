/*
 * The physical memory of the simulated machine: 4 GiB, all of which exists and reads as zero at
 * first. It is a sparse file in memory, so that the window can map any page of it at a second
 * address; only what is written takes host memory. The memory map, and not the arena, says which of
 * it is RAM.
 */
#ifndef MACHINE_ARENA_H
#define MACHINE_ARENA_H

#include <mm/types.h>

#define ARENA_BYTES (UINT64_C(1) << 32)

struct arena {
    int fd;
    void *memory;      /* physical address 0 */
    uint64_t *written; /* 1 bit a frame: it may have been written to; the others read as zero */
};

/* A fresh arena. false: the host refuses; *reason says what, and errno why. */
bool arena_create(struct arena *arena, const char **reason);

void arena_destroy(struct arena *arena);

/* The bytes at a physical address, up to the end of 4 GiB. */
static inline void *arena_pointer(const struct arena *arena, paddr_t pa)
{
    return (unsigned char *)arena->memory + pa.value;
}

/*
 * Note that [pa, pa + bytes), inside 4 GiB, will be written to: to be called before any write. A
 * frame that was never written to needs no zeroing, and so takes no memory of the host.
 */
void arena_note_writes(struct arena *arena, paddr_t pa, uint32_t bytes);

/* Fill a frame with zeros. */
void arena_zero_frame(struct arena *arena, pfn_t frame);

#endif
