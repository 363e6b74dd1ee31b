/*
 * The heaps that are measured: the rows of every table about heaps. Their operations are small
 * inline functions around one call, for workloads that name them as constants.
 *
 * A number identifies a block: its 32-bit address in simulated memory, or its host address.
 */
#ifndef BENCH_HEAP_SUBJECTS_H
#define BENCH_HEAP_SUBJECTS_H

#include "harness.h"
#include "heap_classes.h"
#include "heap_loaded.h"

#include <mm/heap.h>
#include <mm/machine.h>
#include <mm/mm.h>

#include <stdlib.h>
#include <string.h>

struct heap_ops {
    uintptr_t (*alloc)(uint32_t bytes); /* 0: out of memory */
    void (*free)(uintptr_t block);
    /* Returns the block, which may have moved; 0: out of memory, and the block is unchanged. */
    uintptr_t (*resize)(uintptr_t block, uint32_t old_bytes, uint32_t bytes);
    void *(*pointer)(uintptr_t block);
    /* Memory that the heap has taken from the machine, with its own data. `highest` is the end of
       the highest block so far. */
    uint64_t (*span_bytes)(uint64_t highest);
    /* Starts again with an empty heap in the first bytes of its region, a multiple of 64. false:
       they are too few. NULL: the heap is not over one region. */
    bool (*restart)(uint32_t bytes);
    uint64_t outside_bytes; /* data of the heap outside its region */
};

/* ---- the rows ---- */

/* Heaps of one kind share their operations. */
enum heap_kind {
    HEAP_KIND_DIRECT, /* heap.h */
    HEAP_KIND_KERNEL, /* kmalloc() of a strategy */
    HEAP_KIND_GLIBC,
    HEAP_KIND_LOADED, /* malloc() of a shared object */
    HEAP_KIND_CLASSES,
    HEAP_KIND_REGION, /* a heap over one region in a shared object */
    HEAP_KINDS
};

struct heap_row {
    const char *name;
    enum heap_kind kind;
    bool (*open)(const char *name);
    void (*close)(void);
};

/* The built-in rows, in the order of enum heap_subject (tables.h), and then those of --heap. */
extern struct heap_row heap_rows[BENCH_SUBJECTS_MAX];
extern uint32_t heap_rows_count;

/* Adds the heap of an argument NAME=LIB.so. If that fails, the program ends with a message. */
void heap_rows_load(const char *argument);

/* Makes the rows the subjects of a table. works[kind] are those of the table's columns; works is
   NULL if the table has a round(). */
void heap_rows_fill(struct bench_table *table, const struct bench_work *const works[HEAP_KINDS]);

/* ---- operations ---- */

extern struct heap direct_heap;
extern struct mm kernel;

#define DIRECT_BYTES (512u << 20)

bool direct_restart(uint32_t bytes);
uint64_t glibc_span_bytes(uint64_t highest);

static inline void *simulated_pointer(uintptr_t block)
{
    return machine_pointer(vaddr((uint32_t)block));
}

static inline void *host_pointer(uintptr_t block)
{
    return (void *)block; /* the allocators below made the number from a pointer */
}

/* Resizes a block of a heap that cannot do it in place. */
BENCH_INLINE uintptr_t heap_move(const struct heap_ops *ops, uintptr_t block, uint32_t old_bytes,
                                 uint32_t bytes)
{
    uintptr_t moved = ops->alloc(bytes);

    if (moved == 0)
        return 0;
    memcpy(ops->pointer(moved), ops->pointer(block), old_bytes < bytes ? old_bytes : bytes);
    ops->free(block);
    return moved;
}

/* ---- heap.h: the block allocator over 512 MiB of the direct map ---- */

static inline uintptr_t direct_alloc(uint32_t bytes)
{
    return heap_alloc(&direct_heap, bytes, HEAP_ALIGN).value;
}

static inline void direct_free(uintptr_t block)
{
    heap_free(&direct_heap, vaddr((uint32_t)block));
}

static inline uintptr_t direct_resize(uintptr_t block, uint32_t old_bytes, uint32_t bytes)
{
    static const struct heap_ops moving = {
        .alloc = direct_alloc, .free = direct_free, .pointer = simulated_pointer};

    if (heap_resize(&direct_heap, vaddr((uint32_t)block), bytes))
        return block;
    return heap_move(&moving, block, old_bytes, bytes);
}

