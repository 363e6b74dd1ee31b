/* The records that the timer leaves, the newest first. */
#include "higher.h"

#include "cpu.h"

#define TICK 0x7469636bu

struct tick {
    uint32_t magic;
    uint32_t number; /* how many there are from this one on */
    struct tick *next;
};

static struct tick *newest;

/* Where memory is short, a tick is not recorded. */
void tick(void)
{
    struct tick *record = kmalloc(sizeof *record);

    if (!record)
        return;
    *record = (struct tick){TICK, newest ? newest->number + 1 : 1, newest};
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
    bool intact = true;
    uint32_t number = ticks_waiting();

    while (newest) {
        struct tick *record = newest;

        if (record->magic != TICK || record->number != number--) {
            intact = false;
            newest = NULL;
            break;
        }
        newest = record->next;
        kfree(record);
    }
    irq_restore(flags);
    return intact;
}
