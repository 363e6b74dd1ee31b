/* One block for two, smaller blocks, less RAM. */
#include "lab/reduce_parts.h"

#include "machine/pc_memmap.h"

/* Sizes are looked for in cases of so many events: few are left when it comes to sizes. */
#define SIZED_EVENTS_MAX 256u

void reduce_merge(struct reducer *reducer)
{
    for (uint32_t into = 0; into < reducer->now.units; into++)
        for (uint32_t other = into + 1u;
             other < reducer->now.units && reducer->now.units <= SIZED_EVENTS_MAX;) {
            const struct reduce_change change = {.kind = CHANGE_MERGE, .from = into, .to = other};
            other += reduce_take_first(reducer, &change, 1);
        }
}

/* The smallest size of an event that keeps the failure. Its own does. */
static void shrink(struct reducer *reducer, uint32_t at)
{
    struct reduce_change change = {.kind = CHANGE_SIZE, .from = at};
    const struct event *event = &reducer->now.events[at];
    uint32_t least = event->kind == EVENT_PAGES ? 0 : 1;
    uint32_t size = reduce_size(event);

    if (size != least && reduce_find_size(reducer, &change, least, size) && change.size < size)
        (void)reduce_take_first(reducer, &change, 1);
}

void reduce_sizes(struct reducer *reducer)
{
    if (reducer->now.count <= SIZED_EVENTS_MAX)
        for (uint32_t at = reducer->now.count; at-- > 0;)
            if (reduce_has_size(&reducer->now.events[at]))
                shrink(reducer, at);
}

/* The event that asks for most. */
static uint32_t largest(const struct reduce_case *of)
{
    uint64_t most = 0;
    uint32_t at = 0;

    for (uint32_t i = 0; i < of->count; i++) {
        const struct event *event = &of->events[i];
        uint64_t bytes = event->kind == EVENT_PAGES ? (uint64_t)PAGE_SIZE << event->order
                         : reduce_has_size(event)   ? event->bytes
                                                    : 0;
        if (bytes > most) {
            most = bytes;
            at = i;
        }
    }
    return at;
}

static bool ram_with_size(struct reducer *reducer, uint64_t ram_bytes)
{
    struct reduce_change change = {.kind = CHANGE_NONE, .ram_bytes = ram_bytes};
    uint32_t at = largest(&reducer->now);
    const struct event *event = &reducer->now.events[at];

    if (reduce_take_first(reducer, &change, 1) == 0)
        return true;
    change.kind = CHANGE_SIZE;
    change.from = at;
    return reduce_has_size(event) && reduce_size(event) > 1 &&
           reduce_find_size(reducer, &change, event->kind != EVENT_PAGES, reduce_size(event)) &&
           reduce_take_first(reducer, &change, 1) == 0;
}

void reduce_ram(struct reducer *reducer)
{
    uint64_t ram_bytes;

    if (!reducer->request->ram_free)
        return;
    for (uint32_t i = 0; (ram_bytes = reduce_ram_step(i, reducer->now.ram_bytes)) != 0; i++)
        if (ram_with_size(reducer, ram_bytes))
            return;
}
