/* The records that the timer leaves, the newest first. */
#include "slab.h"

#include "console.h"
#include "cpu.h"
#include "string.h"

#define TICK 0x7469636bu

struct tick {
    struct tick *next;
    uint32_t magic;
    uint32_t number; /* how many there are from this one on */
    uint32_t unused;
};

static struct cache records;
static struct tick *newest;

void ticks_init(void)
{
    cache_init(&records, sizeof(struct tick));
}

/* Where memory is short, a tick is not recorded. */
void tick(void)
{
    struct tick *record = cache_alloc(&records);

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
        cache_free(&records, record);
    }
    irq_restore(flags);
    return intact;
}

/* What the kernel itself does with such records, while the timer makes its own. */
void ticks_use(void)
{
    struct tick *a = cache_alloc(&records);
    struct tick *b = cache_alloc(&records);

    if (!a || !b)
        panic("ticks_use: no memory");
    memset(a, 0xab, sizeof *a);
    memset(b, 0xba, sizeof *b);
    cache_free(&records, a);
    cache_free(&records, b);
}
