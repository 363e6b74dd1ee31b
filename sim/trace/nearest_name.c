#include "nearest_name.h"

#include <stdio.h>
#include <string.h>

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned name_distance(const char *a, const char *b)
{
    /* rows[i % 3][j]: the distance of the first i characters of a and the first j of b */
    unsigned rows[3][NEAREST_NAME_BYTES];
    size_t a_bytes = strnlen(a, NEAREST_NAME_BYTES - 1);
    size_t b_bytes = strnlen(b, NEAREST_NAME_BYTES - 1);

    for (size_t j = 0; j <= b_bytes; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_bytes; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *above = rows[(i - 1) % 3];

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_bytes; j++) {
            unsigned replaced = above[j - 1] + (a[i - 1] != b[j - 1]);

            row[j] = least(replaced, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], rows[(i - 2) % 3][j - 2] + 1);
        }
    }
    return rows[a_bytes % 3][b_bytes];
}

struct nearest_name nearest_name_begin(const char *name, size_t bytes)
{
    struct nearest_name nearest = {.best = NULL};

    if (bytes >= NEAREST_NAME_BYTES)
        bytes = NEAREST_NAME_BYTES - 1;
    memcpy(nearest.name, name, bytes);
    nearest.distance = 1u + (unsigned)bytes / 3u; /* a third of it may be wrong */
    return nearest;
}

void nearest_name_offer(struct nearest_name *nearest, const char *known)
{
    size_t bytes = strlen(nearest->name);
    /* The beginning of a name is as good as one mistake. */
    unsigned distance = bytes > 1 && strncmp(known, nearest->name, bytes) == 0
                            ? 1u
                            : name_distance(nearest->name, known);
    unsigned allowed = nearest->best == NULL ? nearest->distance + 1u : nearest->distance;

    if (distance >= allowed || distance >= strlen(known) || bytes == 0)
        return;
    nearest->best = known;
    nearest->distance = distance;
}

struct nearest_hint nearest_name_hint(const struct nearest_name *nearest, const char *prefix)
{
    struct nearest_hint hint = {""};

    if (nearest->best != NULL)
        snprintf(hint.text, sizeof hint.text, " (did you mean '%s%s'?)", prefix, nearest->best);
    return hint;
}
