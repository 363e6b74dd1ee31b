/*
 * Dense numbers for what is live: the last one given back is the next one taken, else the lowest
 * never used. So the numbers taken are below the most that were ever live at once. Constant time.
 */
#ifndef TRACE_SLOT_POOL_H
#define TRACE_SLOT_POOL_H

#include <stddef.h>
#include <stdint.h>

struct slot_pool {
    uint32_t *free; /* a stack */
    size_t capacity;
    uint32_t free_count;
    uint32_t used; /* numbers ever taken: all are below it */
};

/* A zeroed struct slot_pool is empty. */
void slot_pool_free(struct slot_pool *pool);

uint32_t slot_pool_take(struct slot_pool *pool);

/* Give back a number that is taken. */
void slot_pool_give(struct slot_pool *pool, uint32_t slot);

#endif
