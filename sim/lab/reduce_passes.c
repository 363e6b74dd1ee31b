/* The passes of a reduction: each makes the present case smaller, if it can. */
#include "lab/reduce_parts.h"

#include <stdlib.h>

#include "machine/pc_memmap.h"

/*
 * ---- leaving out ----
 *
 * This is ddmin (A. Zeller and R. Hildebrandt, 2002), of which only the complements are tried: one
 * of ever smaller chunks is left out.
 */

static uint32_t min_u32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Leave out every chunk of this size that can be. */
static void drop_chunks(struct reducer *reducer, enum reduce_change_kind kind, uint32_t chunk)
{
    uint32_t at = 0;

    for (uint32_t end; at < (end = reduce_droppable(&reducer->now, kind));) {
        struct reduce_change changes[TRIALS_AT_ONCE];
        uint32_t count = 0;
        for (uint32_t from = at; from < end && count < TRIALS_AT_ONCE; count++) {
            changes[count] = (struct reduce_change){
                .kind = kind, .from = from, .to = from + min_u32(chunk, end - from)};
            from = changes[count].to;
        }
        uint32_t kept = reduce_take_first(reducer, changes, count);
        at = kept < count ? changes[kept].from : changes[count - 1u].to;
    }
}

void reduce_drop(struct reducer *reducer, enum reduce_change_kind kind)
{
    for (uint32_t chunk = reduce_droppable(&reducer->now, kind); chunk > 0; chunk /= 2u)
        drop_chunks(reducer, kind, chunk);
}

/*
 * ---- a load ----
 *
 * All but the last events are replaced by a few blocks that take as much memory. The passes look
 * for the number of events that stay, and for the size of the load.
 */

/* A load of pages has several blocks, so it is tried only if it replaces more events than these. */
#define PAGES_EVENTS 4u

/* The sizes that are still to be tried. */
struct bounds {
    uint32_t low;
    uint32_t high;
    uint32_t keeps; /* the smallest size known to keep the failure; UINT32_MAX: none */
};

/* A size that fails otherwise is too large, unless it is below one that keeps the failure. */
static void learn(struct bounds *bounds, uint32_t size, enum verdict verdict)
{
    bool small = verdict == VERDICT_PASSES ||
                 (verdict == VERDICT_OTHER && bounds->keeps != UINT32_MAX && size < bounds->keeps);

    if (small && size >= bounds->low)
        bounds->low = size + 1u;
    if (!small && size <= bounds->high)
        bounds->high = size - 1u;
    if (verdict == VERDICT_KEEPS && size < bounds->keeps)
        bounds->keeps = size;
}

/* Try the sizes that divide the rest into four parts. */
static void cut_in_four(struct reducer *reducer, const struct reduce_change *change,
                        struct bounds *bounds)
{
    struct reduce_change changes[TRIALS_AT_ONCE - 1u];
    enum verdict verdicts[TRIALS_AT_ONCE - 1u];
    uint64_t span = bounds->high - bounds->low;

    for (uint32_t i = 0; i < TRIALS_AT_ONCE - 1u; i++) {
        changes[i] = *change;
        changes[i].size = bounds->low + (uint32_t)(span * (i + 1u) / TRIALS_AT_ONCE);
    }
    reduce_try(reducer, changes, verdicts, TRIALS_AT_ONCE - 1u);
    for (uint32_t i = TRIALS_AT_ONCE - 1u; i-- > 0;) {
        if (changes[i].size >= bounds->low)
            learn(bounds, changes[i].size, verdicts[i]);
    }
}

bool reduce_find_size(struct reducer *reducer, struct reduce_change *change, uint32_t low,
                      uint32_t high)
{
    struct bounds bounds = {low, high, UINT32_MAX};
    struct reduce_change ends[] = {*change, *change};
    enum verdict verdicts[2];

    ends[0].size = low;
    ends[1].size = high;
    reduce_try(reducer, ends, verdicts, 2);
    learn(&bounds, high, verdicts[1]);
    learn(&bounds, low, verdicts[0]);
    /* high wraps to UINT32_MAX below a size of 0 */
    while (bounds.low <= bounds.high && bounds.high != UINT32_MAX)
        cut_in_four(reducer, change, &bounds);
    change->size = bounds.keeps;
    return bounds.keeps != UINT32_MAX;
}

