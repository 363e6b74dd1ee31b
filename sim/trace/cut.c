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

/* A count up to `end`; none: *number stays as it is. */
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
    uint64_t number;             /* of the event that made it; 0: nothing is live in this slot */
    struct event making;         /* a block: with its present size */
    struct address_space *space; /* a process */
    uint32_t slot;               /* in the cut, as soon as it is there */
};

struct lives {
    struct live *slots;
    size_t capacity;
    bool *named; /* what is in a slot before the range: does an event of the range name it? */
    size_t named_capacity;
    struct slot_pool pool; /* of the cut's slots */
};

enum { BLOCKS, PROCESSES, LIVES_COUNT };

struct cutter {
    struct trace *trace;
    const struct cut_range *range;
    struct trace_writer *writer;
    struct live_set checked; /* the whole trace */
    struct lives lives[LIVES_COUNT];
};

static struct lives *lives_of(struct cutter *cutter, const struct event *event)
{
    return &cutter->lives[event_is_of_process(event) ? PROCESSES : BLOCKS];
}

static struct live *live_of(struct lives *lives, uint32_t slot)
{
    lives->slots = memory_reach(lives->slots, &lives->capacity, slot, sizeof(*lives->slots));
    return &lives->slots[slot];
}

static bool *named_of(struct lives *lives, uint32_t slot)
{
    lives->named = memory_reach(lives->named, &lives->named_capacity, slot, sizeof(*lives->named));
    return &lives->named[slot];
}

static void end(struct live *live)
{
    if (live->space != NULL)
        address_space_free(live->space);
    *live = (struct live){0};
}

/* An event before the range. */
static void remember(struct cutter *cutter, const struct event *event, uint64_t number)
{
    if (event->kind == EVENT_MARK)
        return;
    struct live *live = live_of(lives_of(cutter, event), event->slot);
    if (event_ends(event))
        end(live);
    else if (event->kind == EVENT_PROCESS)
        *live = (struct live){.number = number, .space = address_space_new(event->id, number)};
    else if (event_creates(event))
        *live = (struct live){.number = number, .making = *event};
    else if (event->kind == EVENT_KREALLOC)
        live->making.bytes = event->bytes;
    else
        address_space_apply(live->space, event, number);
}

/* ---- the range itself ---- */

/* Write an event with the slot that the cut has for what it names. */
static const char *write_event(struct cutter *cutter, const struct event *event)
{
    struct lives *lives = lives_of(cutter, event);
    struct event renamed = *event;

    if (event->kind == EVENT_MARK)
        return trace_copy_event(cutter->trace, cutter->writer, event);
    struct live *live = live_of(lives, event->slot);
    if (event_creates(event))
        live->slot = slot_pool_take(&lives->pool);
    renamed.slot = live->slot;
    if (event_ends(event))
        slot_pool_give(&lives->pool, live->slot);
    return trace_copy_event(cutter->trace, cutter->writer, &renamed);
}

/* ---- what comes before it ---- */

struct made {
    uint64_t number;
    size_t index; /* in which the events of one number were told */
    struct event event;
};

struct making {
    struct made *list;
    size_t capacity;
    size_t count;
};

static void add(void *context, const struct event *event, uint64_t number)
{
    struct making *making = context;

    making->list =
        memory_reach(making->list, &making->capacity, making->count, sizeof(*making->list));
    making->list[making->count] = (struct made){number, making->count, *event};
    making->count++;
}

static int by_number(const void *a, const void *b)
{
    const struct made *x = a;
    const struct made *y = b;

    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

static void collect_lives(struct lives *lives, bool needed, struct making *making)
{
    for (uint32_t slot = 0; slot < lives->capacity; slot++) {
        const struct live *live = &lives->slots[slot];
        if (live->number == 0 || (needed && !*named_of(lives, slot)))
            continue;
        if (live->space != NULL)
            address_space_tell(live->space, slot, add, making);
        else
            add(making, &live->making, live->number);
    }
}

static void collect(struct cutter *cutter, struct making *making)
{
    for (uint32_t kind = 0; kind < LIVES_COUNT; kind++)
        collect_lives(&cutter->lives[kind], cutter->range->needed, making);
    if (making->count > 0)
        qsort(making->list, making->count, sizeof(*making->list), by_number);
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
    struct making making = {0};
    const char *reason;

    collect(cutter, &making);
    reason = making.count > 0 ? write_mark(cutter, "live before") : NULL;
    for (size_t i = 0; i < making.count && reason == NULL; i++)
        reason = write_event(cutter, &making.list[i].event);
    free(making.list);
    return reason != NULL ? reason : write_mark(cutter, "from here on:");
}

/* ---- the walks ---- */

/* The first walk, where only what is named is wanted: who is? */
static const char *note_named(void *context, const struct event *event)
{
    struct cutter *cutter = context;
    const struct live_slot *slot = live_set_slot(&cutter->checked, event);
    bool before = slot != NULL && slot->event < cutter->range->first;
    const char *reason = live_set_apply(&cutter->checked, event);
    uint64_t number = cutter->checked.events;

    if (reason == NULL && before && number >= cutter->range->first && number <= cutter->range->last)
        *named_of(lives_of(cutter, event), event->slot) = true;
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

static void lives_free(struct lives *lives)
{
    for (size_t slot = 0; slot < lives->capacity; slot++)
        end(&lives->slots[slot]);
    free(lives->slots);
    free(lives->named);
    slot_pool_free(&lives->pool);
}

bool trace_cut(struct trace *trace, const struct cut_range *range, struct trace_writer *writer,
               struct sim_error *error)
{
    struct cutter cutter = {.trace = trace, .range = range, .writer = writer};
    bool ok = !range->needed || trace_walk(trace, note_named, &cutter, error);

    live_set_free(&cutter.checked);
    ok = ok && trace_walk(trace, take, &cutter, error);
    live_set_free(&cutter.checked);
    for (uint32_t kind = 0; kind < LIVES_COUNT; kind++)
        lives_free(&cutter.lives[kind]);
    return ok;
}
