#include "usable_ram.h"

/* The end of the range that holds an address; that address where none does. */
static uint64_t range_end(const struct pc_memmap *map, uint64_t from)
{
    for (uint32_t i = 0; i < map->count; i++) {
        const struct memmap_range *range = &map->range[i];
        if (range->usable && range->first <= from && range->last >= from)
            return range->last < MEMORY_BYTES ? range->last + 1u : MEMORY_BYTES;
    }
    return from;
}

uint64_t usable_ram_end(const struct pc_memmap *map, uint64_t from)
{
    uint64_t end = from;

    for (uint32_t i = 0; i < map->count && end < MEMORY_BYTES; i++)
        end = range_end(map, end); /* ranges that touch come in any order */
    return end;
}

uint64_t usable_ram_top(const struct pc_memmap *map)
{
    uint64_t top = 0;

    for (uint32_t i = 0; i < map->count; i++) {
        const struct memmap_range *range = &map->range[i];
        if (range->usable && range->first < MEMORY_BYTES && range->last >= top)
            top = range->last < MEMORY_BYTES ? range->last + 1u : MEMORY_BYTES;
    }
    return top;
}
