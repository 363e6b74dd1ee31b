/* For each page frame a small number, 0 at first: which block of pages it belongs to. Two levels,
   the second made on demand. Constant time. */
#ifndef TRACE_FRAME_MAP_H
#define TRACE_FRAME_MAP_H

#include <stdint.h>

#define FRAME_MAP_END   0x1000000u /* 64 GiB: the most that PAE reaches */
#define FRAME_MAP_CHUNK 4096u

struct frame_map {
    uint32_t *chunks[FRAME_MAP_END / FRAME_MAP_CHUNK];
};

/* frame < FRAME_MAP_END. */
uint32_t frame_map_get(const struct frame_map *map, uint32_t frame);
void frame_map_set(struct frame_map *map, uint32_t frame, uint32_t value);

void frame_map_free(struct frame_map *map);

#endif
