/* The moment of a failure, looked at. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mm/frame_owner.h>

#include "lab/explain_parts.h"
#include "lab/stage.h"
#include "lab/workers.h"
#include "replay/culprit.h"
#include "replay/slots.h"

/* What a worker hands over. */
struct look {
    enum run_status status;
    char reason[RUN_REASON_BYTES];
    struct explain_scene scene;
};

struct looking {
    const struct explain_request *request;
    struct look *look;
    struct replay *replay;
};

/* ---- marks ---- */

struct marks {
    uint8_t *mark; /* of each frame below end */
    uint32_t end;
};

static void mark_heap_free(void *context, pfn_t start, pfn_t end)
{
    const struct marks *marks = context;

    for (uint32_t frame = start.value; frame < end.value && frame < marks->end; frame++)
        if (marks->mark[frame] != FRAME_FREE)
            marks->mark[frame] = MARK_HEAP_FREE;
}

static bool marks_read(struct marks *marks, const struct replay *replay)
{
    marks->end = memmap_end(&replay->mm->given).value;
    marks->mark = malloc(marks->end + 1u);
    if (marks->mark == NULL)
        return false;
    mm_frame_kinds(replay->mm, marks->mark, pfn(marks->end));
    mm_free_runs(replay->mm, mark_heap_free, marks);
    return true;
}

static bool is_free(uint8_t mark)
{
    return mark == FRAME_FREE || mark == MARK_HEAP_FREE;
}

/* ---- what is free where ---- */

static void add_free_run(struct explain_zone *zone, uint32_t start, uint32_t end)
{
    free_blocks_add_run(&zone->free, pfn(start), pfn(end));
    if (end - start <= zone->largest_run)
        return;
    zone->largest_run = end - start;
    zone->largest_at = start;
}

static void note_heap(struct explain_scene *scene, uint32_t frame, uint8_t mark)
{
    if (mark != FRAME_HEAP && mark != FRAME_SLAB)
        return;
    if (scene->heap_first == 0)
        scene->heap_first = frame;
    scene->heap_last = frame;
}

/* A run inside a zone. */
static void look_at_run(struct explain_scene *scene, const struct marks *marks,
                        struct frame_run ram, enum zone in)
{
    struct explain_zone *zone = &scene->zone[in];
    uint32_t free_from = ram.start.value;

    zone->frames += ram.end.value - ram.start.value;
    for (uint32_t frame = ram.start.value; frame < ram.end.value; frame++) {
        scene->marks[marks->mark[frame]]++;
        note_heap(scene, frame, marks->mark[frame]);
        if (is_free(marks->mark[frame]))
            continue;
        if (free_from < frame)
            add_free_run(zone, free_from, frame);
        free_from = frame + 1u;
    }
    if (free_from < ram.end.value)
        add_free_run(zone, free_from, ram.end.value);
}

/* LOW may end inside a run of the map. */
static void look_at_ram(struct explain_scene *scene, const struct marks *marks, const struct mm *mm)
{
    for (uint32_t i = 0; i < mm->given.count; i++) {
        struct frame_run low = mm->given.run[i];
        struct frame_run high = low;
        if (low.end.value > mm->low_end.value)
            low.end = mm->low_end;
        if (high.start.value < mm->low_end.value)
            high.start = mm->low_end;
        if (low.start.value < low.end.value)
            look_at_run(scene, marks, low, zone_of(low.start));
        if (high.start.value < high.end.value)
            look_at_run(scene, marks, high, ZONE_HIGH);
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

/* ---- the neighbourhood ---- */

/* Pages are asked for in blocks; of large ones, four frames share a cell. */
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

static void look_around(struct explain_scene *scene, const struct marks *marks)
{
    struct explain_picture *picture = &scene->picture;
    uint32_t frame = scene->failure.blocker.frame.value;
    uint32_t per_cell = frames_per_cell(&scene->failure);
    uint32_t row = PICTURE_COLUMNS * per_cell;
    uint32_t above = (PICTURE_ROWS / 2u - 1u) * row;

    if (pfn_is_none(scene->failure.blocker.frame))
        return;
    picture->per_cell = per_cell;
    picture->start = frame / row * row;
    picture->start = picture->start > above ? picture->start - above : 0;
    for (uint32_t i = 0; i < PICTURE_ROWS * PICTURE_COLUMNS; i++)
        picture->mark[i] = cell_mark(marks, picture->start + i * per_cell, per_cell);
}

/* ---- the look ---- */

static struct explain_asked asked_by(const struct event *event)
{
    return (struct explain_asked){.kind = event->kind,
                                  .class = event->class,
                                  .order = event->order,
                                  .bytes = event->bytes,
                                  .site = event->site,
                                  .address = event->address,
                                  .write = event->write};
}

static void look_now(struct looking *looking, const struct replay_failure *failure)
{
    struct explain_scene *scene = &looking->look->scene;
    struct replay *replay = looking->replay;
    struct marks marks;

    scene->asked = asked_by(replay->event);
    scene->failure = *failure;
    scene->failure.blocker = culprit_of(replay, failure);
    scene->frames_total = replay->mm->frames_total;
    scene->heap_span_bytes = replay->mm->counters.heap_span_bytes;
    scene->heap_most_bytes = heap_most_bytes(replay->mm);
    if (!marks_read(&marks, replay)) {
        looking->look->status = RUN_FAILED;
        strcpy(looking->look->reason, "no memory on the host for a mark for each frame");
        return;
    }
    look_at_ram(scene, &marks, replay->mm);
    look_around(scene, &marks);
    free(marks.mark);
}

static void met_failure(void *context, const struct replay_failure *failure)
{
    struct looking *looking = context;

    if (++looking->look->scene.failures == looking->request->failure)
        look_now(looking, failure);
}

static void play_all(void *context, struct replay *replay)
{
    struct looking *looking = context;
    const struct trace *trace = looking->request->trace;
    struct trace_reader reader;
    const char *reason;
    size_t offset;
    struct sim_error error;

    looking->replay = replay;
    replay->on_failure = met_failure;
    replay->context = looking;
    trace_read(trace, &reader);
    if (!replay_run(replay, &reader, &reason, &offset)) {
        trace_event_error(trace, &reader, replay->result.events + 1u, reason, &error);
        looking->look->status = RUN_BAD_TRACE;
        snprintf(looking->look->reason, RUN_REASON_BYTES, "%s", error.text);
    }
    trace_read_end(trace, &reader);
}

static void run(const void *context, uint32_t i, void *result)
{
    const struct explain_request *request = context;
    const struct stage stage = {request->trace, request->strategy, request->map, NULL};
    struct look *look = result;
    struct looking looking = {request, look, NULL};

    (void)i;
    memset(look, 0, sizeof *look);
    if (!stage_run(&stage, play_all, &looking, look->reason))
        look->status = RUN_FAILED;
}

static void lost(void *result, const char *reason)
{
    struct look *look = result;

    *look = (struct look){.status = RUN_FAILED};
    snprintf(look->reason, sizeof look->reason, "%s", reason);
}

bool explain_look(const struct explain_request *request, struct explain_scene *scene,
                  enum run_status *status, char reason[RUN_REASON_BYTES])
{
    static struct look look;
    const struct workers workers = {.context = request,
                                    .results = &look,
                                    .result_bytes = sizeof look,
                                    .run = run,
                                    .lost = lost,
                                    .finished = request->finished};

    workers_run(&workers, 1);
    *scene = look.scene;
    *status = look.status;
    strcpy(reason, look.reason);
    return look.status == RUN_DONE;
}
