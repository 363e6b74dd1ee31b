#include "process_space.h"
#include "trace/memory.h"

#include <stdlib.h>
#include <string.h>

#define TABLE_BYTES (SPACE_TABLE_PAGES * PAGE_SIZE)

uint32_t space_find(const struct space *space, uint32_t address)
{
    uint32_t low = 0;
    uint32_t high = space->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (space->regions[middle].end > address)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

struct space_region *space_region_at(const struct space *space, uint32_t address)
{
    uint32_t i = space_find(space, address);

    return i < space->count && space->regions[i].start <= address ? &space->regions[i] : NULL;
}

bool space_overlaps(const struct space *space, uint32_t start, uint32_t end)
{
    uint32_t i = space_find(space, start);

    return i < space->count && space->regions[i].start < end;
}

static void insert(struct space *space, uint32_t i, struct space_region region)
{
    space->regions =
        memory_reach(space->regions, &space->capacity, space->count, sizeof(*space->regions));
    memmove(&space->regions[i + 1], &space->regions[i],
            (space->count - i) * sizeof(*space->regions));
    space->regions[i] = region;
    space->count++;
}

void space_add(struct space *space, struct space_region region)
{
    insert(space, space_find(space, region.start), region);
}

/* Cuts the head off the region that begins before start: it stays, and the rest is another one. */
static void split(struct space *space, uint32_t start)
{
    struct space_region *region = space_region_at(space, start);

    if (region == NULL || region->start == start)
        return;
    struct space_region rest = *region;
    rest.start = start;
    region->end = start;
    space_add(space, rest);
}

void space_cut(struct space *space, uint32_t start, uint32_t end)
{
    uint32_t first;
    uint32_t behind;

    split(space, start);
    split(space, end);
    first = space_find(space, start);
    behind = first;
    while (behind < space->count && space->regions[behind].start < end)
        behind++;
    if (behind == first)
        return;
    memmove(&space->regions[first], &space->regions[behind],
            (space->count - behind) * sizeof(*space->regions));
    space->count -= behind - first;
}

uint32_t space_page(const struct space *space, uint32_t address)
{
    const uint32_t *table = space->tables[address / TABLE_BYTES];

    return table != NULL ? table[address / PAGE_SIZE % SPACE_TABLE_PAGES] : 0;
}

void space_set_page(struct space *space, uint32_t address, uint32_t number)
{
    uint32_t **table = &space->tables[address / TABLE_BYTES];
    uint32_t *page;

    if (*table == NULL)
        *table = memory_zeroed(SPACE_TABLE_PAGES, sizeof(**table));
    page = &(*table)[address / PAGE_SIZE % SPACE_TABLE_PAGES];
    space->pages = space->pages + (number != 0) - (*page != 0);
    *page = number;
}

void space_each_page(const struct space *space, uint32_t start, uint32_t end, space_visit *visit,
                     void *context)
{
    uint32_t address = start;

    while (address < end) {
        const uint32_t *table = space->tables[address / TABLE_BYTES];
        uint32_t number;

        if (table == NULL) {
            address = (address / TABLE_BYTES + 1) * TABLE_BYTES;
            continue;
        }
        number = table[address / PAGE_SIZE % SPACE_TABLE_PAGES];
        if (number != 0)
            visit(context, address, number);
        address += PAGE_SIZE;
    }
}

void space_free(struct space *space)
{
    for (uint32_t i = 0; i < SPACE_TABLES; i++)
        free(space->tables[i]);
    free(space->regions);
}
