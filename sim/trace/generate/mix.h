/*
 * What a kernel's ordinary traffic is made of: births, each with its lifetime. One mix is built in
 * (mix_kernel.c), one is drawn from a recorded trace (mix_recorded.c).
 */
#ifndef TRACE_MIX_H
#define TRACE_MIX_H

#include "random.h"
#include "trace/error.h"
#include "trace/trace_writer.h"

/* It was never freed, as far as is known. */
#define LIFE_UNKNOWN UINT32_MAX

/* An allocation, and how long it lives. Time counts events that make and free. */
struct birth {
    uint8_t kind;       /* EVENT_KMALLOC, EVENT_PAGES, EVENT_VMALLOC */
    uint8_t page_class; /* enum page_class */
    uint8_t order;      /* pages */
    uint32_t bytes;
    uint32_t site;     /* the writer's */
    uint32_t lifetime; /* in events, or LIFE_UNKNOWN; mix_draw() scales it */
};
_Static_assert(sizeof(struct birth) == 16, "16 bytes for each birth kept of a trace");

#define RECORDED_RUN        64u        /* births that stay together */
#define RECORDED_BIRTHS_MAX (1u << 20) /* kept of a trace, however long: 16 MiB */

/* Births out of a trace, in its order: runs of RECORDED_RUN, one of each `stride` that there
   were. */
struct recorded {
    struct birth *births;
    size_t capacity;
    uint32_t count;
    uint32_t births_max;
    uint64_t stride;
    uint64_t runs_drawn;
    uint32_t next; /* birth to be drawn */
    uint32_t left; /* of its run */
};

#define KERNEL_ROWS_MAX 32u

/* The built-in mix, whose rows stand in mix_kernel.c. */
struct kernel_mix {
    uint32_t sites[KERNEL_ROWS_MAX];
    uint8_t row_at[256]; /* as many places as a row has chances in 256 */
};

struct mix {
    struct kernel_mix kernel;
    struct recorded recorded; /* count > 0: draw from this */
    /* Live where births and deaths balance, at the natural lifetimes; of a trace, at its peak. */
    uint64_t level_bytes;
    uint64_t live_bytes; /* the same as wanted: lifetimes are scaled for it */
};

/* The built-in mix; its sites become the writer's. */
void mix_start(struct mix *mix, struct trace_writer *writer);

/* The mix of a trace, a path or "-"; its sites become the writer's. false: the trace is bad, or
   allocates nothing. Memory is bounded, and in time O(events) of the trace. */
bool mix_start_like(struct mix *mix, const char *path, struct trace_writer *writer,
                    struct sim_error *error);

void mix_free(struct mix *mix);

/*
 * The next birth, its lifetime scaled so that live_bytes are live in the long run, if half of the
 * events are births; LIFE_UNKNOWN: it may live until there are as many. Constant time.
 */
void mix_draw(struct mix *mix, struct random *random, struct birth *birth);

/* The parts: of mix_kernel.c, of mix_recorded.c. Each sets the level, and draws unscaled. */
void kernel_mix_start(struct mix *mix, struct trace_writer *writer);
void kernel_mix_draw(const struct kernel_mix *kernel, struct random *random, struct birth *birth);
/* Keeps at most births_max births, a multiple of 2 * RECORDED_RUN. */
bool recorded_load(struct mix *mix, const char *path, uint32_t births_max,
                   struct trace_writer *writer, struct sim_error *error);
void recorded_draw(struct recorded *recorded, struct random *random, struct birth *birth);

/* Bytes that a birth asks for; pages: those of the whole block. */
uint64_t birth_bytes(const struct birth *birth);

#endif
