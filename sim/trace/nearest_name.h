/* The known name that an unknown one was probably meant to be. */
#ifndef TRACE_NEAREST_NAME_H
#define TRACE_NEAREST_NAME_H

#include <stddef.h>

#define NEAREST_NAME_BYTES 64u

struct nearest_name {
    char name[NEAREST_NAME_BYTES]; /* the unknown one, cut when longer */
    const char *best;              /* NULL: none is near */
    unsigned distance;             /* of best; before the first one, the most that is allowed */
};

/* name has this many bytes; it need not be terminated. */
struct nearest_name nearest_name_begin(const char *name, size_t bytes);

/* Another name that is known; it is kept. Of two that are equally near, the first is the best. */
void nearest_name_offer(struct nearest_name *nearest, const char *known);

struct nearest_hint {
    char text[NEAREST_NAME_BYTES + 32u];
};

/* " (did you mean 'compare'?)", with prefix before the name; "" where none is near. */
struct nearest_hint nearest_name_hint(const struct nearest_name *nearest, const char *prefix);

/* How many characters have to be inserted, left out, replaced or swapped with their neighbour to
   make b of a (optimal string alignment), of at most NEAREST_NAME_BYTES - 1 characters each. */
unsigned name_distance(const char *a, const char *b);

#endif
