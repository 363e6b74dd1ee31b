#include "cut.h"
#include "address_space.h"
#include "convert.h"
#include "machine/numbers.h"
#include "memory.h"
#include "tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the range ---- */

/* Reads a count up to `end`. If there is none, *number stays as it is. */
static bool number_parse(const char *text, const char *end, uint64_t *number)
{
    char copy[32];
    const char *reason;

    if (text == end)
        return true;
    if ((size_t)(end - text) >= sizeof copy)
        return false;
    memcpy(copy, text, (size_t)(end - text));
    copy[end - text] = '\0';
    return count_parse(copy, number, &reason);
}

bool cut_range_parse(struct cut_range *range, const char *text, uint64_t events,
                     struct sim_error *error)
{
    const char *dots = strstr(text, "..");

    range->first = 1;
    range->last = events;
    if (dots == NULL || strlen(text) == 2 || !number_parse(text, dots, &range->first) ||
        !number_parse(dots + 2, text + strlen(text), &range->last))
        return sim_error_set(error, "%s: not a range of events, such as 100..200, 2M.. or ..1e6",
                             text);
    if (range->first == 0 || range->first > range->last)
        return sim_error_set(error, "%s: events are numbered from 1, and FROM is not above TO",
                             text);
    if (range->last > events)
        return sim_error_set(error, "%s: out of range: the trace has %" PRIu64 " events", text,
                             events);
    return true;
}

/* ---- what is live ---- */

struct live {
    uint64_t number;             /* of the event that created it; 0: nothing is live in this slot */
    struct event event;          /* a block: with its present size */
    struct address_space *space; /* a process */
    uint32_t slot;               /* in the cut, once it has been written there */
};

struct live_slots {
    struct live *slots;
    size_t capacity;
    bool *named; /* by slot: does the range name what was live in it before? */
    size_t named_capacity;
    struct slot_pool pool; /* of the cut's slots */
};

enum { BLOCKS, PROCESSES, LIVE_TABLES };

struct cutter {
    struct trace *trace;
    const struct cut_range *range;
    struct trace_writer *writer;
    struct live_set checked; /* the whole trace */
    struct live_slots tables[LIVE_TABLES];
};

static struct live_slots *table_of(struct cutter *cutter, const struct event *event)
{
    return &cutter->tables[event_is_of_process(event) ? PROCESSES : BLOCKS];
}

static struct live *live_of(struct live_slots *table, uint32_t slot)
{
    table->slots = memory_reach(table->slots, &table->capacity, slot, sizeof(*table->slots));
    return &table->slots[slot];
}

static bool *named_of(struct live_slots *table, uint32_t slot)
{
    table->named = memory_reach(table->named, &table->named_capacity, slot, sizeof(*table->named));
    return &table->named[slot];
}

static void end(struct live *live)
{
    if (live->space != NULL)
        address_space_free(live->space);
    *live = (struct live){0};
}

/* Applies an event before the range to what is live. */
static void remember(struct cutter *cutter, const struct event *event, uint64_t number)
{
    if (event->kind == EVENT_MARK)
        return;
    struct live *live = live_of(table_of(cutter, event), event->slot);
    if (event_ends(event))
        end(live);
    else if (event->kind == EVENT_PROCESS)
        *live = (struct live){.number = number, .space = address_space_new(event->id, number)};
    else if (event_creates(event))
        *live = (struct live){.number = number, .event = *event};
    else if (event->kind == EVENT_KREALLOC)
        live->event.bytes = event->bytes;
    else
        address_space_apply(live->space, event, number);
}

/* ---- the range itself ---- */

/* Writes an event with the slot that its subject has in the cut. */
static const char *write_event(struct cutter *cutter, const struct event *event)
{
    struct live_slots *table = table_of(cutter, event);
    struct event renamed = *event;

    if (event->kind == EVENT_MARK)
        return trace_copy_event(cutter->trace, cutter->writer, event);
    struct live *live = live_of(table, event->slot);
    if (event_creates(event))
        live->slot = slot_pool_take(&table->pool);
    renamed.slot = live->slot;
    if (event_ends(event))
        slot_pool_give(&table->pool, live->slot);
    return trace_copy_event(cutter->trace, cutter->writer, &renamed);
}

