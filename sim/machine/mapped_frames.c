#include "machine/mapped_frames.h"

#include <string.h>

_Static_assert(LARGE_PAGE_SIZE >> PAGE_SHIFT >= 8u, "a large page is whole bytes of the set");

static uint8_t bit_of(uint32_t frame)
{
    return (uint8_t)(1u << frame % 8u);
}

void mapped_frames_start(struct mapped_frames *mapped, const struct permanent_map *map,
                         uint32_t count)
{
    memset(mapped->bits, 0, sizeof mapped->bits);
    for (uint32_t i = 0; i < count; i++)
        mapped->map[i] = map[i];
    mapped->maps = count;
}

bool mapped_frames_is_permanent(const struct mapped_frames *mapped, vaddr_t va, paddr_t pa)
{
    for (uint32_t i = 0; i < mapped->maps; i++) {
        const struct permanent_map *map = &mapped->map[i];
        uint32_t offset = va.value - map->first.value;
        if (offset <= map->last.value - map->first.value && pa.value - map->pa.value == offset)
            return true;
    }
    return false;
}

void mapped_frames_add_page(struct mapped_frames *mapped, vaddr_t va, paddr_t pa,
                            uint32_t page_bytes)
{
    if (mapped_frames_is_permanent(mapped, va, pa))
        return;
    if (page_bytes == PAGE_SIZE)
        mapped_frames_add_table(mapped, paddr_to_pfn(pa));
    else
        memset(&mapped->bits[paddr_to_pfn(pa).value / 8u], 0xff, page_bytes / PAGE_SIZE / 8u);
}

void mapped_frames_add_table(struct mapped_frames *mapped, pfn_t table)
{
    mapped->bits[table.value / 8u] |= bit_of(table.value);
}

bool mapped_frames_any(const struct mapped_frames *mapped, pfn_t first, uint32_t frames)
{
    uint32_t end = first.value + frames;

    for (uint32_t frame = first.value; frame < end; frame++)
        if ((mapped->bits[frame / 8u] & bit_of(frame)) != 0)
            return true;
    return false;
}

void mapped_frames_remove(struct mapped_frames *mapped, pfn_t first, uint32_t frames)
{
    uint32_t end = first.value + frames;

    for (uint32_t frame = first.value; frame < end; frame++)
        mapped->bits[frame / 8u] &= (uint8_t)~bit_of(frame);
}
