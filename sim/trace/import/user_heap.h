/*
 * The heap of user programs, as a log of their calls tells it, on its way into a trace:
 *
 *     malloc, calloc, memalign, new  ->  kmalloc
 *     realloc                        ->  krealloc; of NULL: kmalloc; to nothing: kfree
 *     free, delete                   ->  kfree
 *
 * What a trace cannot hold, or cannot hold as it stood, is counted by reason: nothing goes
 * unnoticed. All calls take expected constant time; memory grows with what is live.
 */
#ifndef TRACE_USER_HEAP_H
#define TRACE_USER_HEAP_H

#include "import_log.h"
#include "trace/id_map.h"
#include "trace/slot_pool.h"

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

/* Zeroed, but for the writer, it is empty. */
struct user_heap {
    struct trace_writer *writer;
    struct slot_pool slots;
    uint64_t last_id;
    uint64_t counts[USER_HEAP_COUNT_COUNT];
};

/*
 * `blocks` below: the live blocks of one address space, by address. The map is the caller's, who
 * begins with an empty one and frees it; what it holds is the heap's.
 */

/* A block of `bytes` at address; 0: the call failed. site as trace_writer_event() has it. */
void user_heap_alloc(struct user_heap *heap, struct id_map *blocks, uint64_t address,
                     uint64_t bytes, uint32_t site);

/* realloc(old, bytes) returned address. site is that of a block that it makes. */
void user_heap_realloc(struct user_heap *heap, struct id_map *blocks, uint64_t old,
                       uint64_t address, uint64_t bytes, uint32_t site);

void user_heap_free(struct user_heap *heap, struct id_map *blocks, uint64_t address);

/* Free every block, as the end of the address space does. How many. */
uint64_t user_heap_free_all(struct user_heap *heap, struct id_map *blocks);

/* Report what was counted, and the lines of the log, and let go of the heap. */
void user_heap_finish(struct user_heap *heap, const struct import_log *log,
                      struct import_counts *counts);

#endif
