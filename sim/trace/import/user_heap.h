/*
 * Turns the calls that user programs made to their heap into events of a trace:
 *
 *     malloc, calloc, memalign, new  ->  kmalloc
 *     realloc                        ->  krealloc; of NULL: kmalloc; to nothing: kfree
 *     free, delete                   ->  kfree
 *
 * A call that a trace cannot hold as it stood is counted by its reason. All functions take expected
 * constant time; memory grows with what is live.
 */
#ifndef TRACE_USER_HEAP_H
#define TRACE_USER_HEAP_H

#include "import_log.h"
#include "trace/tables.h"

enum user_heap_count {
    USER_HEAP_FREE_NULL,
    USER_HEAP_ZERO_SIZE,
    USER_HEAP_TOO_BIG,
    USER_HEAP_FAILED,
    USER_HEAP_FAILED_REALLOC,
    USER_HEAP_OLD_FREE,
    USER_HEAP_OLD_REALLOC,
    USER_HEAP_MISSED_FREE,
    USER_HEAP_COUNT_COUNT
};

/* A heap is empty if everything but the writer is zero. */
struct user_heap {
    struct trace_writer *writer;
    struct slot_pool slots;
    uint64_t last_id;     /* how many blocks were written */
    uint64_t allocations; /* that were asked for */
    uint64_t counts[USER_HEAP_COUNT_COUNT];
};

/*
 * `blocks` below holds the live blocks of one address space, by address. The caller begins with an
 * empty map, frees it at the end, and leaves its contents to these functions.
 */

/* A call returned a block of `bytes` at address; address 0: the call failed. site is a number of
   trace_writer_site(). */
void user_heap_alloc(struct user_heap *heap, struct id_map *blocks, uint64_t address,
                     uint64_t bytes, uint32_t site);

/* realloc(old, bytes) returned address. site is used if the call makes a block. */
void user_heap_realloc(struct user_heap *heap, struct id_map *blocks, uint64_t old,
                       uint64_t address, uint64_t bytes, uint32_t site);

void user_heap_free(struct user_heap *heap, struct id_map *blocks, uint64_t address);

/* Frees every block, as the end of the address space does. Returns how many. */
uint64_t user_heap_free_all(struct user_heap *heap, struct id_map *blocks);

/* Reports the counts and the lines of the log, and releases the heap. */
void user_heap_finish(struct user_heap *heap, const struct import_log *log,
                      struct import_counts *counts);

#endif
