/* Takes the snapshot of the machine at a failure. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mm/strategy.h>

#include "lab/experiment.h"
#include "lab/explain.h"
#include "lab/frame_states.h"
#include "lab/workers.h"
#include "replay/culprit.h"
#include "replay/slots.h"

/* The result of the process that replays. */
struct snapshot_result {
    enum run_status status;
    char reason[RUN_REASON_BYTES];
    struct explain_snapshot snapshot;
};

struct snapshot_run {
    const struct explain_request *request;
    struct snapshot_result *result;
    struct replay *replay;
};

/* ---- marks ---- */

struct marks {
    uint8_t *mark; /* of each frame below end */
    uint32_t end;
};

static bool marks_read(struct marks *marks, const struct replay *replay)
{
    marks->end = frame_states_end(replay->mm);
    marks->mark = malloc(marks->end + 1u);
    if (marks->mark == NULL)
        return false;
    frame_states_kinds(replay->mm, marks->mark);
    return true;
}

static bool is_free(uint8_t mark)
{
    return mark == FRAME_FREE || mark == FRAME_HEAP_FREE;
}

/* ---- free memory by zone ---- */

static void add_free_run(struct explain_zone *zone, uint32_t start, uint32_t end)
{
    free_blocks_add_range(&zone->free, pfn(start), pfn(end));
    if (end - start <= zone->largest_run)
        return;
    zone->largest_run = end - start;
    zone->largest_at = start;
}

static void note_heap(struct explain_snapshot *snapshot, uint32_t frame, uint8_t mark)
{
    if (mark != FRAME_HEAP && mark != FRAME_SLAB)
        return;
    if (snapshot->heap_first == 0)
        snapshot->heap_first = frame;
    snapshot->heap_last = frame;
}

/* Count and sum up the frames of a row of RAM that lies in one zone. */
static void note_ram_run(struct explain_snapshot *snapshot, const struct marks *marks,
                         struct frame_range ram, enum zone in)
{
    struct explain_zone *zone = &snapshot->zone[in];
    uint32_t free_from = ram.start.value;

    zone->frames += ram.end.value - ram.start.value;
    for (uint32_t frame = ram.start.value; frame < ram.end.value; frame++) {
        snapshot->marks[marks->mark[frame]]++;
        note_heap(snapshot, frame, marks->mark[frame]);
        if (is_free(marks->mark[frame]))
            continue;
        if (free_from < frame)
            add_free_run(zone, free_from, frame);
        free_from = frame + 1u;
    }
    if (free_from < ram.end.value)
        add_free_run(zone, free_from, ram.end.value);
}

/* LOW may end inside a row of RAM, which is then split. */
static void note_ram(struct explain_snapshot *snapshot, const struct marks *marks,
                     const struct mm *mm)
{
    for (uint32_t i = 0; i < mm->given.count; i++) {
        struct frame_range low = mm->given.range[i];
        struct frame_range high = low;
        if (low.end.value > mm->low_end.value)
            low.end = mm->low_end;
        if (high.start.value < mm->low_end.value)
            high.start = mm->low_end;
        if (low.start.value < low.end.value)
            note_ram_run(snapshot, marks, low, zone_of(low.start));
        if (high.start.value < high.end.value)
            note_ram_run(snapshot, marks, high, ZONE_HIGH);
    }
}

static uint64_t heap_most_bytes(struct mm *mm)
{
    struct vaddr_range range;
    uint64_t bytes = 0;

    for (uint32_t i = 0; mm->strategy->heap_range(mm, i, &range); i++)
        bytes += range.end.value - range.start.value;
    return bytes;
}

/* ---- the picture of the frames around the blocker ---- */

/* A block of pages that would not fit into a row of the picture has four frames to a cell. */
static uint32_t frames_per_cell(const struct replay_failure *failure)
{
    return failure->bytes > PICTURE_COLUMNS * PAGE_SIZE ? 4u : 1u;
}

static uint8_t cell_mark(const struct marks *marks, uint32_t start, uint32_t frames)
{
    for (uint32_t frame = start; frame < start + frames; frame++) {
        uint8_t mark = frame < marks->end ? marks->mark[frame] : FRAME_DEVICE;
        if (!is_free(mark))
            return mark;
    }
    return marks->mark[start];
}

