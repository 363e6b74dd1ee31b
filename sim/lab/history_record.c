/* Records a history in the process of the replay. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lab/history.h"
#include "lab/workers.h"
#include "machine/tlb.h"
#include "replay/series.h"
#include "replay/slots.h"
#include "trace/memory.h"

#define OWNERS_AT_ONCE 64u /* frames */
_Static_assert(FRAME_FREE == 0, "all zeros are free frames");

/* The owner that a slot had at the last moment at which it was seen. */
struct seen_owner {
    uint32_t number; /* 1 + its index in the list of owners; 0: the slot was not seen */
    uint32_t event;  /* low 32 bits of the event that made it */
    uint32_t bytes;
};

struct recorder {
    const struct history_request *request;
    struct history_outcome *outcome;
    struct replay *replay;
    struct history_counts counts;
    uint8_t *kinds; /* of each frame, at this moment and at the last one */
    uint8_t *last_kinds;
    struct frame_holder *holders;
    uint32_t *numbers; /* the owner of each frame, at this moment and at the last one */
    uint32_t *last_numbers;
    struct seen_owner *of_slot;
    struct seen_owner *of_process;
    uint32_t *alike; /* the number of the owners that are alike, by call, site and order; 0: none */
    size_t alike_room;
    struct byte_list kind_runs;
    struct byte_list owner_runs;
    struct history_sample *samples;
    struct frame_range *spans;
    size_t spans_room;
    struct owner_facts *owners;
    size_t owners_room;
    struct history_mark *marks;
    uint64_t mark_every; /* failures; a power of two */
    uint64_t tlb_hits;   /* before the replay */
    uint64_t tlb_misses;
};

/* ---- failures ---- */

/* Keep every second mark, the first included. */
static void thin_marks(struct recorder *recorder)
{
    for (uint32_t i = 0; 2u * i < recorder->counts.marks; i++)
        recorder->marks[i] = recorder->marks[2u * i];
    recorder->counts.marks = (recorder->counts.marks + 1u) / 2u;
    recorder->mark_every *= 2u;
}

static void note_failure(void *context, const struct replay_failure *failure)
{
    struct recorder *recorder = context;
    struct history_sample *last = &recorder->samples[recorder->counts.samples - 1u];

    if (last->event + 1u == failure->event)
        last->failing = failure->event;
    if (recorder->counts.failures++ % recorder->mark_every != 0)
        return;
    if (recorder->counts.marks == HISTORY_MARKS_MAX) {
        thin_marks(recorder);
        if ((recorder->counts.failures - 1u) % recorder->mark_every != 0)
            return;
    }
    recorder->marks[recorder->counts.marks++] = (struct history_mark){
        failure->event, (uint8_t)failure->cause, (uint8_t)failure->request, failure->late, {0}};
}

/* ---- owners ---- */

static uint32_t new_owner(struct recorder *recorder, const struct owner_facts *facts)
{
    recorder->owners = memory_reach(recorder->owners, &recorder->owners_room,
                                    recorder->counts.owners, sizeof recorder->owners[0]);
    recorder->owners[recorder->counts.owners] = *facts;
    return ++recorder->counts.owners;
}

static uint32_t number_of_process(struct recorder *recorder, uint32_t i)
{
    const struct replay_process *process = &recorder->replay->processes[i];
    struct seen_owner *seen = &recorder->of_process[i];

    if (seen->number == 0 || seen->event != process->event) {
        struct owner_facts facts = frame_states_owner(recorder->replay, OWNER_IS_PROCESS + i);
        *seen = (struct seen_owner){new_owner(recorder, &facts), process->event, 0};
    }
    return seen->number;
}

/* The number of all owners that are alike. There are few sites for each call and order. */
static uint32_t number_of_alike(struct recorder *recorder, struct owner_facts *facts)
{
    size_t key =
        ((size_t)facts->site * EVENT_KIND_COUNT + facts->call) * ORDER_COUNT + facts->order;

    facts->since_event = 0;
    if (facts->call != EVENT_PAGES)
        facts->bytes = 0;
    recorder->alike =
        memory_reach(recorder->alike, &recorder->alike_room, key, sizeof recorder->alike[0]);
    if (recorder->alike[key] == 0)
        recorder->alike[key] = new_owner(recorder, facts);
    return recorder->alike[key];
}

static uint32_t number_of_slot(struct recorder *recorder, uint32_t i)
{
    const struct replay_slot *slot = &recorder->replay->slots[i];
    struct seen_owner *seen = &recorder->of_slot[i];

    if (seen->number == 0 || seen->event != slot->event || seen->bytes != slot->bytes) {
        struct owner_facts facts = frame_states_owner(recorder->replay, 1u + i);
        uint32_t number = recorder->request->owners == HISTORY_OWNERS_ALIKE
                              ? number_of_alike(recorder, &facts)
                              : new_owner(recorder, &facts);
        *seen = (struct seen_owner){number, slot->event, slot->bytes};
    }
    return seen->number;
}