uint64_t reduce_ram_step(uint32_t index, uint64_t below)
{
    uint64_t bytes = PC_RAM_MIN << (index / 2u);

    bytes += index % 2u != 0 ? bytes / 2u : 0; /* 8, 12, 16, 24, 32, ... MiB */
    return bytes < below ? bytes : 0;
}

/* Try the last `events` events with nothing before them, then after a load of each kind. */
static bool load_before(struct reducer *reducer, uint32_t events, uint64_t ram_bytes)
{
    struct reduce_change change = {
        .kind = CHANGE_LOAD, .to = events, .size = 0, .ram_bytes = ram_bytes};
    uint64_t most = ram_bytes != 0 ? ram_bytes : reducer->now.ram_bytes;
    enum verdict verdict;

    reduce_try(reducer, &change, &verdict, 1);
    if (verdict == VERDICT_KEEPS)
        return reduce_take_first(reducer, &change, 1) == 0;
    uint32_t kinds = reducer->now.count > events + PAGES_EVENTS ? LOAD_COUNT : LOAD_USER;
    for (uint32_t load = 0; verdict == VERDICT_PASSES && load < kinds; load++) {
        change.load = (enum reduce_load)load;
        if (reduce_find_size(reducer, &change, 1, reduce_load_size(change.load, most)) &&
            reduce_take_first(reducer, &change, 1) == 0)
            return true;
    }
    return false;
}

static bool load_with_ram(struct reducer *reducer, uint64_t ram_bytes)
{
    /* a load and these events must be fewer than there are now */
    for (uint32_t events = 1; events + 1u < reducer->now.count; events *= 2u)
        if (load_before(reducer, events, ram_bytes))
            return true;
    return false;
}

void reduce_to_load(struct reducer *reducer, bool less_ram)
{
    uint64_t ram_bytes;

    for (uint32_t i = 0; less_ram && (ram_bytes = reduce_ram_step(i, reducer->now.ram_bytes)) != 0;
         i++)
        if (load_with_ram(reducer, ram_bytes))
            return;
    (void)load_with_ram(reducer, 0);
}

/* ---- packing ---- */

/* Replace the blocks of units [from, to) by a load of some kind that has as many bytes. */
static void pack(struct reducer *reducer, uint32_t from, uint32_t to)
{
    static const enum reduce_load loads[TRIALS_AT_ONCE] = {LOAD_KMALLOC, LOAD_VMALLOC, LOAD_USER,
                                                           LOAD_LOW};
    uint64_t bytes = reduce_packed_bytes(&reducer->now, from, to);
    struct reduce_change changes[TRIALS_AT_ONCE];

    for (uint32_t i = 0; i < TRIALS_AT_ONCE; i++)
        changes[i] = (struct reduce_change){.kind = CHANGE_PACK,
                                            .from = from,
                                            .to = to,
                                            .load = loads[i],
                                            .size = reduce_load_size(loads[i], bytes)};
    if (bytes != 0)
        (void)reduce_take_first(reducer, changes, TRIALS_AT_ONCE);
}

void reduce_pack(struct reducer *reducer)
{
    for (uint32_t chunk = reducer->now.units; chunk > 1; chunk /= 2u)
        for (uint32_t from = 0; from < reducer->now.units; from += chunk)
            pack(reducer, from, from + chunk);
}

/* ---- merging, sizes and RAM ---- */

/* Sizes are only searched in cases of at most so many events. Few are left at that stage. */
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

/* Find the smallest size of an event that keeps the failure. Its present size does. */
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

/* The event that asks for most bytes. */
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
