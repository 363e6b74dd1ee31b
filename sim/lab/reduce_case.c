#include "lab/reduce_case.h"

#include <stdlib.h>
#include <string.h>

#include "trace/convert.h"
#include "trace/memory.h"

/* A load asks vmalloc for at most so many pages: its area has 64 MiB, and guard pages. */
#define VMALLOC_PAGES_MAX 0x3c00u

#define UNIT_NONE UINT32_MAX

bool reduce_has_size(const struct event *event)
{
    return event->kind == EVENT_KMALLOC || event->kind == EVENT_KREALLOC ||
           event->kind == EVENT_PAGES || event->kind == EVENT_VMALLOC || event->kind == EVENT_MAP;
}

uint32_t reduce_size(const struct event *event)
{
    return event->kind == EVENT_PAGES ? event->order : event->bytes;
}

static void set_size(struct event *event, uint32_t size)
{
    if (event->kind == EVENT_PAGES)
        event->order = (uint8_t)size;
    else
        event->bytes = size;
}

void reduce_case_free(struct reduce_case *reduced)
{
    free(reduced->events);
    *reduced = (struct reduce_case){0};
}

/* ---- reading ---- */

struct units {
    uint32_t *of_slot;
    size_t capacity;
};

/* The unit of an event; a new one if the event creates it. */
static uint32_t unit_of(struct units *units, struct reduce_case *result, const struct event *event)
{
    units->of_slot =
        memory_reach(units->of_slot, &units->capacity, event->slot, sizeof(*units->of_slot));
    if (event_creates(event))
        units->of_slot[event->slot] = result->units++;
    return units->of_slot[event->slot];
}

void reduce_case_read(struct reduce_case *result, const struct trace *trace, uint64_t last)
{
    struct units blocks = {0};
    struct units processes = {0};
    struct trace_reader reader;
    struct event event;
    size_t capacity = 0;

    *result = (struct reduce_case){0};
    trace_read(trace, &reader);
    while (reader.events < last && trace_reader_next(&reader, &event) == TRACE_EVENT) {
        bool of_process = event.kind >= EVENT_PROCESS;
        if (event.kind == EVENT_MARK)
            continue;
        result->events = memory_reach(result->events, &capacity, result->count, sizeof(event));
        event.slot = unit_of(of_process ? &processes : &blocks, result, &event);
        result->processes |= of_process;
        result->events[result->count++] = event;
    }
    trace_read_end(trace, &reader);
    free(blocks.of_slot);
    free(processes.of_slot);
}

/* ---- changes ---- */

/* Start a copy of a case, with room for its events and `more`. */
static void begin(struct reduce_case *result, const struct reduce_case *of, uint32_t more)
{
    *result = *of;
    result->count = 0;
    result->events = memory_resize(NULL, (size_t)of->count + more, sizeof(struct event));
}

static void append_kept(struct reduce_case *result, const struct reduce_case *of, const bool *keep)
{
    for (uint32_t i = 0; i < of->count; i++)
        if (keep[i])
            result->events[result->count++] = of->events[i];
}

/* Number the units by their first events. Returns whether there are fewer events than in `of`; if
 * not, result is freed. */
static bool finish(struct reduce_case *result, const struct reduce_case *of)
{
    uint32_t *unit = memory_resize(NULL, (size_t)result->units + 1u, sizeof(*unit));

    memset(unit, 0xff, result->units * sizeof(*unit));
    result->units = 0;
    for (uint32_t i = 0; i < result->count; i++) {
        struct event *event = &result->events[i];
        if (unit[event->slot] == UNIT_NONE)
            unit[event->slot] = result->units++;
        event->slot = unit[event->slot];
    }
    free(unit);
    if (result->count < of->count)
        return true;
    reduce_case_free(result);
    return false;
}

static uint32_t last_unit(const struct reduce_case *of)
{
    return of->events[of->count - 1u].slot;
}

static void keep_other_units(const struct reduce_case *of, const struct reduce_change *change,
                             bool *keep)
{
    for (uint32_t i = 0; i < of->count; i++) {
        uint32_t unit = of->events[i].slot;
        keep[i] = unit < change->from || unit >= change->to || unit == last_unit(of);
    }
}

static void keep_other_events(const struct reduce_case *of, const struct reduce_change *change,
                              bool *keep)
{
    uint32_t loose = 0;

    for (uint32_t i = 0; i < of->count; i++) {
        bool is_loose = !event_creates(&of->events[i]) && i + 1u < of->count;
        keep[i] = !is_loose || loose < change->from || loose >= change->to;
        loose += is_loose;
    }
}

