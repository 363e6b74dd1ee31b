/*
 * What the profiles of generate.h are written with. Each call emits events until the trace has as
 * many as are wanted, and nothing from then on: a profile need only look now and then, and what it
 * makes with a seed is the beginning of what it makes with more events.
 */
#ifndef TRACE_GENERATOR_H
#define TRACE_GENERATOR_H

#include "expiry_queue.h"
#include "trace/tables.h"
#include "workload.h"

/* First in, first out. */
struct slot_fifo {
    uint32_t *next; /* by slot: the next younger one's + 1; 0: there is none */
    size_t capacity;
    uint32_t oldest; /* its slot + 1; 0: there is none */
    uint32_t youngest;
};

struct generator {
    struct trace_writer *writer;
    struct random random;
    struct workload workload;         /* of the ordinary traffic */
    struct expiry_queue expiry_queue; /* of what that made */
    struct slot_fifo unexpiring;      /* of that, what may stay while there is room */
    uint64_t traffic_bytes;           /* of both, live now */
    struct slot_pool slots;
    struct slot_pool pids;
    uint64_t last_id;
    uint64_t last_pid;
    uint64_t events;
    uint64_t events_wanted;
    uint64_t live_bytes; /* as wanted */
};

/* All events are there. */
static inline bool generator_is_full(const struct generator *generator)
{
    return generator->events == generator->events_wanted;
}

/* Bytes live now: kmalloc, pages, vmalloc, mapped. */
uint64_t generator_live_bytes(const struct generator *generator);

/* A site to be named in allocations. */
uint32_t generator_site(struct generator *generator, const char *name);

/* Emit one allocation: its slot, which is the caller's to free. */
uint32_t generator_allocate(struct generator *generator, const struct allocation *allocation);

void generator_free(struct generator *generator, uint32_t slot);

/* Emit an allocation that generator_free_expired() frees when its life is over; where its lifetime
   is unknown, when the mix has more live than wanted, and it is the oldest such. */
void generator_allocate_expiring(struct generator *generator, const struct allocation *allocation);

/* Free one of those whose time has come. false: there is none. */
bool generator_free_expired(struct generator *generator);

/* One event of ordinary traffic: who is to die, dies; else something is born. */
void generator_traffic(struct generator *generator);

/* Emit one event of a process: EVENT_MAP, EVENT_UNMAP, EVENT_TOUCH, EVENT_SETBRK, EVENT_EXIT. Its
   slot comes from generator_process(), which makes one. */
uint32_t generator_process(struct generator *generator);
void generator_process_event(struct generator *generator, const struct event *event);

void generator_mark(struct generator *generator, const char *text);

/* Free what a generator has allocated on the host, but for its writer. */
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

/* Free every one, in the order in which they were added; the batch is empty then. */
void batch_free_all(struct generator *generator, struct batch *batch);

/* The same for all but one in `keep` of them, drawn at random, which move to `kept`. */
void batch_free_most(struct generator *generator, struct batch *batch, uint32_t keep,
                     struct batch *kept);

#endif
