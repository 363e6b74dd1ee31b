#include "frame_map.h"
#include "trace/memory.h"

#include <stdlib.h>

uint32_t frame_map_get(const struct frame_map *map, uint32_t frame)
{
    const uint32_t *chunk = map->chunks[frame / FRAME_MAP_CHUNK];

    return chunk != NULL ? chunk[frame % FRAME_MAP_CHUNK] : 0;
}

void frame_map_set(struct frame_map *map, uint32_t frame, uint32_t value)
{
    uint32_t **chunk = &map->chunks[frame / FRAME_MAP_CHUNK];

    if (*chunk == NULL)
        *chunk = memory_zeroed(FRAME_MAP_CHUNK, sizeof(**chunk));
    (*chunk)[frame % FRAME_MAP_CHUNK] = value;
}

void frame_map_free(struct frame_map *map)
{
    for (uint32_t i = 0; i < FRAME_MAP_END / FRAME_MAP_CHUNK; i++)
        free(map->chunks[i]);
}
