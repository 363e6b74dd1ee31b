/*
 * What a kernel's ordinary traffic is made of: allocations, each with its lifetime. One workload is
 * built in (workload_builtin.c), one is drawn from a recorded trace (workload_recorded.c).
 */
#ifndef TRACE_WORKLOAD_H
#define TRACE_WORKLOAD_H

#include "random.h"
#include "trace/error.h"
#include "trace/trace_writer.h"

/* It was never freed, as far as is known. */
#define LIFETIME_UNKNOWN UINT32_MAX

/* An allocation, and how long it lives. Time counts events that make and free. */
struct allocation {
    uint8_t kind;       /* EVENT_KMALLOC, EVENT_PAGES, EVENT_VMALLOC */
    uint8_t page_class; /* enum page_class */
    uint8_t order;      /* pages */
    uint32_t bytes;
    uint32_t site;     /* the writer's */
    uint32_t lifetime; /* in events, or LIFETIME_UNKNOWN; workload_draw() scales it */
};
_Static_assert(sizeof(struct allocation) == 16, "16 bytes for each allocation kept of a trace");

#define RECORDED_SEQUENCE        64u        /* allocations that stay together */
#define RECORDED_ALLOCATIONS_MAX (1u << 20) /* kept of a trace, however long: 16 MiB */

/* Allocations out of a trace, in its order: sequences of RECORDED_SEQUENCE, one of each `stride`
   that there were. */
struct recorded {
    struct allocation *allocations;
    size_t capacity;
    uint32_t count;
    uint32_t allocations_max;
    uint64_t stride;
    uint64_t sequences_drawn;
    uint32_t next; /* allocation to be drawn */
    uint32_t left; /* of its sequence */
};

#define KERNEL_ROWS_MAX 32u

/* The built-in workload, whose rows stand in workload_builtin.c. */
struct builtin_workload {
    uint32_t sites[KERNEL_ROWS_MAX];
    uint8_t row_at[256]; /* as many places as a row has chances in 256 */
};

struct workload {
    struct builtin_workload kernel;
    struct recorded recorded; /* count > 0: draw from this */
    /* Live where allocations and deaths balance, at the natural lifetimes; of a trace, at its peak.
     */
    uint64_t level_bytes;
    uint64_t live_bytes; /* the same as wanted: lifetimes are scaled for it */
};

/* The built-in workload; its sites become the writer's. */
void workload_start(struct workload *workload, struct trace_writer *writer);

/* The workload of a trace, a path or "-"; its sites become the writer's. false: the trace is bad,
   or allocates nothing. Memory is bounded, and in time O(events) of the trace. */
bool workload_start_like(struct workload *workload, const char *path, struct trace_writer *writer,
                         struct sim_error *error);

void workload_free(struct workload *workload);

/*
 * The next allocation, its lifetime scaled so that live_bytes are live in the long run, if half of
 * the events are allocations; LIFETIME_UNKNOWN: it may live until there are as many. Constant time.
 */
void workload_draw(struct workload *workload, struct random *random, struct allocation *allocation);

/* The parts: of workload_builtin.c, of workload_recorded.c. Each sets the level, and draws
 * unscaled. */
void builtin_workload_start(struct workload *workload, struct trace_writer *writer);
void builtin_workload_draw(const struct builtin_workload *kernel, struct random *random,
                           struct allocation *allocation);
/* Keeps at most allocations_max allocations, a multiple of 2 * RECORDED_SEQUENCE. */
bool recorded_load(struct workload *workload, const char *path, uint32_t allocations_max,
                   struct trace_writer *writer, struct sim_error *error);
void recorded_draw(struct recorded *recorded, struct random *random, struct allocation *allocation);

/* Bytes that a allocation asks for; pages: those of the whole block. */
uint64_t allocation_bytes(const struct allocation *allocation);

#endif
