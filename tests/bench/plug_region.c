/* A heap for `bench --heap`, which never reuses anything. tests/bench/run.sh builds it with one of
   its functions left out or failing. */
#include "../../bench/heap_plug.h"

#include <stdint.h>

#ifndef ROOM
#define ROOM SIZE_MAX /* the largest region that is accepted */
#endif

static char *next;
static char *end;

void *heap_plug_init(void *region, size_t bytes)
{
    next = region;
    end = next + bytes;
    return bytes <= ROOM ? &next : NULL;
}

void *heap_plug_alloc(void *heap, size_t bytes)
{
    char *block = next;

    (void)heap;
    bytes = (bytes + 7u) / 8u * 8u;
    if ((size_t)(end - next) < bytes)
        return NULL;
    next += bytes;
    return block;
}

#ifndef NO_FREE
void heap_plug_free(void *heap, void *block)
{
    (void)heap;
    (void)block;
}
#endif

#ifdef BROKEN
/* Gives a block that another one overlaps. */
void *heap_plug_resize(void *heap, void *block, size_t bytes)
{
    (void)bytes;
    (void)block;
    return heap;
}
#endif
