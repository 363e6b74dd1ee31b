#include "memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *or_exit(void *block, size_t count, size_t bytes)
{
    if (block == NULL) {
        fprintf(stderr, "mmsim: the host has no memory for %zu elements of %zu bytes\n", count,
                bytes);
        exit(1);
    }
    return block;
}

void *memory_resize(void *block, size_t count, size_t bytes)
{
    return or_exit(reallocarray(block, count, bytes), count, bytes);
}

void *memory_zeroed(size_t count, size_t bytes)
{
    return or_exit(calloc(count, bytes), count, bytes);
}

void *memory_grow(void *table, size_t *capacity, size_t index, size_t bytes)
{
    size_t old = *capacity;
    size_t grown = old < 32 ? 64 : 2 * old;

    if (grown <= index)
        grown = index + 1;
    table = memory_resize(table, grown, bytes);
    memset((uint8_t *)table + old * bytes, 0, (grown - old) * bytes);
    *capacity = grown;
    return table;
}

void memory_exhausted(const char *what)
{
    fprintf(stderr, "mmsim: the host has no memory for %s\n", what);
    exit(1);
}
