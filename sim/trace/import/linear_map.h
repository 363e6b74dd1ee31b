/*
 * Where a kernel maps page frame 0 (PAGE_OFFSET), so that an object's address tells its frame. A
 * log does not say it; the addresses of objects do:
 *
 *     32 bit   the highest of arch/x86/Kconfig's splits that lies below all objects seen. An object
 *              below all splits: the addresses are hashed, and tell nothing.
 *     64 bit   the base is random (KASLR): it follows from a large kmalloc, whose frames are known
 *              from the pages that were just given out for it (linear_map_learn)
 */
#ifndef TRACE_LINEAR_MAP_H
#define TRACE_LINEAR_MAP_H

#include <stdbool.h>
#include <stdint.h>

struct linear_map {
    uint64_t base; /* 0: unknown */
    bool hashed;
};

/* An object lies at address > 0. Constant time. */
void linear_map_see(struct linear_map *map, uint64_t address);

/* It begins with that frame. What is no base of a 64-bit kernel teaches nothing. */
void linear_map_learn(struct linear_map *map, uint64_t address, uint32_t frame);

/* The frame at address; false: unknown, or outside the map. */
bool linear_map_frame(const struct linear_map *map, uint64_t address, uint32_t *frame);

/* Where the map has a frame. */
static inline uint64_t linear_map_address(const struct linear_map *map, uint32_t frame)
{
    return map->base + ((uint64_t)frame << 12);
}

#endif
