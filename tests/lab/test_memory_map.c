/* The map of memory at a moment of a replay, compared with what the replay itself says of each
 * frame at that moment. */
#include "lab/memory_map.h"
#include "replay/culprit.h"
#include "support/lab.h"
#include "support/random_trace.h"
#include "support/scratch.h"
#include "support/test.h"

#include <mm/strategy.h>

#include <stdlib.h>
#include <string.h>

#define MIB UINT64_C(0x100000)

static struct memory_map map;
static struct trace trace;
static struct memmap machine;
static char reason[RUN_REASON_BYTES];

static void take(const struct strategy *strategy, enum map_moment moment, uint64_t number)
{
    const struct map_request request = {&trace, strategy, &machine, moment, number};

    assert_int_equal(memory_map_take(&map, &request, reason), RUN_DONE);
}

static void take_of(const char *strategy, const char *events, enum map_moment moment,
                    uint64_t number)
{
    machine = lab_map(16 * MIB);
    trace = lab_trace_text(events);
    take(mm_strategy_find(strategy), moment, number);
}

static void release(void)
{
    memory_map_release(&map);
    trace_close(&trace);
}

/* ---- against the replay ---- */

/* The range that has a frame. */
static const struct map_range *range_of(uint32_t frame)
{
    for (uint32_t i = 0; i < map.range_count; i++)
        if (frame < map.ranges[i].end)
            return &map.ranges[i];
    fail_msg("no range has frame %u", frame);
    return NULL;
}

static void assert_owner(const struct map_range *range, const struct replay_culprit *owner)
{
    assert_int_equal(range->owned, owner->owned);
    if (!range->owned || range->others != 0)
        return;
    assert_true(range->owner.site == owner->site && range->owner.process == owner->process);
    assert_true(range->owner.since_event == owner->since_event);
}

_Static_assert(FRAME_METADATA > FRAME_FREE && FRAME_METADATA > FRAME_DEVICE &&
                   FRAME_METADATA > FRAME_RESERVED,
               "the kinds from FRAME_METADATA on are in use");

/* Kinds of all frames, and owners of some, because finding one takes as long as all. */
static void assert_frames(struct replay *replay)
{
    uint32_t used = 0;

    for (uint32_t frame = 0; frame < map.end; frame++) {
        enum frame_kind kind = mm_frame_kind(replay->mm, pfn(frame));
        if (map.kinds[frame] != FRAME_HEAP_FREE)
            assert_int_equal(map.kinds[frame], kind);
        else
            assert_int_equal(kind, FRAME_HEAP);
        used += kind >= FRAME_METADATA && map.kinds[frame] != FRAME_HEAP_FREE;
    }
    /* `primary` uses its heap up to the last block, the free frames below that block included. */
    assert_in_range(map.frames_used, used, used + map.kind_frames[FRAME_HEAP_FREE]);
    for (uint32_t frame = 0; frame < map.end; frame += 61u) {
        struct replay_culprit owner = culprit_find(replay, pfn(frame));
        assert_owner(range_of(frame), &owner);
    }
}

static void assert_ranges_are_all_frames(void)
{
    uint32_t end = 0;

    for (uint32_t i = 0; i < map.range_count; i++) {
        const struct map_range *range = &map.ranges[i];
        assert_true(range->start == end && range->end > end);
        end = range->end;
        for (uint32_t frame = range->start; frame < range->end; frame++)
            assert_int_equal(map.kinds[frame], range->kind);
    }
    assert_int_equal(end, map.end);
}

static void assert_counts(const struct mm *mm)
{
    uint32_t frames = 0;
    uint32_t zones = 0;

    for (uint32_t kind = 0; kind < FRAME_STATE_COUNT; kind++)
        frames += map.kind_frames[kind];
    assert_int_equal(frames, map.end);
    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++)
        zones += map.zone_free[zone];
    assert_int_equal(zones, map.kind_frames[FRAME_FREE] + map.kind_frames[FRAME_HEAP_FREE]);
    assert_int_equal(map.frames_used, mm->counters.frames_used);
    assert_int_equal(map.heap_span_bytes, mm->counters.heap_span_bytes);
}

struct stepping {
    uint64_t event;
    uint64_t failed; /* failures of that event */
};

static void count_failure(void *context, const struct replay_failure *failure)
{
    struct stepping *stepping = context;

    stepping->failed += failure->event == stepping->event;
}

/* Step to the event, compare, and replay it to see if it fails. */
static void step_and_compare(void *context, struct replay *replay)
{
    struct stepping *stepping = context;
    struct event event;

    replay->on_failure = count_failure;
    replay->context = stepping;
    assert_true(experiment_replay_to(replay, &trace, stepping->event, &event));
    /* `migrate` may have moved pages for the request that failed. */
    if (!map.failed) {
        assert_frames(replay);
        assert_counts(replay->mm);
    }
    assert_true(replay_event(replay, &event));
    assert_int_equal(map.failed, stepping->failed != 0);
}

