/*
 * Live IDs, or addresses, to small numbers: an open-addressed hash table that grows with what is
 * live and has no tombstones (D. Knuth, TAOCP vol. 3, 6.4, algorithm R). All operations expected
 * constant time.
 */
#ifndef TRACE_ID_MAP_H
#define TRACE_ID_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct id_entry {
    uint64_t key; /* 0: empty */
    uint32_t value;
};

struct id_map {
    struct id_entry *entries;
    size_t capacity; /* 0 or a power of two */
    size_t count;
};

/* A zeroed struct id_map is empty. */
void id_map_free(struct id_map *map);

/* The value of key > 0, or NULL. Valid until the map changes. */
const uint32_t *id_map_find(const struct id_map *map, uint64_t key);

/* Enter key > 0, which the map does not hold. */
void id_map_add(struct id_map *map, uint64_t key, uint32_t value);

/* Remove key; true and its value when the map held it. */
bool id_map_remove(struct id_map *map, uint64_t key, uint32_t *value);

#endif
