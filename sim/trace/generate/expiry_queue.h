/*
 * Which allocations expire when: a hierarchical timing wheel with one wheel for each byte of a time
 * (G. Varghese, A. Lauck, "Hashed and Hierarchical Timing Wheels", 1987). Adding takes constant
 * time; an allocation moves at most once for each byte of its lifetime. Memory grows with what is
 * live.
 */
#ifndef TRACE_EXPIRY_QUEUE_H
#define TRACE_EXPIRY_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#define EXPIRY_WHEELS 8u
#define EXPIRY_NONE   UINT32_MAX

struct expiry {
    uint64_t due;
    uint32_t next; /* number + 1 of the next in its list; 0: there is none */
};

struct expiry_queue {
    uint64_t now;
    uint32_t lists[EXPIRY_WHEELS][256]; /* number + 1 of the first in the list; 0: it is empty */
    struct expiry *expiries;            /* by number */
    size_t capacity;
};

/* A zeroed struct expiry_queue is empty, at time 0. */
void expiry_queue_free(struct expiry_queue *queue);

/* Adds a number that is not in the queue. It expires at time `due`, or at once if that is past.
   Numbers are dense, because they index a table. */
void expiry_queue_add(struct expiry_queue *queue, uint32_t number, uint64_t due);

/* Takes a number that expires at `time` or before, the earliest first; EXPIRY_NONE: there is none.
   `time` must not go back. Constant time for each step of time, amortised. */
uint32_t expiry_queue_take(struct expiry_queue *queue, uint64_t time);

#endif
