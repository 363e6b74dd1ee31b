#include "site_table.h"
#include "memory.h"
#include "text_hash.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

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
