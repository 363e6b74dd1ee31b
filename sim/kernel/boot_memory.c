#include "boot_memory.h"
#include "kernel_ranges.h"

#define PAGE_BYTES UINT64_C(4096)

uint64_t boot_memory_page(uint64_t address)
{
    return (address + PAGE_BYTES - 1u) & ~(PAGE_BYTES - 1u);
}

static void note(struct boot_memory *memory, uint64_t first, uint64_t end)
{
    memory->taken[memory->count++] = (struct boot_block){first, end};
    memory->end = end > memory->end ? end : memory->end;
}

void boot_memory_init(struct boot_memory *memory, const struct elf_image *image,
                      const struct pc_memmap *map, unsigned char *bytes)
{
    *memory = (struct boot_memory){.map = map, .bytes = bytes};
    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct elf_segment *segment = &image->segment[i];
        note(memory, segment->pa, (uint64_t)segment->pa + segment->memory_bytes);
    }
}

static bool is_free(const struct boot_memory *memory, uint64_t first, uint64_t bytes)
{
    if (first >= MEMORY_BYTES || usable_ram_end(memory->map, first) < first + bytes)
        return false;
    for (uint32_t i = 0; i < memory->count; i++)
        if (first < memory->taken[i].end && memory->taken[i].first < first + bytes)
            return false;
    return true;
}

static bool better(const struct boot_memory *memory, uint64_t candidate, uint64_t floor,
                   uint64_t bytes, uint64_t best)
{
    return candidate >= floor && candidate < best && is_free(memory, candidate, bytes);
}

/* Find the lowest free block. It begins at floor, after a taken block, or at the start of a range
   of RAM. */
static uint64_t search(const struct boot_memory *memory, uint64_t floor, uint64_t bytes)
{
    uint64_t best = MEMORY_BYTES;

    if (better(memory, floor, floor, bytes, best))
        return floor;
    for (uint32_t i = 0; i < memory->count; i++) {
        uint64_t candidate = boot_memory_page(memory->taken[i].end);
        best = better(memory, candidate, floor, bytes, best) ? candidate : best;
    }
    for (uint32_t i = 0; i < memory->map->count; i++) {
        const struct memmap_range *range = &memory->map->range[i];
        uint64_t candidate = range->first < MEMORY_BYTES ? boot_memory_page(range->first) : best;
        best = better(memory, candidate, floor, bytes, best) ? candidate : best;
    }
    return best;
}

bool boot_memory_take(struct boot_memory *memory, uint64_t preferred, uint64_t floor,
                      uint64_t bytes, uint32_t *at)
{
    uint64_t first = is_free(memory, preferred, bytes) ? preferred : search(memory, floor, bytes);

    if (first >= MEMORY_BYTES || memory->count == BOOT_MEMORY_BLOCKS_MAX)
        return false;
    note(memory, first, first + bytes);
    *at = (uint32_t)first;
    return true;
}
