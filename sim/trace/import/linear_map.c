#include "linear_map.h"
#include "frame_map.h"

#define FRAME_SHIFT   12u
#define END_OF_32_BIT 0x100000000u
/* The end of what a 32-bit kernel maps directly: vmalloc's least room and the fixmap lie above. */
#define LOWMEM_END 0xf8000000u
/* Of a 64-bit kernel: the first address of the kernel's half, and what KASLR moves the map by. */
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

void linear_map_learn(struct linear_map *map, uint64_t address, uint32_t frame)
{
    uint64_t base = address - ((uint64_t)frame << FRAME_SHIFT);

    if (map->base == 0 && base >= KERNEL_HALF && base % KASLR_STEP == 0)
        map->base = base;
}

bool linear_map_frame(const struct linear_map *map, uint64_t address, uint32_t *frame)
{
    uint64_t at = (address - map->base) >> FRAME_SHIFT;

    *frame = (uint32_t)at;
    return map->base != 0 && address >= map->base && at < FRAME_MAP_END &&
           (address >= END_OF_32_BIT || address < LOWMEM_END);
}
