#include "slot_pool.h"
#include "memory.h"

#include <stdlib.h>

void slot_pool_free(struct slot_pool *pool)
{
    free(pool->free);
    *pool = (struct slot_pool){0};
}

uint32_t slot_pool_take(struct slot_pool *pool)
{
    return pool->free_count > 0 ? pool->free[--pool->free_count] : pool->used++;
}

void slot_pool_give(struct slot_pool *pool, uint32_t slot)
{
    pool->free = memory_reach(pool->free, &pool->capacity, pool->free_count, sizeof(*pool->free));
    pool->free[pool->free_count++] = slot;
}
