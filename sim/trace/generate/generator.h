/*
 * The functions with which profiles write events. When the trace has as many events as are wanted,
 * they write no more. So a profile need not look before each call, and a shorter trace is the
 * beginning of a longer one from the same seed.
 */
#ifndef TRACE_GENERATOR_H
#define TRACE_GENERATOR_H

#include "expiry_queue.h"
#include "trace/tables.h"
#include "workload.h"

/* A queue of slots, first in, first out. */
struct slot_fifo {
    uint32_t *next; /* by slot: the slot behind it + 1; 0: it is the youngest */
    size_t capacity;
    uint32_t oldest; /* its slot + 1; 0: there is none */
    uint32_t youngest;
};

struct generator {
    struct trace_writer *writer;
    struct random random;
    struct workload workload;         /* of the ordinary traffic */
    struct expiry_queue expiry_queue; /* its live allocations of a known lifetime */
    struct slot_fifo unexpiring;      /* those that stay while there is room */
    uint64_t traffic_bytes;           /* the live bytes of both */
    struct slot_pool slots;
    struct slot_pool pids;
    uint64_t last_id;
    uint64_t last_pid;
    uint64_t events;
    uint64_t events_wanted;
    uint64_t live_bytes; /* how many are wanted */
};

/* Has the trace as many events as are wanted? */
static inline bool generator_is_full(const struct generator *generator)
{
    return generator->events == generator->events_wanted;
}

/* The bytes that are live now: kmalloc, pages, vmalloc, mapped. */
uint64_t generator_live_bytes(const struct generator *generator);

/* Returns the number of a site, for use in allocations. */
uint32_t generator_site(struct generator *generator, const char *name);

/* Emits one allocation. Returns its slot, which the caller frees. */
uint32_t generator_allocate(struct generator *generator, const struct allocation *allocation);

void generator_free(struct generator *generator, uint32_t slot);

/* Emits an allocation that generator_free_expired() will free: when its lifetime is over, or, if
   that is unknown, when more bytes of the workload are live than wanted and it is the oldest of its
   kind.
 */
void generator_allocate_expiring(struct generator *generator, const struct allocation *allocation);

/* Frees one allocation that has expired. false: there is none. */
bool generator_free_expired(struct generator *generator);

/* Emits one event of ordinary traffic: an expired allocation is freed, or a new one is made. */
void generator_traffic(struct generator *generator);

/* Creates a process and returns its slot; emits one of its events: EVENT_MAP, EVENT_UNMAP,
   EVENT_TOUCH, EVENT_SETBRK or EVENT_EXIT. */
uint32_t generator_process(struct generator *generator);
void generator_process_event(struct generator *generator, const struct event *event);

void generator_mark(struct generator *generator, const char *text);

/* Frees the host memory of a generator, except its writer. */
void generator_release(struct generator *generator);

/* ---- allocations that are freed together, or drawn from ---- */

struct batch {
    uint32_t *slots;
    size_t capacity;
    uint32_t count;
};

/* A zeroed struct batch is empty. */
void batch_release(struct batch *batch);

void batch_add(struct batch *batch, uint32_t slot);

/* Frees every allocation of the batch, in the order in which they were added. */
void batch_free_all(struct generator *generator, struct batch *batch);

/* The same, but one in `keep` of them, drawn at random, is not freed and moves to `kept`. */
void batch_free_most(struct generator *generator, struct batch *batch, uint32_t keep,
                     struct batch *kept);

#endif