static void draw_picture(struct explain_snapshot *snapshot, const struct marks *marks)
{
    struct explain_picture *picture = &snapshot->picture;
    uint32_t frame = snapshot->failure.blocker.frame.value;
    uint32_t per_cell = frames_per_cell(&snapshot->failure);
    uint32_t row = PICTURE_COLUMNS * per_cell;
    uint32_t above = (PICTURE_ROWS / 2u - 1u) * row;

    if (pfn_is_none(snapshot->failure.blocker.frame))
        return;
    picture->per_cell = per_cell;
    picture->start = frame / row * row;
    picture->start = picture->start > above ? picture->start - above : 0;
    for (uint32_t i = 0; i < PICTURE_ROWS * PICTURE_COLUMNS; i++)
        picture->mark[i] = cell_mark(marks, picture->start + i * per_cell, per_cell);
}

/* ---- the snapshot ---- */

static struct explain_asked asked_by(const struct event *event)
{
    return (struct explain_asked){.kind = event->kind,
                                  .page_class = event->page_class,
                                  .order = event->order,
                                  .bytes = event->bytes,
                                  .site = event->site,
                                  .address = event->address,
                                  .write = event->write};
}

static void take_snapshot(struct snapshot_run *run, const struct replay_failure *failure)
{
    struct explain_snapshot *snapshot = &run->result->snapshot;
    struct replay *replay = run->replay;
    struct marks marks;

    snapshot->asked = asked_by(replay->event);
    snapshot->failure = *failure;
    snapshot->failure.blocker = culprit_of(replay, failure);
    snapshot->frames_total = replay->mm->frames_total;
    snapshot->heap_span_bytes = replay->mm->counters.heap_span_bytes;
    snapshot->heap_most_bytes = heap_most_bytes(replay->mm);
    if (!marks_read(&marks, replay)) {
        run->result->status = RUN_FAILED;
        strcpy(run->result->reason, "no memory on the host for a mark for each frame");
        return;
    }
    note_ram(snapshot, &marks, replay->mm);
    draw_picture(snapshot, &marks);
    free(marks.mark);
}

static void count_failure(void *context, const struct replay_failure *failure)
{
    struct snapshot_run *run = context;

    if (++run->result->snapshot.failures == run->request->failure)
        take_snapshot(run, failure);
}

static void replay_all(void *context, struct replay *replay)
{
    struct snapshot_run *run = context;
    const struct trace *trace = run->request->trace;
    struct trace_reader reader;
    const char *reason;
    size_t offset;
    struct sim_error error;

    run->replay = replay;
    replay->on_failure = count_failure;
    replay->context = run;
    trace_read(trace, &reader);
    if (!replay_run(replay, &reader, &reason, &offset)) {
        trace_event_error(trace, &reader, replay->result.events + 1u, reason, &error);
        run->result->status = RUN_BAD_TRACE;
        snprintf(run->result->reason, RUN_REASON_BYTES, "%s", error.text);
    }
    trace_read_end(trace, &reader);
}

static void take_in_process(const void *context, uint32_t i, void *outcome)
{
    const struct explain_request *request = context;
    const struct experiment_setup setup = {request->trace, request->strategy, request->map, NULL};
    struct snapshot_result *result = outcome;
    struct snapshot_run run = {request, result, NULL};

    (void)i;
    memset(result, 0, sizeof *result);
    if (!experiment_with_replay(&setup, replay_all, &run, result->reason, NULL))
        result->status = RUN_FAILED;
}

static void lost(void *outcome, const char *reason)
{
    struct snapshot_result *result = outcome;

    *result = (struct snapshot_result){.status = RUN_FAILED};
    snprintf(result->reason, sizeof result->reason, "%s", reason);
}

bool explain_take_snapshot(const struct explain_request *request, struct explain_snapshot *snapshot,
                           enum run_status *status, char reason[RUN_REASON_BYTES])
{
    static struct snapshot_result result;
    const struct workers workers = {.context = request,
                                    .results = &result,
                                    .result_bytes = sizeof result,
                                    .run_job = take_in_process,
                                    .lost = lost,
                                    .finished = request->finished};

    workers_run(&workers, 1);
    *snapshot = result.snapshot;
    *status = result.status;
    strcpy(reason, result.reason);
    return result.status == RUN_DONE;
}
