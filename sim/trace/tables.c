#include "tables.h"
#include "eight_bytes.h"
#include "memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ---- IDs ---- */

#define CAPACITY_MIN 64u

/* Fibonacci hashing: the high half of the product is well mixed for keys at any stride. */
static size_t home_of(const struct id_map *map, uint64_t key)
{
    return (size_t)((key * 0x9e3779b97f4a7c15u) >> 32) & (map->capacity - 1);
}

static size_t next_of(const struct id_map *map, size_t at)
{
    return (at + 1) & (map->capacity - 1);
}

/* The place of key, or the empty place in which it would be put. */
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

/* Closes a gap. An entry behind the gap moves into it unless the entry's home lies between the gap
   and the entry. */
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

/* ---- free slots ---- */

void slot_pool_free(struct slot_pool *pool)
{
    free(pool->free);
    *pool = (struct slot_pool){0};
}

uint32_t slot_pool_take(struct slot_pool *pool)
{
    return pool->free_count > 0 ? pool->free[--pool->free_count] : pool->used++;
}

void slot_pool_give(struct slot_pool *pool, uint32_t slot)
{
    pool->free = memory_reach(pool->free, &pool->capacity, pool->free_count, sizeof(*pool->free));
    pool->free[pool->free_count++] = slot;
}

/* ---- names of sites ---- */

#define BUCKETS_MIN 256u

static bool is_named(const struct site_table *table, uint32_t site, uint32_t hash, const char *name,
                     size_t bytes)
{
    return table->hashes[site] == hash && strncmp(table->names[site], name, bytes) == 0 &&
           table->names[site][bytes] == '\0';
}

static uint32_t *bucket_at(const struct site_table *table, uint32_t i)
{
    return &table->buckets[i & (table->bucket_count - 1)];
}

static uint32_t add_name(struct site_table *table, uint32_t hash, const char *name, size_t bytes)
{
    uint32_t site = ++table->count;
    char *copy = memory_resize(NULL, bytes + 1, 1);

    memcpy(copy, name, bytes);
    copy[bytes] = '\0';
    table->names = memory_reach(table->names, &table->names_capacity, site, sizeof(*table->names));
    table->hashes =
        memory_reach(table->hashes, &table->hashes_capacity, site, sizeof(*table->hashes));
    table->names[site] = copy;
    table->hashes[site] = hash;
    return site;
}

static void add_to_bucket(struct site_table *table, uint32_t site)
{
    uint32_t i = table->hashes[site];

    while (*bucket_at(table, i) != 0)
        i++;
    *bucket_at(table, i) = site;
}

static void grow_buckets(struct site_table *table)
{
    free(table->buckets);
    table->bucket_count = table->bucket_count == 0 ? BUCKETS_MIN : 2 * table->bucket_count;
    table->buckets = memory_zeroed(table->bucket_count, sizeof(*table->buckets));
    for (uint32_t site = 1; site <= table->count; site++)
        add_to_bucket(table, site);
}

uint32_t site_table_append(struct site_table *table, const char *name, size_t bytes)
{
    uint32_t site = add_name(table, text_hash(name, bytes), name, bytes);

    if (2 * site >= table->bucket_count)
        grow_buckets(table);
    else
        add_to_bucket(table, site);
    return site;
}

uint32_t site_table_intern(struct site_table *table, const char *name, size_t bytes)
{
    uint32_t hash = text_hash(name, bytes);
    uint32_t i = hash;

    if (table->bucket_count == 0)
        grow_buckets(table);
    for (uint32_t site; (site = *bucket_at(table, i)) != 0; i++) {
        if (is_named(table, site, hash, name, bytes))
            return site;
    }
    return site_table_append(table, name, bytes);
}

const char *site_table_name(const struct site_table *table, uint32_t site)
{
    return site >= 1 && site <= table->count ? table->names[site] : NULL;
}

void site_table_free(struct site_table *table)
{
    for (uint32_t site = 1; site <= table->count; site++)
        free(table->names[site]);
    free(table->names);
    free(table->buckets);
    free(table->hashes);
    *table = (struct site_table){0};
}
