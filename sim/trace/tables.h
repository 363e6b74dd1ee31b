/*
 * The tables of a trace: from IDs to small numbers, which numbers are free, and the names of sites.
 * Their memory grows with what is live, or with the different names, and not with the trace.
 */
#ifndef TRACE_TABLES_H
#define TRACE_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * ---- IDs ----
 *
 * From a live ID, or the address of a live block, to a small number: an open-addressed hash table
 * without tombstones (D. Knuth, TAOCP vol. 3, 6.4, algorithm R). All operations take expected
 * constant time.
 */

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

/* Returns the value of key > 0, valid until the map changes; NULL: the map has no such key. */
const uint32_t *id_map_find(const struct id_map *map, uint64_t key);

/* Adds key > 0, which the map must not hold. */
void id_map_add(struct id_map *map, uint64_t key, uint32_t value);

/* Removes key. true: the map held it, and *value is its value. */
bool id_map_remove(struct id_map *map, uint64_t key, uint32_t *value);

/*
 * ---- free slots ----
 *
 * Dense numbers for what is live. The number that was given back last is taken next; if none was
 * given back, the lowest that was never used. So every number is below the most that were ever live
 * at once. Constant time.
 */

struct slot_pool {
    uint32_t *free; /* a stack */
    size_t capacity;
    uint32_t free_count;
    uint32_t used; /* numbers ever taken: all numbers are below it */
};

/* A zeroed struct slot_pool is empty. */
void slot_pool_free(struct slot_pool *pool);

uint32_t slot_pool_take(struct slot_pool *pool);

/* Gives back a number that is taken. */
void slot_pool_give(struct slot_pool *pool, uint32_t slot);

/* ---- names of sites: each is stored once, and numbered from 1 in the order of appearance ---- */

struct site_table {
    char **names; /* names[site]; names[0] is NULL: SITE_NONE */
    size_t names_capacity;
    uint32_t count;
    uint32_t *buckets; /* open addressing: site numbers, 0: empty */
    uint32_t *hashes;  /* hashes[site] */
    size_t hashes_capacity;
    uint32_t bucket_count; /* 0 or a power of two */
};

/* A zeroed struct site_table is empty. */
void site_table_free(struct site_table *table);

/* Returns the number of a name, which has `bytes` >= 1 bytes and need not be terminated; a new name
   gets a new number. Expected time O(bytes). */
uint32_t site_table_intern(struct site_table *table, const char *name, size_t bytes);

/* Gives a name a new number, even if the table has that name already. Amortised O(bytes). */
uint32_t site_table_append(struct site_table *table, const char *name, size_t bytes);

/* Returns the name of a site, terminated, valid as long as the table; NULL: there is no such site.
 */
const char *site_table_name(const struct site_table *table, uint32_t site);

#endif
