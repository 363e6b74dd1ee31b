/*
 * Who dies when: a hierarchical timing wheel (G. Varghese, A. Lauck, "Hashed and Hierarchical
 * Timing Wheels", 1987), a wheel for each byte of a time. Adding takes constant time; a life costs
 * at most one move for each byte of its length. Memory grows with what is live.
 */
#ifndef TRACE_EXPIRY_QUEUE_H
#define TRACE_EXPIRY_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#define EXPIRY_WHEELS 8u
#define EXPIRY_NONE   UINT32_MAX

struct expiry {
    uint64_t due;
    uint32_t next; /* number + 1 of the next in its list; 0: none */
};

struct expiry_queue {
    uint64_t now;
    uint32_t lists[EXPIRY_WHEELS][256]; /* number + 1 of the first; 0: empty */
    struct expiry *expiries;            /* by number */
    size_t capacity;
};

/* A zeroed struct expiry_queue is empty, at time 0. */
void expiry_queue_free(struct expiry_queue *queue);

/* `number`, which is not in it, dies at time `due`; at once, when that is past. Numbers are dense:
   they index a table. */
void expiry_queue_add(struct expiry_queue *queue, uint32_t number, uint64_t due);

/* One who dies at `time` or before, who is taken out; EXPIRY_NONE: nobody does. Who is due earlier
   comes earlier. time never goes back. Constant time for each step that time made, amortised. */
uint32_t expiry_queue_take(struct expiry_queue *queue, uint64_t time);

#endif
