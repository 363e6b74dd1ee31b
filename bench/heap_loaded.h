/*
 * Heaps in shared objects, which are loaded when the program runs: allocators with malloc(), free()
 * and realloc(), and heaps over one region with the functions of heap_plug.h. One of each kind is
 * open at a time.
 */
#ifndef BENCH_HEAP_LOADED_H
#define BENCH_HEAP_LOADED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- allocators with malloc() ---- */

struct loaded_malloc {
    void *(*alloc)(size_t bytes);
    void (*free)(void *block);
    void *(*resize)(void *block, size_t bytes);
};
extern struct loaded_malloc loaded; /* the open one */

bool jemalloc_open(const char *name); /* false: not installed; the first call prints which package
                                         has it */
bool mimalloc_open(const char *name);
void loaded_close(void);

/* The memory of the process in excess of what it had when the allocator was opened. */
uint64_t loaded_span_bytes(uint64_t highest);

/* ---- heaps over one region ---- */

#define REGION_BYTES (UINT64_C(512) << 20)

struct region_heap {
    void *(*init)(void *region, size_t bytes);
    void *(*alloc)(void *heap, size_t bytes);
    void (*free)(void *heap, void *block);
    void *(*resize)(void *heap, void *block, size_t bytes); /* may be NULL */
    size_t (*span)(void *heap);                             /* may be NULL */
    unsigned char *region;
    void *heap;
};
extern struct region_heap region; /* the open one */

/* Starts again with an empty heap in the first bytes of the region. false: they are too few. */
bool region_restart(uint32_t bytes);
uint64_t region_span_bytes(uint64_t highest);

/* ---- the heaps of `--heap` ---- */

#define HEAP_PLUGS_MAX 10u

struct heap_plug {
    const char *name;
    bool is_region;
    bool (*open)(const char *name);
    void (*close)(void);
    struct loaded_malloc functions; /* unless it is_region */
    struct region_heap region;
};

/* Loads the heap of an argument NAME=LIB.so. If that fails, the program ends with a message that
   says why. */
const struct heap_plug *heap_plug_load(const char *argument);

#endif
