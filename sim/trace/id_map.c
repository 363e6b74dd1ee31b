#include "id_map.h"
#include "memory.h"

#include <stdlib.h>

#define CAPACITY_MIN 64u

/* Fibonacci hashing: the high half of the product is mixed well, whatever the stride of the
   keys. */
static size_t home_of(const struct id_map *map, uint64_t key)
{
    return (size_t)((key * 0x9e3779b97f4a7c15u) >> 32) & (map->capacity - 1);
}

static size_t next_of(const struct id_map *map, size_t at)
{
    return (at + 1) & (map->capacity - 1);
}

/* Where key is, or the empty entry where it would go. */
static size_t locate(const struct id_map *map, uint64_t key)
{
    size_t at = home_of(map, key);

    while (map->entries[at].key != 0 && map->entries[at].key != key)
        at = next_of(map, at);
    return at;
}

static void grow(struct id_map *map)
{
    struct id_map grown = {.capacity = map->capacity == 0 ? CAPACITY_MIN : 2 * map->capacity,
                           .count = map->count};

    grown.entries = memory_zeroed(grown.capacity, sizeof(*grown.entries));
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->entries[i].key != 0)
            grown.entries[locate(&grown, map->entries[i].key)] = map->entries[i];
    }
    free(map->entries);
    *map = grown;
}

void id_map_free(struct id_map *map)
{
    free(map->entries);
    *map = (struct id_map){0};
}

const uint32_t *id_map_find(const struct id_map *map, uint64_t key)
{
    size_t at;

    if (map->capacity == 0)
        return NULL;
    at = locate(map, key);
    return map->entries[at].key == key ? &map->entries[at].value : NULL;
}

void id_map_add(struct id_map *map, uint64_t key, uint32_t value)
{
    if (2 * map->count >= map->capacity)
        grow(map);
    map->entries[locate(map, key)] = (struct id_entry){key, value};
    map->count++;
}

/* Close the gap: an entry after it moves up when its home is not between the gap and where it
   stands. */
static void close_gap(struct id_map *map, size_t gap)
{
    size_t mask = map->capacity - 1;

    for (size_t at = next_of(map, gap); map->entries[at].key != 0; at = next_of(map, at)) {
        size_t home = home_of(map, map->entries[at].key);

        if (((at - home) & mask) >= ((at - gap) & mask)) {
            map->entries[gap] = map->entries[at];
            gap = at;
        }
    }
    map->entries[gap].key = 0;
}

bool id_map_remove(struct id_map *map, uint64_t key, uint32_t *value)
{
    size_t at;

    if (map->capacity == 0)
        return false;
    at = locate(map, key);
    if (map->entries[at].key != key)
        return false;
    *value = map->entries[at].value;
    close_gap(map, at);
    map->count--;
    return true;
}
