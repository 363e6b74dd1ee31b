/*
 * Allocations as a trace had them: a block bootstrap (H. Kuensch, "The Jackknife and the Bootstrap
 * for General Stationary Observations", 1989). Sequences of allocations that followed each other
 * stay together, with their lifetimes. Each next sequence is drawn from near the place to which the
 * trace would have come; after its end the trace begins again. So bursts keep their shape, and
 * phases their order.
 */
#include "trace/live_set.h"
#include "trace/memory.h"
#include "trace/trace_file.h"
#include "workload.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(RECORDED_ALLOCATIONS_MAX % (2 * RECORDED_SEQUENCE) == 0,
               "every other sequence can be dropped");

/* The next sequence is at most this part of the trace away from its place, on either side. */
#define NEIGHBOURHOOD 32u /* one part in so many */

/* An allocation that is live in the trace being read. */
struct live_allocation {
    uint64_t number;  /* of the allocation in the trace, from 0 */
    uint64_t made_at; /* value of the clock */
};

struct recorder {
    struct recorded *recorded;
    struct trace *trace;
    struct trace_writer *writer;
    struct live_set live;
    struct live_allocation *live_allocations; /* by slot */
    size_t live_capacity;
    uint64_t allocations;
    uint64_t clock;      /* events so far that allocated or freed */
    uint64_t peak_bytes; /* most bytes live at once, except those that processes had mapped */
};

/* Drops every other sequence. */
static void drop_every_other(struct recorded *recorded)
{
    recorded->count /= 2;
    recorded->stride *= 2;
    for (uint32_t at = RECORDED_SEQUENCE; at < recorded->count; at += RECORDED_SEQUENCE)
        memcpy(&recorded->allocations[at], &recorded->allocations[2 * at],
               RECORDED_SEQUENCE * sizeof(struct allocation));
}

/* The place of allocation `number`; NULL: its sequence is not kept. */
static struct allocation *allocation_at(struct recorded *recorded, uint64_t number)
{
    uint64_t sequence = number / RECORDED_SEQUENCE;
    uint64_t at = sequence / recorded->stride * RECORDED_SEQUENCE + number % RECORDED_SEQUENCE;

    if (sequence % recorded->stride != 0)
        return NULL;
    recorded->allocations = memory_reach(recorded->allocations, &recorded->capacity, at,
                                         sizeof(*recorded->allocations));
    return &recorded->allocations[at];
}

static uint32_t copy_site(struct recorder *recorder, uint32_t site)
{
    const char *name = trace_site_name(recorder->trace, site);

    return name == NULL ? SITE_NONE : trace_writer_site(recorder->writer, name, strlen(name));
}

static void note_allocation(struct recorder *recorder, const struct event *event)
{
    struct recorded *recorded = recorder->recorded;
    uint64_t number = recorder->allocations++;
    struct allocation *allocation;

    recorder->live_allocations = memory_reach(recorder->live_allocations, &recorder->live_capacity,
                                              event->slot, sizeof(*recorder->live_allocations));
    recorder->live_allocations[event->slot] = (struct live_allocation){number, recorder->clock};
    if (recorded->count == recorded->allocations_max)
        drop_every_other(recorded);
    allocation = allocation_at(recorded, number);
    if (allocation == NULL)
        return;
    *allocation = (struct allocation){.kind = event->kind,
                                      .page_class = event->page_class,
                                      .order = event->order,
                                      .bytes = event->bytes,
                                      .site = copy_site(recorder, event->site),
                                      .lifetime = LIFETIME_UNKNOWN};
    recorded->count++;
}

static void note_level(struct recorder *recorder)
{
    uint64_t bytes = recorder->live.total_bytes - recorder->live.bytes[LIVE_MAPPED];

    if (bytes > recorder->peak_bytes)
        recorder->peak_bytes = bytes;
}

static void note_free(struct recorder *recorder, const struct event *event)
{
    const struct live_allocation *live = &recorder->live_allocations[event->slot];
    uint64_t lifetime = recorder->clock - live->made_at;
    struct allocation *allocation = allocation_at(recorder->recorded, live->number);

    if (allocation != NULL)
        allocation->lifetime = lifetime < LIFETIME_UNKNOWN ? (uint32_t)lifetime : LIFETIME_UNKNOWN;
}

static const char *note(void *context, const struct event *event)
{
    struct recorder *recorder = context;
    const char *reason = live_set_apply(&recorder->live, event);

    if (reason != NULL)
        return reason;
    switch (event->kind) {
    case EVENT_KMALLOC:
    case EVENT_PAGES:
    case EVENT_VMALLOC:
        note_allocation(recorder, event);
        recorder->clock++;
        break;
    case EVENT_KFREE:
    case EVENT_FREE_PAGES:
    case EVENT_VFREE:
        note_free(recorder, event);
        recorder->clock++;
        break;
    default:
        break;
    }
    note_level(recorder);
    return NULL;
}

static bool read_trace(struct recorder *recorder, struct sim_error *error)
{
    bool ok = trace_walk(recorder->trace, note, recorder, error);

    if (ok && recorder->allocations == 0)
        ok = sim_error_set(error,
                           "%s: the trace has no allocations to take sizes and lifetimes from",
                           recorder->trace->name);
    live_set_free(&recorder->live);
    free(recorder->live_allocations);
    return ok;
}

bool recorded_load(struct workload *workload, const char *path, uint32_t allocations_max,
                   struct trace_writer *writer, struct sim_error *error)
{
    struct trace trace;
    struct recorder recorder = {.recorded = &workload->recorded, .trace = &trace, .writer = writer};
    bool ok;

    workload->recorded.allocations_max = allocations_max;
    workload->recorded.stride = 1;
    if (!trace_open(&trace, path, error))
        return false;
    ok = read_trace(&recorder, error);
    trace_close(&trace);
    if (ok)
        workload->level_bytes = recorder.peak_bytes;
    return ok;
}

static void begin_sequence(struct recorded *recorded, struct random *random)
{
    uint32_t sequences = (recorded->count + RECORDED_SEQUENCE - 1) / RECORDED_SEQUENCE;
    uint32_t reach = sequences / NEIGHBOURHOOD;
    uint64_t here = recorded->sequences_drawn++ / recorded->stride + sequences;
    uint64_t sequence = (here + random_below(random, 2 * reach + 1) - reach) % sequences;
    uint32_t left = recorded->count - (uint32_t)sequence * RECORDED_SEQUENCE;

    recorded->next = (uint32_t)sequence * RECORDED_SEQUENCE;
    recorded->left = left < RECORDED_SEQUENCE ? left : RECORDED_SEQUENCE;
}

void recorded_draw(struct recorded *recorded, struct random *random, struct allocation *allocation)
{
    if (recorded->left == 0)
        begin_sequence(recorded, random);
    recorded->left--;
    *allocation = recorded->allocations[recorded->next++];
}
