/*
 * Births as a trace had them: a block bootstrap (H. Kuensch, "The Jackknife and the Bootstrap for
 * General Stationary Observations", 1989). Runs of births that followed each other stay together,
 * with the lifetimes they had; each next run is drawn from the neighbourhood of the place that the
 * trace would have come to, and after its end it begins again. So bursts keep their shape, and
 * phases their order.
 */
#include "mix.h"
#include "trace/live_set.h"
#include "trace/memory.h"
#include "trace/trace_file.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(RECORDED_BIRTHS_MAX % (2 * RECORDED_RUN) == 0, "every other run can be dropped");

/* The next run comes from this part of the trace, or as much, on either side of its place. */
#define NEIGHBOURHOOD 32u /* one part in ... */

/* What is live in the trace being read. */
struct tenant {
    uint64_t number; /* of its birth, from 0 */
    uint64_t born;   /* by the clock */
};

struct recorder {
    struct recorded *recorded;
    struct trace *trace;
    struct trace_writer *writer;
    struct live_set live;
    struct tenant *tenants; /* by slot */
    size_t tenants_capacity;
    uint64_t births;
    uint64_t clock;      /* events that made or freed */
    uint64_t peak_bytes; /* most that was live, without what processes had mapped */
};

/* Keep every other run. */
static void thin_out(struct recorded *recorded)
{
    recorded->count /= 2;
    recorded->stride *= 2;
    for (uint32_t at = RECORDED_RUN; at < recorded->count; at += RECORDED_RUN)
        memcpy(&recorded->births[at], &recorded->births[2 * at],
               RECORDED_RUN * sizeof(struct birth));
}

/* Where birth `number` is kept; NULL: its run is not. */
static struct birth *place_of(struct recorded *recorded, uint64_t number)
{
    uint64_t run = number / RECORDED_RUN;
    uint64_t at = run / recorded->stride * RECORDED_RUN + number % RECORDED_RUN;

    if (run % recorded->stride != 0)
        return NULL;
    recorded->births =
        memory_reach(recorded->births, &recorded->capacity, at, sizeof(*recorded->births));
    return &recorded->births[at];
}

static uint32_t copy_site(struct recorder *recorder, uint32_t site)
{
    const char *name = trace_site_name(recorder->trace, site);

    return name == NULL ? SITE_NONE : trace_writer_site(recorder->writer, name, strlen(name));
}

static void note_birth(struct recorder *recorder, const struct event *event)
{
    struct recorded *recorded = recorder->recorded;
    uint64_t number = recorder->births++;
    struct birth *birth;

    recorder->tenants = memory_reach(recorder->tenants, &recorder->tenants_capacity, event->slot,
                                     sizeof(*recorder->tenants));
    recorder->tenants[event->slot] = (struct tenant){number, recorder->clock};
    if (recorded->count == recorded->births_max)
        thin_out(recorded);
    birth = place_of(recorded, number);
    if (birth == NULL)
        return;
    *birth = (struct birth){.kind = event->kind,
                            .page_class = event->page_class,
                            .order = event->order,
                            .bytes = event->bytes,
                            .site = copy_site(recorder, event->site),
                            .lifetime = LIFE_UNKNOWN};
    recorded->count++;
}

static void note_level(struct recorder *recorder)
{
    uint64_t bytes = recorder->live.total_bytes - recorder->live.bytes[LIVE_MAPPED];

    if (bytes > recorder->peak_bytes)
        recorder->peak_bytes = bytes;
}

static void note_death(struct recorder *recorder, const struct event *event)
{
    const struct tenant *tenant = &recorder->tenants[event->slot];
    uint64_t lifetime = recorder->clock - tenant->born;
    struct birth *birth = place_of(recorder->recorded, tenant->number);

    if (birth != NULL)
        birth->lifetime = lifetime < LIFE_UNKNOWN ? (uint32_t)lifetime : LIFE_UNKNOWN;
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
        note_birth(recorder, event);
        recorder->clock++;
        break;
    case EVENT_KFREE:
    case EVENT_FREE_PAGES:
    case EVENT_VFREE:
        note_death(recorder, event);
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

    if (ok && recorder->births == 0)
        ok = sim_error_set(error,
                           "%s: the trace has no allocations to take sizes and lifetimes from",
                           recorder->trace->name);
    live_set_free(&recorder->live);
    free(recorder->tenants);
    return ok;
}

bool recorded_load(struct mix *mix, const char *path, uint32_t births_max,
                   struct trace_writer *writer, struct sim_error *error)
{
    struct trace trace;
    struct recorder recorder = {.recorded = &mix->recorded, .trace = &trace, .writer = writer};
    bool ok;

    mix->recorded.births_max = births_max;
    mix->recorded.stride = 1;
    if (!trace_open(&trace, path, error))
        return false;
    ok = read_trace(&recorder, error);
    trace_close(&trace);
    if (ok)
        mix->level_bytes = recorder.peak_bytes;
    return ok;
}

static void begin_run(struct recorded *recorded, struct random *random)
{
    uint32_t runs = (recorded->count + RECORDED_RUN - 1) / RECORDED_RUN;
    uint32_t reach = runs / NEIGHBOURHOOD;
    uint64_t here = recorded->runs_drawn++ / recorded->stride + runs;
    uint64_t run = (here + random_below(random, 2 * reach + 1) - reach) % runs;
    uint32_t left = recorded->count - (uint32_t)run * RECORDED_RUN;

    recorded->next = (uint32_t)run * RECORDED_RUN;
    recorded->left = left < RECORDED_RUN ? left : RECORDED_RUN;
}

void recorded_draw(struct recorded *recorded, struct random *random, struct birth *birth)
{
    if (recorded->left == 0)
        begin_run(recorded, random);
    recorded->left--;
    *birth = recorded->births[recorded->next++];
}
