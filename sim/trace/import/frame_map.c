#include "frame_map.h"
#include "trace/memory.h"

#include <stdlib.h>

/* ---- blocks of pages ---- */

static const uint32_t *find_chunk(const struct frame_map *map, uint64_t frame)
{
    return id_map_find(&map->numbers, frame / FRAME_MAP_CHUNK + 1);
}

uint32_t frame_map_get(const struct frame_map *map, uint64_t frame)
{
    const uint32_t *chunk = find_chunk(map, frame);

    return chunk != NULL ? map->chunks[*chunk][frame % FRAME_MAP_CHUNK] : 0;
}

void frame_map_set(struct frame_map *map, uint64_t frame, uint32_t value)
{
    const uint32_t *known = find_chunk(map, frame);
    uint32_t chunk = known != NULL ? *known : (uint32_t)map->numbers.count;

    if (known == NULL) {
        id_map_add(&map->numbers, frame / FRAME_MAP_CHUNK + 1, chunk);
        map->chunks = memory_reach(map->chunks, &map->capacity, chunk, sizeof(*map->chunks));
    }
    map->chunks[chunk][frame % FRAME_MAP_CHUNK] = value;
}

void frame_map_free(struct frame_map *map)
{
    id_map_free(&map->numbers);
    free(map->chunks);
}

/* ---- the linear map ---- */

#define FRAME_SHIFT   12u
#define END_OF_32_BIT 0x100000000u
/* The end of the direct map of a 32-bit kernel: vmalloc and the fixmap lie above. */
#define LOWMEM_END 0xf8000000u
/* A 64-bit kernel: the first address of its half, and the unit in which KASLR moves the map. */
#define KERNEL_HALF 0xffff800000000000u
#define KASLR_STEP  0x40000000u

static uint64_t split_below(uint64_t address)
{
    static const uint32_t splits[] = {0xc0000000u, 0xb0000000u, 0x80000000u, 0x78000000u,
                                      0x40000000u};

    for (uint32_t i = 0; i < sizeof(splits) / sizeof(splits[0]); i++) {
        if (address >= splits[i])
            return splits[i];
    }
    return 0;
}

void linear_map_see(struct linear_map *map, uint64_t address)
{
    if (address >= END_OF_32_BIT || map->hashed || (map->base != 0 && address >= map->base))
        return;
    map->base = split_below(address);
    map->hashed = map->base == 0;
}

void linear_map_learn(struct linear_map *map, uint64_t address, uint64_t frame)
{
    uint64_t base = address - (frame << FRAME_SHIFT);

    if (map->base == 0 && base >= KERNEL_HALF && base % KASLR_STEP == 0)
        map->base = base;
}

bool linear_map_frame(const struct linear_map *map, uint64_t address, uint64_t *frame)
{
    uint64_t at = (address - map->base) >> FRAME_SHIFT;

    *frame = at;
    return map->base != 0 && address >= map->base && at < FRAME_MAP_END &&
           (address >= END_OF_32_BIT || address < LOWMEM_END);
}
