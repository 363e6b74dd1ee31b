/* The names of sites, each stored once and numbered from 1 in the order in which they are met. */
#ifndef TRACE_SITE_TABLE_H
#define TRACE_SITE_TABLE_H

#include <stddef.h>
#include <stdint.h>

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

/* The number of a name of `bytes` >= 1 bytes, which need not be terminated; a new one when it is
   new. Expected time O(bytes). */
uint32_t site_table_intern(struct site_table *table, const char *name, size_t bytes);

/* A new number for a name, though another one may have the same. Amortised O(bytes). */
uint32_t site_table_append(struct site_table *table, const char *name, size_t bytes);

/* The name of a site, terminated; NULL when there is no such site. Valid as long as the table. */
const char *site_table_name(const struct site_table *table, uint32_t site);

#endif