static uint32_t number_of(struct recorder *recorder, uint32_t owner)
{
    if (owner == 0)
        return 0;
    return owner >= OWNER_IS_PROCESS ? number_of_process(recorder, owner - OWNER_IS_PROCESS)
                                     : number_of_slot(recorder, owner - 1u);
}

/* Returns whether these frames were free at the last moment, and are free now. */
static bool stay_free(const struct recorder *recorder, uint32_t frame, uint32_t count)
{
    static const uint8_t free_kinds[OWNERS_AT_ONCE] = {FRAME_FREE};

    return memcmp(&recorder->kinds[frame], free_kinds, count) == 0 &&
           memcmp(&recorder->last_kinds[frame], free_kinds, count) == 0;
}

/* Most frames have the owner of the frame before. Clears the holders for the next moment. */
static void number_frames(struct recorder *recorder, uint32_t frame, uint32_t end)
{
    uint32_t owner = 0;
    uint32_t number = 0;

    for (; frame < end; frame++) {
        struct frame_holder *holder = &recorder->holders[frame];
        if (holder->owner != owner) {
            owner = holder->owner;
            number = number_of(recorder, owner);
        }
        recorder->numbers[frame] = number;
        *holder = (struct frame_holder){0, 0, 0};
    }
}

/* Free frames have no owner, so frames that stay free need no look. */
static void record_owners(struct recorder *recorder)
{
    uint32_t frames = recorder->counts.frames;

    frame_states_add_holders(recorder->replay, recorder->holders);
    for (uint32_t frame = 0; frame < frames; frame += OWNERS_AT_ONCE) {
        uint32_t count = frames - frame < OWNERS_AT_ONCE ? frames - frame : OWNERS_AT_ONCE;
        if (!stay_free(recorder, frame, count))
            number_frames(recorder, frame, frame + count);
    }
    frame_runs_put_u32(&recorder->owner_runs, recorder->numbers, recorder->last_numbers, frames);
}

/* ---- a moment ---- */

static void record_span(void *context, struct frame_range span)
{
    struct recorder *recorder = context;

    recorder->spans = memory_reach(recorder->spans, &recorder->spans_room, recorder->counts.spans,
                                   sizeof recorder->spans[0]);
    recorder->spans[recorder->counts.spans++] = span;
}

static void record_measures(const struct recorder *recorder, struct history_sample *sample)
{
    const struct replay *replay = recorder->replay;
    struct series_sample series = series_sample(recorder->replay);

    *sample = (struct history_sample){
        .event = replay->result.events,
        .requests = series.requests,
        .live_bytes = series.live_bytes,
        .heap_payload_bytes = series.heap_payload_bytes,
        .free_bytes = series.free_bytes,
        .tlb_hits = machine_tlb.hits - recorder->tlb_hits,
        .tlb_misses = machine_tlb.misses - recorder->tlb_misses,
        .moves = replay->mm->moves.count,
        .heap_span_bytes = series.heap_span_bytes,
        .frames_used = series.frames_used,
        .largest_run_frames = series.largest_run_frames,
    };
    memcpy(sample->failures_by_cause, replay->result.failures_by_cause,
           sizeof sample->failures_by_cause);
    memcpy(sample->zone_free_frames, series.zone_free_frames, sizeof sample->zone_free_frames);
    memcpy(sample->unusable_index, series.indices.unusable_index, sizeof sample->unusable_index);
}

static void record_moment(struct recorder *recorder)
{
    struct history_sample *sample = &recorder->samples[recorder->counts.samples++];

    record_measures(recorder, sample);
    frame_states_kinds(recorder->replay->mm, recorder->kinds);
    if (recorder->request->owners != HISTORY_OWNERS_NONE)
        record_owners(recorder);
    frame_runs_put_u8(&recorder->kind_runs, recorder->kinds, recorder->last_kinds,
                      recorder->counts.frames);
    frame_states_heap_spans(recorder->replay->mm, record_span, recorder);
    sample->kinds_end = recorder->kind_runs.count;
    sample->owners_end = recorder->owner_runs.count;
    sample->spans_end = recorder->counts.spans;
}

/* ---- the replay ---- */

static void recorder_begin(struct recorder *recorder)
{
    const struct replay *replay = recorder->replay;
    uint32_t frames = frame_states_end(replay->mm);
    bool owners = recorder->request->owners != HISTORY_OWNERS_NONE;

    recorder->counts.frames = frames;
    recorder->mark_every = 1;
    recorder->kinds = memory_zeroed(frames + 1u, 1);
    recorder->last_kinds = memory_zeroed(frames + 1u, 1);
    recorder->holders = memory_zeroed(owners ? frames + 1u : 1u, sizeof recorder->holders[0]);
    recorder->numbers = memory_zeroed(owners ? frames + 1u : 1u, sizeof recorder->numbers[0]);
    recorder->last_numbers = memory_zeroed(owners ? frames + 1u : 1u, sizeof recorder->numbers[0]);
    recorder->of_slot = memory_zeroed(replay->slot_count + 1u, sizeof recorder->of_slot[0]);
    recorder->of_process =
        memory_zeroed(replay->process_count + 1u, sizeof recorder->of_process[0]);
    recorder->samples =
        memory_zeroed(recorder->request->moments->count, sizeof recorder->samples[0]);
    recorder->marks = memory_zeroed(HISTORY_MARKS_MAX, sizeof recorder->marks[0]);
    recorder->tlb_hits = machine_tlb.hits;
    recorder->tlb_misses = machine_tlb.misses;
}

