/*
 * The ordinary traffic of a kernel, as a source of allocations with their lifetimes. One workload
 * is built in (workload.c), others are drawn from a recorded trace (workload_recorded.c).
 */
#ifndef TRACE_WORKLOAD_H
#define TRACE_WORKLOAD_H

#include "random.h"
#include "trace/error.h"
#include "trace/trace_writer.h"

/* The allocation was never freed, as far as is known. */
#define LIFETIME_UNKNOWN UINT32_MAX

/* An allocation, and how long it lives. Time counts the events that allocate or free. */
struct allocation {
    uint8_t kind;       /* EVENT_KMALLOC, EVENT_PAGES, EVENT_VMALLOC */
    uint8_t page_class; /* enum page_class */
    uint8_t order;      /* pages */
    uint32_t bytes;
    uint32_t site;     /* a number of trace_writer_site() */
    uint32_t lifetime; /* in events, or LIFETIME_UNKNOWN; workload_draw() scales it */
};
_Static_assert(sizeof(struct allocation) == 16, "an allocation that is kept takes 16 bytes");

#define RECORDED_SEQUENCE        64u        /* allocations that stay together */
#define RECORDED_ALLOCATIONS_MAX (1u << 20) /* kept of a trace, however long: 16 MiB */

/* Allocations of a trace, in its order: sequences of RECORDED_SEQUENCE, of which every `stride`th
   is kept. */
struct recorded {
    struct allocation *allocations;
    size_t capacity;
    uint32_t count;
    uint32_t allocations_max;
    uint64_t stride;
    uint64_t sequences_drawn;
    uint32_t next; /* index of the next allocation to draw */
    uint32_t left; /* allocations left of its sequence */
};

#define KERNEL_ROWS_MAX 32u

/* The built-in workload, whose table is in workload.c. */
struct builtin_workload {
    uint32_t sites[KERNEL_ROWS_MAX];
    uint8_t row_at[256]; /* each row of the table has as many places as it has chances in 256 */
};

struct workload {
    struct builtin_workload kernel;
    struct recorded recorded; /* count > 0: draw from this */
    /* The bytes that are live when as much is freed as allocated, without scaling; for a trace, its
       peak. */
    uint64_t level_bytes;
    uint64_t live_bytes; /* the bytes that should be live: lifetimes are scaled by their ratio */
};

/* Starts the built-in workload; its sites are entered in the writer. */
void workload_start(struct workload *workload, struct trace_writer *writer);

/* Starts the workload of a trace, a path or "-"; its sites are entered in the writer. false: the
   trace is bad, or allocates nothing. Memory is bounded. O(events of the trace) */
bool workload_start_like(struct workload *workload, const char *path, struct trace_writer *writer,
                         struct sim_error *error);

void workload_free(struct workload *workload);

/*
 * Draws the next allocation. Its lifetime is scaled so that live_bytes are live on average if half
 * of the events allocate. LIFETIME_UNKNOWN: it may live until there are as many. Constant time.
 */
void workload_draw(struct workload *workload, struct random *random, struct allocation *allocation);

/* The workload of a trace (workload_recorded.c): sets level_bytes, and draws unscaled. It keeps at
   most allocations_max allocations, a multiple of 2 * RECORDED_SEQUENCE. */
bool recorded_load(struct workload *workload, const char *path, uint32_t allocations_max,
                   struct trace_writer *writer, struct sim_error *error);
void recorded_draw(struct recorded *recorded, struct random *random, struct allocation *allocation);

/* The bytes that an allocation asks for; for pages, those of the whole block. */
uint64_t allocation_bytes(const struct allocation *allocation);

#endif
