#include "support/second_replay.h"

#include <mm/strategy.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "replay/series.h"
#include "support/naive_runs.h"

#define FRAMES_MOST 8192u

/* What is read back, moment after moment. */
struct comparing {
    const struct history_request *request;
    const struct history *history;
    uint32_t moment;
    uint32_t failure; /* the failures so far */
    uint64_t failing; /* the last event that failed */
    uint32_t kinds[FRAMES_MOST];
    uint32_t owners[FRAMES_MOST];
    uint32_t owners_seen;
};

static struct naive_bytes runs_of(const uint8_t *data, uint64_t start, uint64_t end)
{
    assert_true(start <= end);
    return (struct naive_bytes){data, start, end};
}

static void compare_kinds(struct comparing *comparing, struct replay *replay)
{
    const struct history_sample *sample = &comparing->history->samples[comparing->moment];
    uint64_t start = comparing->moment > 0 ? sample[-1].kinds_end : 0;
    struct naive_bytes bytes = runs_of(comparing->history->kinds, start, sample->kinds_end);
    static uint8_t kinds[FRAMES_MOST];

    naive_runs_apply(&bytes, comparing->kinds, comparing->history->counts.frames);
    frame_states_kinds(replay->mm, kinds);
    for (uint32_t i = 0; i < comparing->history->counts.frames; i++)
        assert_int_equal(comparing->kinds[i], kinds[i]);
}

/* Leaves what allocations of one call, site and order have in common with their owner. */
static void make_alike(struct owner_facts *facts, const struct owner_facts *common)
{
    facts->since_event = 0;
    facts->page_class = common->page_class; /* that of the first */
    if (facts->call != EVENT_PAGES)
        facts->bytes = 0;
}

static void compare_owner(struct comparing *comparing, const struct replay *replay, uint32_t owner,
                          uint32_t number)
{
    if (owner == 0 || number == 0) {
        assert_true(owner == 0 && number == 0);
        return;
    }
    struct owner_facts facts = frame_states_owner(replay, owner);
    assert_true(number <= comparing->history->counts.owners);
    if (comparing->request->owners == HISTORY_OWNERS_ALIKE && owner < OWNER_IS_PROCESS)
        make_alike(&facts, &comparing->history->owner[number - 1u]);
    assert_memory_equal(&comparing->history->owner[number - 1u], &facts, sizeof facts);
    if (number > comparing->owners_seen) {
        assert_int_equal(number, comparing->owners_seen + 1u);
        comparing->owners_seen = number;
    }
}

static void compare_owners(struct comparing *comparing, const struct replay *replay)
{
    const struct history_sample *sample = &comparing->history->samples[comparing->moment];
    uint64_t start = comparing->moment > 0 ? sample[-1].owners_end : 0;
    struct naive_bytes bytes = runs_of(comparing->history->owners, start, sample->owners_end);
    static struct frame_holder holders[FRAMES_MOST];

    if (comparing->request->owners == HISTORY_OWNERS_NONE) {
        assert_int_equal(sample->owners_end, 0);
        return;
    }
    naive_runs_apply(&bytes, comparing->owners, comparing->history->counts.frames);
    frame_states_holders(replay, holders);
    for (uint32_t i = 0; i < comparing->history->counts.frames; i++)
        compare_owner(comparing, replay, holders[i].owner, comparing->owners[i]);
}

struct compared_spans {
    const struct history *history;
    uint64_t next;
    uint64_t end;
};

static void compare_span(void *context, struct frame_range span)
{
    struct compared_spans *spans = context;

    assert_true(spans->next < spans->end);
    assert_memory_equal(&spans->history->spans[spans->next++], &span, sizeof span);
}

static void compare_spans(const struct comparing *comparing, struct replay *replay)
{
    const struct history_sample *sample = &comparing->history->samples[comparing->moment];
    struct compared_spans spans = {
        comparing->history, comparing->moment > 0 ? sample[-1].spans_end : 0, sample->spans_end};

    frame_states_heap_spans(replay->mm, compare_span, &spans);
    assert_int_equal(spans.next, spans.end);
}

