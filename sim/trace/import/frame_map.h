/* The page frames of the machine that wrote a log: where its kernel maps them, and which block of
   pages each belongs to. */
#ifndef TRACE_FRAME_MAP_H
#define TRACE_FRAME_MAP_H

#include "trace/tables.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * ---- blocks ----
 *
 * A number for each page frame, 0 at first: the block of pages to which it belongs. The table has a
 * chunk for each row of frames that was ever set. Expected constant time.
 */

#define FRAME_MAP_END   0x10000000000u /* 4 PiB: the most that x86-64 can address */
#define FRAME_MAP_CHUNK 64u

/* A zeroed map is empty. */
struct frame_map {
    struct id_map numbers; /* frame / FRAME_MAP_CHUNK + 1 -> index in chunks */
    uint32_t (*chunks)[FRAME_MAP_CHUNK];
    size_t capacity;
};

/* frame must be below FRAME_MAP_END. */
uint32_t frame_map_get(const struct frame_map *map, uint64_t frame);
void frame_map_set(struct frame_map *map, uint64_t frame, uint32_t value);

void frame_map_free(struct frame_map *map);

/*
 * ---- the linear map ----
 *
 * The address at which a kernel maps page frame 0 (PAGE_OFFSET): from it follows in which frame an
 * object lies. A log does not state it; it is found from the addresses of objects:
 *
 *     32 bit   The base is the highest of the splits in arch/x86/Kconfig that lies below all
 * objects so far. An object below all splits means that the addresses are hashed, and useless. 64
 * bit   The base is random (KASLR). It follows from a large kmalloc, because its frames are those
 * of the pages that were just given out for it (linear_map_learn).
 */

struct linear_map {
    uint64_t base; /* 0: unknown */
    bool hashed;
};

/* Takes notice of an object at address > 0. Constant time. */
void linear_map_see(struct linear_map *map, uint64_t address);

/* The object at `address` begins with `frame`. This is ignored if the base that follows from it
   cannot be that of a 64-bit kernel. */
void linear_map_learn(struct linear_map *map, uint64_t address, uint64_t frame);

/* Finds the frame at an address. false: it is unknown, or outside the map. */
bool linear_map_frame(const struct linear_map *map, uint64_t address, uint64_t *frame);

/* The address at which a frame is mapped. */
static inline uint64_t linear_map_address(const struct linear_map *map, uint64_t frame)
{
    return map->base + (frame << 12);
}

#endif
