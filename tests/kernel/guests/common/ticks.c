#include "ticks.h"

#include "cpu.h"

#include <stddef.h>
#include <stdint.h>

#define TICK 0x7469636bu

struct tick {
    struct tick *next;
    uint32_t magic;
    uint32_t number; /* how many there are from this one on */
    uint32_t unused;
};
_Static_assert(sizeof(struct tick) == TICK_BYTES, "tick_alloc() returns this many bytes");

static struct tick *newest;

void tick(void)
{
    struct tick *record = tick_alloc();

    if (!record)
        return;
    *record = (struct tick){newest, TICK, newest ? newest->number + 1 : 1, 0};
    newest = record;
}

unsigned ticks_waiting(void)
{
    const volatile struct tick *record = *(struct tick *volatile *)&newest;

    return record ? record->number : 0;
}

bool ticks_drain(void)
{
    uint32_t flags = irq_save();
    uint32_t number = ticks_waiting();
    bool intact = true;

    while (newest) {
        struct tick *record = newest;

        if (record->magic != TICK || record->number != number--) {
            intact = false;
            newest = NULL;
            break;
        }
        newest = record->next;
        tick_free(record);
    }
    irq_restore(flags);
    return intact;
}