static void compare_measures(const struct comparing *comparing, struct replay *replay)
{
    const struct history_sample *sample = &comparing->history->samples[comparing->moment];
    struct series_sample series = series_sample(replay);

    assert_int_equal(sample->event, replay->result.events);
    assert_int_equal(sample->requests, series.requests);
    assert_int_equal(sample->live_bytes, series.live_bytes);
    assert_int_equal(sample->heap_payload_bytes, series.heap_payload_bytes);
    assert_int_equal(sample->heap_span_bytes, series.heap_span_bytes);
    assert_int_equal(sample->free_bytes, series.free_bytes);
    assert_int_equal(sample->frames_used, series.frames_used);
    assert_int_equal(sample->largest_run_frames, series.largest_run_frames);
    assert_int_equal(sample->moves, replay->mm->moves.count);
    assert_memory_equal(sample->zone_free_frames, series.zone_free_frames,
                        sizeof sample->zone_free_frames);
    assert_memory_equal(sample->unusable_index, series.indices.unusable_index,
                        sizeof sample->unusable_index);
    assert_memory_equal(sample->failures_by_cause, replay->result.failures_by_cause,
                        sizeof sample->failures_by_cause);
    assert_int_equal(sample->reserved, 0);
}

static void compare_moment(struct comparing *comparing, struct replay *replay)
{
    assert_int_equal(comparing->history->samples[comparing->moment].event,
                     comparing->request->moments->event[comparing->moment]);
    compare_kinds(comparing, replay);
    compare_owners(comparing, replay);
    compare_spans(comparing, replay);
    compare_measures(comparing, replay);
    comparing->moment++;
}

/* All failures are marks: there are fewer than HISTORY_MARKS_MAX. */
static void compare_failure(void *context, const struct replay_failure *failure)
{
    struct comparing *comparing = context;
    const struct history_mark *mark = &comparing->history->marks[comparing->failure++];

    assert_true(comparing->failure <= comparing->history->counts.marks);
    assert_int_equal(mark->event, failure->event);
    assert_int_equal(mark->cause, failure->cause);
    assert_int_equal(mark->request, failure->request);
    assert_int_equal(mark->late, failure->late);
    comparing->failing = failure->event;
}

static void compare_all(void *context, struct replay *replay)
{
    struct comparing *comparing = context;
    struct trace_reader reader;
    struct event event;

    replay->on_failure = compare_failure;
    replay->context = comparing;
    trace_read(comparing->request->trace, &reader);
    compare_moment(comparing, replay);
    while (trace_reader_next(&reader, &event) == TRACE_EVENT) {
        uint64_t before = replay->result.events;
        assert_true(replay_event(replay, &event));
        if (comparing->history->samples[comparing->moment - 1u].event == before)
            assert_int_equal(comparing->history->samples[comparing->moment - 1u].failing,
                             comparing->failing == before + 1u ? comparing->failing : 0);
        if (comparing->moment < comparing->request->moments->count &&
            replay->result.events == comparing->request->moments->event[comparing->moment])
            compare_moment(comparing, replay);
    }
    trace_read_end(comparing->request->trace, &reader);
}

static void assert_all_was_compared(const struct comparing *comparing)
{
    const struct history_counts *counts = &comparing->history->counts;
    uint32_t moments = comparing->request->moments->count;

    assert_int_equal(comparing->moment, moments);
    assert_int_equal(counts->samples, moments);
    assert_int_equal(comparing->failure, counts->marks);
    assert_int_equal(comparing->failure, counts->failures);
    assert_int_equal(comparing->owners_seen, counts->owners);
    assert_int_equal(comparing->history->samples[moments - 1u].failing, 0);
}

static void assert_same_digest(const struct comparing *comparing)
{
    const struct history_request *request = comparing->request;
    static struct run_outcome run;

    experiment_run(&run, request->trace, request->strategy, request->map, NULL);
    assert_int_equal(run.status, RUN_DONE);
    assert_true(run.result.digest == comparing->history->counts.digest);
}

void assert_history_is_true(const struct history_request *request, const struct history *history)
{
    const struct experiment_setup setup = {request->trace, request->strategy, request->map, NULL};
    static struct comparing comparing;
    char reason[RUN_REASON_BYTES];

    comparing = (struct comparing){.request = request, .history = history};
    assert_int_equal(history->counts.frames, memmap_end(request->map).value);
    assert_true(history->counts.frames <= FRAMES_MOST);
    if (!experiment_with_replay(&setup, compare_all, &comparing, reason, NULL))
        fail_msg("%s", reason);
    assert_all_was_compared(&comparing);
    assert_same_digest(&comparing);
}
