#include "lab/memory_map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mm/strategy.h>

#include "replay/culprit.h"
#include "trace/memory.h"

struct map_run {
    const struct map_request *request;
    struct memory_map *map;
    struct replay *replay;
    enum run_status status;
    char *reason;
};

/* ---- the parts of the map ---- */

static bool same_owner(const struct frame_holder *one, const struct frame_holder *other)
{
    return one->owner == other->owner;
}

static void add_range(struct map_run *run, size_t *room, const struct frame_holder holders[],
                      uint32_t start, uint32_t end)
{
    struct memory_map *map = run->map;
    struct map_range range = {.start = start, .end = end, .kind = map->kinds[start]};

    for (uint32_t frame = start; frame < end; frame++)
        if (holders[frame].others > range.others)
            range.others = holders[frame].others;
    range.owned = holders[start].owner != 0;
    if (range.owned)
        range.owner = frame_states_owner(run->replay, holders[start].owner);
    map->ranges = memory_reach(map->ranges, room, map->range_count, sizeof range);
    map->ranges[map->range_count++] = range;
}

static void take_ranges(struct map_run *run)
{
    struct memory_map *map = run->map;
    struct frame_holder *holders = memory_zeroed(map->end, sizeof *holders);
    size_t room = 0;
    uint32_t start = 0;

    frame_states_holders(run->replay, holders);
    for (uint32_t frame = 1; frame <= map->end; frame++) {
        if (frame != map->end && map->kinds[frame] == map->kinds[start] &&
            same_owner(&holders[frame], &holders[start]))
            continue;
        add_range(run, &room, holders, start, frame);
        start = frame;
    }
    free(holders);
}

struct spans {
    struct memory_map *map;
    size_t room;
};

static void add_span(void *context, struct frame_range span)
{
    struct spans *spans = context;
    struct memory_map *map = spans->map;

    map->spans = memory_reach(map->spans, &spans->room, map->span_count, sizeof span);
    map->spans[map->span_count++] = span;
}

static bool is_free(uint8_t kind)
{
    return kind == FRAME_FREE || kind == FRAME_HEAP_FREE;
}

static void take_zones(struct memory_map *map, const struct mm *mm)
{
    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++) {
        struct frame_range range = frame_states_zone(mm->strategy, map->end, (enum zone)zone);
        map->zones[zone] = range;
        for (uint32_t frame = range.start.value; frame < range.end.value; frame++)
            map->zone_free[zone] += is_free(map->kinds[frame]);
    }
}

static void take_map(struct map_run *run)
{
    struct memory_map *map = run->map;
    struct mm *mm = run->replay->mm;
    struct spans spans = {map, 0};

    map->found = true;
    map->end = frame_states_end(mm);
    map->kinds = memory_zeroed(map->end, 1);
    frame_states_kinds(mm, map->kinds);
    for (uint32_t frame = 0; frame < map->end; frame++)
        map->kind_frames[map->kinds[frame]]++;
    take_ranges(run);
    frame_states_heap_spans(mm, add_span, &spans);
    map->ends_in_brk = mm->strategy->heap_ends_in_brk;
    take_zones(map, mm);
    map->frames_total = mm->frames_total;
    map->frames_used = mm->counters.frames_used;
    map->free_bytes = mm_free_bytes(mm);
    map->heap_payload_bytes = run->replay->heap_payload_bytes;
    map->heap_span_bytes = mm->counters.heap_span_bytes;
}

static void drop_map(struct memory_map *map)
{
    const uint64_t event = map->event;
    const uint64_t failures = map->failures;

    memory_map_release(map);
    *map = (struct memory_map){.event = event, .failures = failures};
}

/* ---- the moment ---- */

static bool wants_failure(const struct map_request *request, uint64_t failures)
{
    return request->moment == MAP_AT_FIRST_FAILURE ||
           (request->moment == MAP_AT_FAILURE && failures == request->number);
}

static bool wants_event(const struct map_request *request, uint64_t event)
{
    return request->moment == MAP_AT_EVENT && event == request->number;
}

/* A second failure of the event leaves the map as the first found it. */
static void on_failure(void *context, const struct replay_failure *failure)
{
    struct map_run *run = context;
    struct memory_map *map = run->map;

    map->failures++;
    if (map->failed ||
        (!wants_failure(run->request, map->failures) && !wants_event(run->request, failure->event)))
        return;
    drop_map(map);
    take_map(run);
    map->failed = true;
    map->failure = *failure;
    map->failure.blocker = culprit_of(run->replay, failure);
    map->site = run->replay->event->site;
}

/* Replay events until the map is taken. Returns false at the end of the trace, or if it is bad. */
static enum trace_status replay_to_moment(struct map_run *run, struct trace_reader *reader)
{
    struct memory_map *map = run->map;
    enum trace_status status;
    struct event event;

    while (!map->found && (status = trace_reader_next(reader, &event)) == TRACE_EVENT) {
        map->event = reader->events;
        if (wants_event(run->request, map->event))
            take_map(run);
        if (!replay_event(run->replay, &event))
            return TRACE_ERROR;
    }
    return map->found ? TRACE_EVENT : status;
}

static void refuse_trace(struct map_run *run, struct trace_reader *reader)
{
    struct sim_error error;

    trace_event_error(run->request->trace, reader, run->replay->result.events + 1u,
                      run->replay->error, &error);
    run->status = RUN_BAD_TRACE;
    snprintf(run->reason, RUN_REASON_BYTES, "%s", error.text);
}

static void replay_and_take(void *context, struct replay *replay)
{
    struct map_run *run = context;
    struct trace_reader reader;

    run->replay = replay;
    replay->on_failure = on_failure;
    replay->context = run;
    trace_read(run->request->trace, &reader);
    enum trace_status status = replay_to_moment(run, &reader);
    if (status == TRACE_ERROR)
        refuse_trace(run, &reader);
    if (status == TRACE_END) {
        run->map->event = reader.events + 1u;
        if (run->request->moment == MAP_AT_END || run->request->moment == MAP_AT_FIRST_FAILURE)
            take_map(run);
    }
    trace_read_end(run->request->trace, &reader);
}

enum run_status memory_map_take(struct memory_map *map, const struct map_request *request,
                                char reason[RUN_REASON_BYTES])
{
    const struct experiment_setup setup = {request->trace, request->strategy, request->map, NULL};
    struct map_run run = {request, map, NULL, RUN_DONE, reason};

    *map = (struct memory_map){0};
    if (!experiment_with_replay(&setup, replay_and_take, &run, reason, NULL))
        run.status = RUN_FAILED;
    if (run.status != RUN_DONE)
        drop_map(map);
    return run.status;
}

void memory_map_release(struct memory_map *map)
{
    free(map->kinds);
    free(map->ranges);
    free(map->spans);
    map->kinds = NULL;
    map->ranges = NULL;
    map->spans = NULL;
}
