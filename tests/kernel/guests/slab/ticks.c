/* The timer's records come from a cache of their own. */
#include "slab.h"

#include "console.h"
#include "string.h"
#include "ticks.h"

static struct cache records;

void ticks_init(void)
{
    cache_init(&records, TICK_BYTES);
}

void *tick_alloc(void)
{
    return cache_alloc(&records);
}

void tick_free(void *record)
{
    cache_free(&records, record);
}

/* What the kernel itself does with such records, while the timer makes its own. */
void ticks_use(void)
{
    void *a = cache_alloc(&records);
    void *b = cache_alloc(&records);

    if (!a || !b)
        panic("ticks_use: no memory");
    memset(a, 0xab, TICK_BYTES);
    memset(b, 0xba, TICK_BYTES);
    cache_free(&records, a);
    cache_free(&records, b);
}