static void recorder_end(struct recorder *recorder)
{
    free(recorder->kinds);
    free(recorder->last_kinds);
    free(recorder->holders);
    free(recorder->numbers);
    free(recorder->last_numbers);
    free(recorder->of_slot);
    free(recorder->of_process);
    free(recorder->alike);
    byte_list_free(&recorder->kind_runs);
    byte_list_free(&recorder->owner_runs);
    free(recorder->samples);
    free(recorder->spans);
    free(recorder->owners);
    free(recorder->marks);
}

static bool put(FILE *file, const void *list, uint64_t count, size_t bytes)
{
    return count == 0 || fwrite(list, bytes, count, file) == count;
}

/* In the order of history_read(). */
static bool put_all(const struct recorder *recorder)
{
    const struct history_counts *counts = &recorder->counts;
    FILE *file = recorder->request->file;

    return put(file, counts, 1, sizeof *counts) &&
           put(file, recorder->samples, counts->samples, sizeof recorder->samples[0]) &&
           put(file, recorder->spans, counts->spans, sizeof recorder->spans[0]) &&
           put(file, recorder->kind_runs.data, counts->kinds_bytes, 1) &&
           put(file, recorder->owner_runs.data, counts->owner_bytes, 1) &&
           put(file, recorder->owners, counts->owners, sizeof recorder->owners[0]) &&
           put(file, recorder->marks, counts->marks, sizeof recorder->marks[0]) &&
           fflush(file) == 0;
}

/* Returns false, with the failure set, if the trace is bad. */
static bool replay_moments(struct recorder *recorder)
{
    const struct history_moments *moments = recorder->request->moments;
    struct replay *replay = recorder->replay;
    struct trace_reader reader;
    struct sim_error error;
    struct event event;
    bool sensible = true;
    enum trace_status status = TRACE_EVENT;

    trace_read(recorder->request->trace, &reader);
    record_moment(recorder);
    while (recorder->counts.samples < moments->count &&
           (status = trace_reader_next(&reader, &event)) == TRACE_EVENT) {
        sensible = replay_event(replay, &event);
        if (!sensible)
            break;
        if (replay->result.events == moments->event[recorder->counts.samples])
            record_moment(recorder);
    }
    if (!sensible || status == TRACE_ERROR) {
        trace_event_error(recorder->request->trace, &reader, replay->result.events + 1u,
                          sensible ? reader.error : replay->error, &error);
        recorder->outcome->status = RUN_BAD_TRACE;
        snprintf(recorder->outcome->reason, RUN_REASON_BYTES, "%s", error.text);
    }
    trace_read_end(recorder->request->trace, &reader);
    return sensible && status != TRACE_ERROR;
}

static void record(void *context, struct replay *replay)
{
    struct recorder *recorder = context;

    recorder->replay = replay;
    replay->on_failure = note_failure;
    replay->context = recorder;
    recorder_begin(recorder);
    if (replay_moments(recorder)) {
        replay_finish(replay);
        recorder->counts.digest = replay->result.digest;
        recorder->counts.kinds_bytes = recorder->kind_runs.count;
        recorder->counts.owner_bytes = recorder->owner_runs.count;
        if (!put_all(recorder)) {
            recorder->outcome->status = RUN_FAILED;
            snprintf(recorder->outcome->reason, RUN_REASON_BYTES,
                     "cannot write the history: %s; set TMPDIR to a directory with room",
                     strerror(errno));
        }
    }
}

void history_record(struct history_outcome *outcome, const struct history_request *request)
{
    const struct experiment_setup setup = {request->trace, request->strategy, request->map, NULL};
    struct recorder recorder = {.request = request, .outcome = outcome};

    *outcome = (struct history_outcome){.status = RUN_DONE};
    if (!experiment_with_replay(&setup, record, &recorder, outcome->reason, NULL))
        outcome->status = RUN_FAILED;
    recorder_end(&recorder);
}

/* ---- several strategies ---- */

static void record_job(const void *context, uint32_t i, void *outcome)
{
    history_record(outcome, &((const struct history_request *)context)[i]);
}

static void lose_job(void *result, const char *reason)
{
    struct history_outcome *outcome = result;

    *outcome = (struct history_outcome){.status = RUN_FAILED};
    snprintf(outcome->reason, sizeof outcome->reason, "%s", reason);
}

void history_record_all(struct history_outcome outcomes[], const struct history_request requests[],
                        uint32_t count)
{
    const struct workers workers = {.context = requests,
                                    .results = outcomes,
                                    .result_bytes = sizeof outcomes[0],
                                    .run_job = record_job,
                                    .lost = lose_job};

    workers_run(&workers, count);
}