/* ---- events that create what is live before the range ---- */

struct listed_event {
    uint64_t number;
    size_t index; /* the order of events with the same number */
    struct event event;
};

struct event_list {
    struct listed_event *events;
    size_t capacity;
    size_t count;
};

static void add(void *context, const struct event *event, uint64_t number)
{
    struct event_list *list = context;

    list->events = memory_reach(list->events, &list->capacity, list->count, sizeof(*list->events));
    list->events[list->count] = (struct listed_event){number, list->count, *event};
    list->count++;
}

static int by_number(const void *a, const void *b)
{
    const struct listed_event *x = a;
    const struct listed_event *y = b;

    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

static void collect_table(struct live_slots *table, bool needed, struct event_list *list)
{
    for (uint32_t slot = 0; slot < table->capacity; slot++) {
        const struct live *live = &table->slots[slot];
        if (live->number == 0 || (needed && !*named_of(table, slot)))
            continue;
        if (live->space != NULL)
            address_space_recreate(live->space, slot, add, list);
        else
            add(list, &live->event, live->number);
    }
}

static void collect(struct cutter *cutter, struct event_list *list)
{
    for (uint32_t kind = 0; kind < LIVE_TABLES; kind++)
        collect_table(&cutter->tables[kind], cutter->range->needed, list);
    if (list->count > 0)
        qsort(list->events, list->count, sizeof(*list->events), by_number);
}

static const char *write_mark(struct cutter *cutter, const char *what)
{
    char text[64];
    int bytes = snprintf(text, sizeof text, "%s event %" PRIu64, what, cutter->range->first);
    const struct event mark = {.kind = EVENT_MARK, .text = text, .text_bytes = (uint32_t)bytes};

    return trace_writer_event(cutter->writer, &mark);
}

static const char *write_live(struct cutter *cutter)
{
    struct event_list list = {0};
    const char *reason;

    collect(cutter, &list);
    reason = list.count > 0 ? write_mark(cutter, "live before") : NULL;
    for (size_t i = 0; i < list.count && reason == NULL; i++)
        reason = write_event(cutter, &list.events[i].event);
    free(list.events);
    return reason != NULL ? reason : write_mark(cutter, "from here on:");
}

/* ---- the walks ---- */

/* The first walk, for `needed`: notes what the range names. */
static const char *note_named(void *context, const struct event *event)
{
    struct cutter *cutter = context;
    const struct live_slot *slot = live_set_slot(&cutter->checked, event);
    bool before = slot != NULL && slot->event < cutter->range->first;
    const char *reason = live_set_apply(&cutter->checked, event);
    uint64_t number = cutter->checked.events;

    if (reason == NULL && before && number >= cutter->range->first && number <= cutter->range->last)
        *named_of(table_of(cutter, event), event->slot) = true;
    return reason;
}

static const char *take(void *context, const struct event *event)
{
    struct cutter *cutter = context;
    const struct cut_range *range = cutter->range;
    const char *reason = live_set_apply(&cutter->checked, event);
    uint64_t number = cutter->checked.events;

    if (reason != NULL || number > range->last)
        return reason;
    if (number < range->first) {
        remember(cutter, event, number);
        return NULL;
    }
    if (number == range->first && number > 1)
        reason = write_live(cutter);
    return reason != NULL ? reason : write_event(cutter, event);
}

static void table_free(struct live_slots *table)
{
    for (size_t slot = 0; slot < table->capacity; slot++)
        end(&table->slots[slot]);
    free(table->slots);
    free(table->named);
    slot_pool_free(&table->pool);
}

bool trace_cut(struct trace *trace, const struct cut_range *range, struct trace_writer *writer,
               struct sim_error *error)
{
    struct cutter cutter = {.trace = trace, .range = range, .writer = writer};
    bool ok = !range->needed || trace_walk(trace, note_named, &cutter, error);

    live_set_free(&cutter.checked);
    ok = ok && trace_walk(trace, take, &cutter, error);
    live_set_free(&cutter.checked);
    for (uint32_t kind = 0; kind < LIVE_TABLES; kind++)
        table_free(&cutter.tables[kind]);
    return ok;
}