/* A failed event changed nothing, so it can go. Events that use a block or process which a failed
   event should have made go with it. */
static void keep_served(const struct reduce_case *of, const bool *failed, bool *keep)
{
    bool *unmade = memory_zeroed((size_t)of->units + 1u, sizeof(*unmade));

    for (uint32_t i = 0; i < of->count; i++)
        if (failed[i] && event_creates(&of->events[i]))
            unmade[of->events[i].slot] = true;
    for (uint32_t i = 0; i < of->count; i++)
        keep[i] = (!failed[i] && !unmade[of->events[i].slot]) || i + 1u == of->count;
    free(unmade);
}

static bool drop(struct reduce_case *result, const struct reduce_case *of,
                 const struct reduce_change *change)
{
    bool *keep = memory_resize(NULL, of->count, sizeof(*keep));

    if (change->kind == CHANGE_DROP_UNITS)
        keep_other_units(of, change, keep);
    else if (change->kind == CHANGE_DROP_EVENTS)
        keep_other_events(of, change, keep);
    else
        keep_served(of, change->failed, keep);
    begin(result, of, 0);
    append_kept(result, of, keep);
    free(keep);
    return finish(result, of);
}

/* ---- a load ---- */

static void add_block(struct reduce_case *result, enum event_kind kind, uint32_t bytes,
                      enum page_class page_class)
{
    const struct event block = {.kind = (uint8_t)kind,
                                .page_class = (uint8_t)page_class,
                                .slot = result->units++,
                                .bytes = bytes};

    result->events[result->count++] = block;
}

static void add_pages(struct reduce_case *result, uint32_t pages, enum page_class page_class)
{
    for (uint32_t order = ORDER_MAX + 1u; order-- > 0;)
        for (; pages >= 1u << order; pages -= 1u << order) {
            add_block(result, EVENT_PAGES, 0, page_class);
            result->events[result->count - 1u].order = (uint8_t)order;
        }
}

/* The most blocks that add_pages() makes. */
static uint32_t blocks_of(uint32_t pages)
{
    return (pages >> ORDER_MAX) + ORDER_MAX;
}

static void add_load(struct reduce_case *result, enum reduce_load load, uint32_t size)
{
    uint32_t beyond = size > VMALLOC_PAGES_MAX ? size - VMALLOC_PAGES_MAX : 0;
    uint32_t blocks = (beyond + (1u << ORDER_MAX) - 1u) >> ORDER_MAX;

    if (size == 0)
        return;
    if (load == LOAD_KMALLOC) {
        add_block(result, EVENT_KMALLOC, size * REDUCE_KMALLOC_UNIT, PAGES_LOW);
    } else if (load == LOAD_VMALLOC) {
        add_pages(result, blocks << ORDER_MAX, PAGES_LOW);
        add_block(result, EVENT_VMALLOC, (size - (blocks << ORDER_MAX)) << PAGE_SHIFT, PAGES_LOW);
    } else {
        add_pages(result, size,
                  load == LOAD_USER  ? PAGES_USER
                  : load == LOAD_LOW ? PAGES_LOW
                                     : PAGES_DMA);
    }
}

uint32_t reduce_load_size(enum reduce_load load, uint64_t bytes)
{
    return (uint32_t)(bytes / (load == LOAD_KMALLOC ? REDUCE_KMALLOC_UNIT : PAGE_SIZE));
}

/* Keep the events of all units that the last `events` events name. */
static void keep_last(const struct reduce_case *of, uint32_t events, bool *keep)
{
    bool *named = memory_zeroed((size_t)of->units + 1u, sizeof(*named));

    for (uint32_t i = events < of->count ? of->count - events : 0; i < of->count; i++)
        named[of->events[i].slot] = true;
    for (uint32_t i = 0; i < of->count; i++)
        keep[i] = named[of->events[i].slot];
    free(named);
}

static bool load(struct reduce_case *result, const struct reduce_case *of,
                 const struct reduce_change *change)
{
    bool *keep = memory_resize(NULL, of->count, sizeof(*keep));

    keep_last(of, change->to, keep);
    begin(result, of, blocks_of(change->size) + 1u);
    add_load(result, change->load, change->size);
    append_kept(result, of, keep);
    free(keep);
    return finish(result, of);
}

/* ---- packing ---- */

/* Find the units of [from, to) that are a block which is allocated and nothing else. *first is the
 * event that allocates the first of them. Returns their bytes. */
