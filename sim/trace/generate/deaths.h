/*
 * Who dies when: a hierarchical timing wheel (G. Varghese, A. Lauck, "Hashed and Hierarchical
 * Timing Wheels", 1987), a wheel for each byte of a time. Adding takes constant time; a life costs
 * at most one move for each byte of its length. Memory grows with what is live.
 */
#ifndef TRACE_DEATHS_H
#define TRACE_DEATHS_H

#include <stddef.h>
#include <stdint.h>

#define DEATHS_WHEELS 8u
#define DEATHS_NONE   UINT32_MAX

struct death {
    uint64_t due;
    uint32_t next; /* number + 1 of the next in its list; 0: none */
};

struct deaths {
    uint64_t now;
    uint32_t lists[DEATHS_WHEELS][256]; /* number + 1 of the first; 0: empty */
    struct death *of;                   /* by number */
    size_t capacity;
};

/* A zeroed struct deaths is empty, at time 0. */
void deaths_free(struct deaths *deaths);

/* `number`, which is not in it, dies at time `due`; at once, when that is past. Numbers are dense:
   they index a table. */
void deaths_add(struct deaths *deaths, uint32_t number, uint64_t due);

/* One who dies at `time` or before, who is taken out; DEATHS_NONE: nobody does. Who is due earlier
   comes earlier. time never goes back. Constant time for each step that time made, amortised. */
uint32_t deaths_take(struct deaths *deaths, uint64_t time);

#endif
