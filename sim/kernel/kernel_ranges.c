#include "kernel/kernel_ranges.h"

#include <mm/layout.h>

#include <stdlib.h>

/* I/O APIC, local APIC and flash begin here. A map's ranges above are not memory. */
#define DEVICES_FIRST UINT64_C(0xfec00000)
#define VIDEO_FIRST   UINT64_C(0x000a0000)
#define BIOS_END      UINT64_C(0x00100000)

static int by_first(const void *a, const void *b)
{
    const struct control_range *left = a, *right = b;

    return (left->first > right->first) - (left->first < right->first);
}

/* Returns the whole pages of a range below the devices; empty when there are none. */
static struct control_range clip(uint64_t first, uint64_t last)
{
    uint64_t begin = first & ~(uint64_t)PAGE_OFFSET_MASK;
    uint64_t end = last < DEVICES_FIRST ? (last | PAGE_OFFSET_MASK) + 1 : DEVICES_FIRST;

    return (struct control_range){begin, begin < end ? end : begin};
}

bool kernel_ranges_of_map(struct control_range range[CONTROL_RANGES_MAX], uint32_t *count,
                          const struct pc_memmap *map)
{
    struct control_range all[PC_MEMMAP_RANGES_MAX + 2u];
    uint32_t count_all = map->count, merged = 0;

    for (uint32_t i = 0; i < map->count; i++)
        all[i] = clip(map->range[i].first, map->range[i].last);
    all[count_all++] = (struct control_range){VIDEO_FIRST, BIOS_END};
    all[count_all++] = clip(FRAME_BUFFER_AT, FRAME_BUFFER_AT + FRAME_BUFFER_BYTES - 1u);
    qsort(all, count_all, sizeof all[0], by_first);
    for (uint32_t i = 0; i < count_all; i++) {
        if (all[i].first == all[i].end)
            continue;
        if (merged > 0 && all[i].first <= range[merged - 1].end) {
            if (all[i].end > range[merged - 1].end)
                range[merged - 1].end = all[i].end;
            continue;
        }
        if (merged == CONTROL_RANGES_MAX)
            return false;
        range[merged++] = all[i];
    }
    *count = merged;
    return true;
}

uint64_t kernel_ranges_ram_end(const struct pc_memmap *map)
{
    uint64_t end = 0;

    for (uint32_t i = 0; i < map->count; i++)
        if (map->range[i].usable && map->range[i].last < DEVICES_FIRST &&
            map->range[i].last + 1u > end)
            end = map->range[i].last + 1u;
    return end;
}

/* ---- RAM without a gap ---- */

/* Returns the end of the usable range that contains an address; the address itself when none
   does. */
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
        end = range_end(map, end); /* adjacent ranges may come in any order */
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
