#include "lab/ram.h"

#include "machine/pc_memmap.h"

uint64_t ram_choose(uint64_t peak_live_bytes)
{
    uint64_t peak = peak_live_bytes < RAM_CHOSEN_MAX ? peak_live_bytes : RAM_CHOSEN_MAX;
    uint64_t wanted = peak + peak / 4u + RAM_STEP_BYTES;
    uint64_t whole = (wanted + RAM_STEP_BYTES - 1u) / RAM_STEP_BYTES * RAM_STEP_BYTES;

    return whole < RAM_CHOSEN_MAX ? whole : RAM_CHOSEN_MAX;
}

void ram_map(struct memmap *map, uint64_t ram_bytes)
{
    struct pc_memmap ranges;
    char error[256];

    map->count = 0;
    if (pc_memmap_for_ram(&ranges, ram_bytes, error, sizeof error))
        (void)memmap_build(map, ranges.range, ranges.count);
}
