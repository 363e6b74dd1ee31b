/*
 * The heaps that are measured. Their operations are small inline functions around one call, for
 * workloads that name them as constants.
 *
 * A number identifies a block: its 32-bit address in simulated memory, or its host address.
 */
#ifndef BENCH_HEAP_SUBJECTS_H
#define BENCH_HEAP_SUBJECTS_H

#include "heap_classes.h"

#include <mm/heap.h>
#include <mm/machine.h>
#include <mm/mm.h>

#include <stdlib.h>

struct heap_ops {
    uintptr_t (*alloc)(uint32_t bytes); /* 0: out of memory */
    void (*free)(uintptr_t block);
    void *(*pointer)(uintptr_t block);
    uint64_t (*span_bytes)(void); /* memory that the heap has taken from the machine; NULL:
                                     unknown */
};

extern struct heap direct_heap;
extern struct mm kernel;
extern void *(*jemalloc_alloc_function)(size_t);
extern void (*jemalloc_free_function)(void *);
extern void *(*mimalloc_alloc_function)(size_t);
extern void (*mimalloc_free_function)(void *);

bool direct_open(const char *name); /* the block allocator over 512 MiB of the direct map */
void direct_close(void);
bool kernel_open(const char *name); /* the strategy of that name, with 1 GiB of RAM */
void kernel_close(void);
bool glibc_open(const char *name);
bool jemalloc_open(const char *name); /* false: not installed; the first call prints which package
                                         has it */
bool mimalloc_open(const char *name);
void libc_close(void);

uint64_t direct_span_bytes(void);
uint64_t kernel_span_bytes(void);
uint64_t glibc_span_bytes(void);
uint64_t jemalloc_span_bytes(void);

static inline void *simulated_pointer(uintptr_t block)
{
    return machine_pointer(vaddr((uint32_t)block));
}

static inline void *host_pointer(uintptr_t block)
{
    return (void *)block; /* the allocators below made the number from a pointer */
}

static inline uintptr_t direct_alloc(uint32_t bytes)
{
    return heap_alloc(&direct_heap, bytes, HEAP_ALIGN).value;
}

static inline void direct_free(uintptr_t block)
{
    heap_free(&direct_heap, vaddr((uint32_t)block));
}

static inline uintptr_t kernel_alloc(uint32_t bytes)
{
    return kmalloc(&kernel, bytes, PAGES_LOW).value;
}

static inline void kernel_free(uintptr_t block)
{
    kfree(&kernel, vaddr((uint32_t)block));
}

static inline uintptr_t glibc_alloc(uint32_t bytes)
{
    return (uintptr_t)malloc(bytes);
}

static inline void glibc_free(uintptr_t block)
{
    free(host_pointer(block));
}

/* A call through a pointer in memory, like the linker's calls into glibc. */
static inline uintptr_t jemalloc_alloc(uint32_t bytes)
{
    return (uintptr_t)jemalloc_alloc_function(bytes);
}

static inline void jemalloc_free(uintptr_t block)
{
    jemalloc_free_function(host_pointer(block));
}

static inline uintptr_t mimalloc_alloc(uint32_t bytes)
{
    return (uintptr_t)mimalloc_alloc_function(bytes);
}

static inline void mimalloc_free(uintptr_t block)
{
    mimalloc_free_function(host_pointer(block));
}

static const struct heap_ops direct_ops = {direct_alloc, direct_free, simulated_pointer,
                                           direct_span_bytes};
static const struct heap_ops kernel_ops = {kernel_alloc, kernel_free, simulated_pointer,
                                           kernel_span_bytes};
static const struct heap_ops glibc_ops = {glibc_alloc, glibc_free, host_pointer, glibc_span_bytes};
static const struct heap_ops jemalloc_ops = {jemalloc_alloc, jemalloc_free, host_pointer,
                                             jemalloc_span_bytes};
static const struct heap_ops classes_ops = {heap_classes_alloc, heap_classes_free, host_pointer,
                                            heap_classes_span_bytes};
static const struct heap_ops mimalloc_ops = {mimalloc_alloc, mimalloc_free, host_pointer, NULL};

#endif
