/* Finds the known name that the user probably meant by an unknown one. */
#ifndef TRACE_NEAREST_NAME_H
#define TRACE_NEAREST_NAME_H

#include <stddef.h>

#define NEAREST_NAME_BYTES 64u

struct nearest_name {
    char name[NEAREST_NAME_BYTES]; /* the unknown name; a longer one is cut */
    const char *best;              /* the nearest known name; NULL: none is near */
    unsigned distance;             /* of best; while best is NULL, the most that is allowed */
};

/* Begins the search for a name, which need not be terminated. */
struct nearest_name nearest_name_begin(const char *name, size_t bytes);

/* Offers a known name, which is kept. Of two names that are equally near, the first one wins. */
void nearest_name_offer(struct nearest_name *nearest, const char *known);

struct nearest_hint {
    char text[NEAREST_NAME_BYTES + 32u];
};

/* Returns " (did you mean 'compare'?)", with prefix before the name; "": no name is near. */
struct nearest_hint nearest_name_hint(const struct nearest_name *nearest, const char *prefix);

/* The least number of steps from a to b, where a step inserts, deletes or replaces a character, or
   swaps two neighbours (optimal string alignment). The first NEAREST_NAME_BYTES - 1 bytes count. */
unsigned name_distance(const char *a, const char *b);

#endif