static uint64_t find_packed(const struct reduce_case *of, uint32_t from, uint32_t to, bool *packed,
                            uint32_t *first)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < of->count; i++) {
        const struct event *event = &of->events[i];
        packed[event->slot] = event->slot >= from && event->slot < to && event_creates(event) &&
                              event->kind != EVENT_PROCESS && event->slot != last_unit(of);
    }
    *first = of->count;
    for (uint32_t i = of->count; i-- > 0;) {
        const struct event *event = &of->events[i];
        if (!packed[event->slot])
            continue;
        bytes += live_event_bytes(event);
        *first = i;
    }
    return bytes;
}

uint64_t reduce_packed_bytes(const struct reduce_case *of, uint32_t from, uint32_t to)
{
    bool *packed = memory_zeroed((size_t)of->units + 1u, sizeof(*packed));
    uint32_t first;
    uint64_t bytes = find_packed(of, from, to, packed, &first);

    free(packed);
    return bytes;
}

/* Replace the blocks of [from, to) that nobody frees or resizes by a load at the place of the
 * first. */
static bool pack(struct reduce_case *result, const struct reduce_case *of,
                 const struct reduce_change *change)
{
    bool *packed = memory_zeroed((size_t)of->units + 1u, sizeof(*packed));
    uint32_t first;

    (void)find_packed(of, change->from, change->to, packed, &first);
    begin(result, of, blocks_of(change->size) + 1u);
    for (uint32_t i = 0; i < of->count; i++) {
        if (i == first)
            add_load(result, change->load, change->size);
        if (!packed[of->events[i].slot])
            result->events[result->count++] = of->events[i];
    }
    free(packed);
    return finish(result, of);
}

/* ---- sizes ---- */

static bool copy(struct reduce_case *result, const struct reduce_case *of)
{
    begin(result, of, 0);
    memcpy(result->events, of->events, of->count * sizeof(*of->events));
    result->count = of->count;
    return true;
}

/* The only event of a unit; NULL if it has more, or is the last event. */
static struct event *only_event(const struct reduce_case *of, uint32_t unit)
{
    struct event *only = NULL;

    for (uint32_t i = 0; i < of->count; i++) {
        if (of->events[i].slot != unit)
            continue;
        if (only != NULL || i + 1u == of->count)
            return NULL;
        only = &of->events[i];
    }
    return only;
}

static bool merge(struct reduce_case *result, const struct reduce_case *of,
                  const struct reduce_change *change)
{
    const struct event *into = only_event(of, change->from);
    const struct event *other = only_event(of, change->to);
    const struct reduce_change drop_other = {
        CHANGE_DROP_UNITS, change->to, change->to + 1u, 0, 0, 0, NULL};

    if (into == NULL || other == NULL || into->kind != other->kind ||
        into->page_class != other->page_class || !reduce_has_size(into))
        return false;
    uint32_t size = into->bytes + other->bytes;
    if (into->kind == EVENT_PAGES ? into->order != other->order || into->order == ORDER_MAX
                                  : size < other->bytes)
        return false;
    uint32_t at = (uint32_t)(into - of->events); /* it stands before the unit that is dropped */
    if (!drop(result, of, &drop_other))
        return false;
    set_size(&result->events[at], into->kind == EVENT_PAGES ? into->order + 1u : size);
    return true;
}

bool reduce_case_change(struct reduce_case *result, const struct reduce_case *of,
                        const struct reduce_change *change)
{
    bool changed;

    if (change->kind == CHANGE_NONE || change->kind == CHANGE_SIZE)
        changed = copy(result, of);
    else if (change->kind == CHANGE_LOAD)
        changed = load(result, of, change);
    else if (change->kind == CHANGE_PACK)
        changed = pack(result, of, change);
    else if (change->kind == CHANGE_MERGE)
        changed = merge(result, of, change);
    else
        changed = drop(result, of, change);
    if (changed && change->kind == CHANGE_SIZE)
        set_size(&result->events[change->from], change->size);
    if (changed && change->ram_bytes != 0)
        result->ram_bytes = change->ram_bytes;
    return changed;
}

uint32_t reduce_droppable(const struct reduce_case *of, enum reduce_change_kind kind)
{
    uint32_t makers = 0;

    if (kind == CHANGE_DROP_UNITS)
        return of->units;
    for (uint32_t i = 0; i + 1u < of->count; i++)
        makers += event_creates(&of->events[i]);
    return of->count - 1u - makers;
}

/* ---- writing ---- */

void reduce_case_write(const struct reduce_case *of, struct trace *sites,
                       struct trace_writer *writer)
{
    for (uint32_t i = 0; i < of->count; i++) {
        struct event event = of->events[i];
        if (event_creates(&event))
            event.id = event.slot + 1u;
        /* the events were replayed, so they make sense */
        (void)!trace_copy_event(sites, writer, &event);
    }
}