static inline uint64_t direct_span_bytes(uint64_t highest)
{
    return highest - direct_heap.start + sizeof direct_heap;
}

/* ---- kmalloc() of a strategy, with 1 GiB of RAM ---- */

static inline uintptr_t kernel_alloc(uint32_t bytes)
{
    return kmalloc(&kernel, bytes, PAGES_LOW).value;
}

static inline void kernel_free(uintptr_t block)
{
    kfree(&kernel, vaddr((uint32_t)block));
}

static inline uintptr_t kernel_resize(uintptr_t block, uint32_t old_bytes, uint32_t bytes)
{
    (void)old_bytes;
    return krealloc(&kernel, vaddr((uint32_t)block), bytes).value;
}

static inline uint64_t kernel_span_bytes(uint64_t highest)
{
    (void)highest;
    return kernel.counters.heap_span_bytes;
}

/* ---- malloc() ---- */

static inline uintptr_t glibc_alloc(uint32_t bytes)
{
    return (uintptr_t)malloc(bytes);
}

static inline void glibc_free(uintptr_t block)
{
    free(host_pointer(block));
}

static inline uintptr_t glibc_resize(uintptr_t block, uint32_t old_bytes, uint32_t bytes)
{
    (void)old_bytes;
    return (uintptr_t)realloc(host_pointer(block), bytes);
}

/* A call through a pointer in memory, like the linker's calls into glibc. */
static inline uintptr_t loaded_alloc(uint32_t bytes)
{
    return (uintptr_t)loaded.alloc(bytes);
}

static inline void loaded_free(uintptr_t block)
{
    loaded.free(host_pointer(block));
}

static inline uintptr_t loaded_resize(uintptr_t block, uint32_t old_bytes, uint32_t bytes)
{
    (void)old_bytes;
    return (uintptr_t)loaded.resize(host_pointer(block), bytes);
}

/* ---- class lists ---- */

static inline uintptr_t classes_resize(uintptr_t block, uint32_t old_bytes, uint32_t bytes)
{
    static const struct heap_ops moving = {
        .alloc = heap_classes_alloc, .free = heap_classes_free, .pointer = host_pointer};

    return heap_move(&moving, block, old_bytes, bytes);
}

/* ---- a heap over one region, from a shared object ---- */

static inline uintptr_t region_alloc(uint32_t bytes)
{
    return (uintptr_t)region.alloc(region.heap, bytes);
}

static inline void region_free(uintptr_t block)
{
    region.free(region.heap, host_pointer(block));
}

static inline uintptr_t region_resize(uintptr_t block, uint32_t old_bytes, uint32_t bytes)
{
    static const struct heap_ops moving = {
        .alloc = region_alloc, .free = region_free, .pointer = host_pointer};

    if (region.resize != NULL)
        return (uintptr_t)region.resize(region.heap, host_pointer(block), bytes);
    return heap_move(&moving, block, old_bytes, bytes);
}

/* ---- all operations ---- */

static const struct heap_ops direct_ops = {direct_alloc,      direct_free,       direct_resize,
                                           simulated_pointer, direct_span_bytes, direct_restart,
                                           sizeof direct_heap};
static const struct heap_ops kernel_ops = {
    kernel_alloc, kernel_free, kernel_resize, simulated_pointer, kernel_span_bytes, NULL, 0};
static const struct heap_ops glibc_ops = {
    glibc_alloc, glibc_free, glibc_resize, host_pointer, glibc_span_bytes, NULL, 0};
static const struct heap_ops loaded_ops = {
    loaded_alloc, loaded_free, loaded_resize, host_pointer, loaded_span_bytes, NULL, 0};
static const struct heap_ops classes_ops = {heap_classes_alloc,
                                            heap_classes_free,
                                            classes_resize,
                                            host_pointer,
                                            heap_classes_span_bytes,
                                            heap_classes_restart,
                                            0};
static const struct heap_ops region_ops = {
    region_alloc, region_free, region_resize, host_pointer, region_span_bytes, region_restart, 0};

#endif