static void compare_at(const struct strategy *strategy, uint64_t event)
{
    const struct experiment_setup setup = {&trace, strategy, &machine, NULL};
    struct stepping stepping = {event, 0};

    take(strategy, MAP_AT_EVENT, event);
    assert_true(map.found && map.event == event);
    assert_ranges_are_all_frames();
    assert_true(experiment_with_replay(&setup, step_and_compare, &stepping, reason, NULL));
    memory_map_release(&map);
}

TEST(the_map_before_an_event_is_what_the_replay_has_there)
{
    machine = lab_map(16 * MIB);
    for (uint32_t seed = 1; seed <= 3; seed++) {
        char *text = random_trace(seed, 1200);
        trace = lab_trace(scratch_text("random.mmt", text));
        for (uint32_t i = 0; mm_strategies[i] != NULL; i++)
            for (uint64_t event = 1; event <= 1200; event += 331u + 7u * seed)
                compare_at(mm_strategies[i], event);
        trace_close(&trace);
        free(text);
    }
}

/* ---- moments ---- */

#define FILL                                                                                       \
    "pages 1 0 user @low\n"                                                                        \
    "kmalloc 2 4000 @heap\n"                                                                       \
    "kmalloc 3 900000000 @large\n"                                                                 \
    "kmalloc 4 800000000 @second\n"

TEST(the_first_failure_is_the_default)
{
    take_of("brk", FILL, MAP_AT_FIRST_FAILURE, 0);
    assert_true(map.found && map.failed && map.event == 3 && map.failures == 1);
    assert_true(map.failure.event == 3 && map.failure.bytes == 900000000);
    assert_string_equal(trace_site_name(&trace, map.site), "large");
    release();
    take_of("brk", "kmalloc 1 100\nkfree 1\n", MAP_AT_FIRST_FAILURE, 0);
    assert_true(map.found && !map.failed && map.event == 3 && map.failures == 0);
    release();
}

TEST(a_failure_is_found_by_its_number)
{
    take_of("brk", FILL, MAP_AT_FAILURE, 2);
    assert_true(map.found && map.failed && map.event == 4);
    assert_string_equal(trace_site_name(&trace, map.site), "second");
    release();
    take_of("brk", FILL, MAP_AT_FAILURE, 3);
    assert_true(!map.found && map.failures == 2);
    release();
}

TEST(the_map_at_an_event_does_not_have_what_it_allocates)
{
    take_of("brk", FILL, MAP_AT_EVENT, 2);
    assert_true(map.found && !map.failed);
    assert_int_equal(map.kind_frames[FRAME_USER], 1);
    assert_true(map.heap_payload_bytes == 0);
    release();
    take_of("brk", FILL, MAP_AT_END, 0);
    assert_true(map.event == 5 && map.heap_payload_bytes == 4000);
    release();
}

/* `window` takes the frames of a block at the touch, when the call has already succeeded. */
TEST(a_late_failure_is_shown_with_its_block)
{
    take_of("window", "kmalloc 1 16000000 @late\n", MAP_AT_EVENT, 1);
    assert_true(map.failed && map.failure.late);
    assert_true(map.kind_frames[FRAME_HEAP] > 100);
    release();
}

TEST(an_empty_trace_has_an_end)
{
    take_of("zoned", "", MAP_AT_FIRST_FAILURE, 0);
    assert_true(map.found && !map.failed && map.event == 1);
    assert_true(map.kind_frames[FRAME_FREE] > 1000);
    release();
    take_of("zoned", "", MAP_AT_EVENT, 1);
    assert_false(map.found);
    release();
}

/* ---- heap and zones ---- */

TEST(the_span_of_brk_ends_at_brk)
{
    take_of("brk", "kmalloc 1 1000000\n", MAP_AT_END, 0);
    assert_true(map.span_count == 1 && map.ends_in_brk);
    uint32_t start = map.spans[0].start.value;
    uint32_t end = map.spans[0].end.value;
    assert_true(end - start == map.heap_span_bytes >> PAGE_SHIFT);
    assert_true(map.kinds[end - 1u] == FRAME_HEAP && map.kinds[end] != FRAME_HEAP);
    release();
    take_of("zoned", "kmalloc 1 1000000\n", MAP_AT_END, 0);
    assert_true(map.span_count == 0 && !map.ends_in_brk);
    release();
}

TEST(free_space_in_a_heap_is_marked)
{
    take_of("primary", "kmalloc 1 3000000\nkmalloc 2 100\nkfree 1\n", MAP_AT_END, 0);
    assert_true(map.kind_frames[FRAME_HEAP_FREE] > 700);
    release();
}

/* ---- runs without a map ---- */

TEST(a_run_that_cannot_be_has_a_reason)
{
    struct memory_map none;

    machine = (struct memmap){.count = 0};
    trace = lab_trace_text("");
    const struct map_request request = {&trace, mm_strategy_find("brk"), &machine, MAP_AT_END, 0};
    assert_int_equal(memory_map_take(&none, &request, reason), RUN_FAILED);
    assert_non_null(strstr(reason, "no room"));
    assert_true(!none.found && none.ranges == NULL);
    trace_close(&trace);
}
