/* A replay in a process of its own, which goes on when it is ordered to. */
#include "lab/memory_map.h"
#include "lab/replay_worker.h"
#include "support/lab.h"
#include "support/random_trace.h"
#include "support/raw_trace.h"
#include "support/scratch.h"
#include "support/strategy_double.h"
#include "support/test.h"

#include <mm/strategy.h>

#include <stdlib.h>
#include <string.h>

#define MIB  UINT64_C(0x100000)
#define NONE UINT64_MAX

static struct trace trace;
static struct memmap machine;
static struct replay_worker worker;

static void start(const struct strategy *strategy)
{
    const struct experiment_setup setup = {&trace, strategy, &machine, NULL};

    assert_true(replay_worker_start(&worker, &setup));
    replay_worker_take(&worker);
}

static void start_text(const struct strategy *strategy, const char *events)
{
    machine = lab_map(16 * MIB);
    trace = lab_trace_text(events);
    start(strategy);
}

static void end(void)
{
    replay_worker_end(&worker);
    trace_close(&trace);
}

static void obey(uint64_t until, uint64_t failure_from)
{
    const struct worker_order order = {until, failure_from, 60000};

    replay_worker_order(&worker, &order);
    replay_worker_take(&worker);
}

static void assert_at(enum worker_state state, uint64_t event, uint64_t replayed)
{
    assert_int_equal(worker.view->state, state);
    assert_true(worker.view->event == event && worker.view->replayed == replayed);
}

/* ---- what it shows ---- */

static void assert_same_as_map(const struct memory_map *map)
{
    const struct worker_view *view = worker.view;

    assert_int_equal(view->end, map->end);
    assert_memory_equal(view->kinds, map->kinds, map->end);
    assert_memory_equal(view->kind_frames, map->kind_frames, sizeof map->kind_frames);
    assert_memory_equal(view->zone_free, map->zone_free, sizeof map->zone_free);
    assert_true(view->free_bytes == map->free_bytes);
    assert_true(view->heap_payload_bytes == map->heap_payload_bytes);
    assert_true(view->heap_span_bytes == map->heap_span_bytes);
    assert_int_equal(view->heap_spans, map->span_count);
    assert_int_equal(view->frames_used, map->frames_used);
    assert_true(view->failures == map->failures - map->failed || view->failures == map->failures);
}

TEST(it_shows_what_the_map_of_the_moment_shows)
{
    char *text = random_trace(5, 900);
    char reason[RUN_REASON_BYTES];

    machine = lab_map(16 * MIB);
    trace = lab_trace(scratch_text("random.mmt", text));
    for (uint32_t i = 0; mm_strategies[i] != NULL; i++) {
        start(mm_strategies[i]);
        for (uint64_t event = 100; event < 900; event += 333) {
            struct memory_map map;
            const struct map_request request = {&trace, mm_strategies[i], &machine, MAP_AT_EVENT,
                                                event};
            assert_int_equal(memory_map_take(&map, &request, reason), RUN_DONE);
            obey(event, NONE);
            assert_at(WORKER_BETWEEN, event, event - 1u);
            if (!map.failed)
                assert_same_as_map(&map);
            memory_map_release(&map);
        }
        replay_worker_end(&worker);
    }
    trace_close(&trace);
    free(text);
}

#define FAILING                                                                                    \
    "kmalloc 1 100\n"                                                                              \
    "kmalloc 2 900000000 @first\n"                                                                 \
    "kmalloc 3 100\n"                                                                              \
    "kmalloc 4 800000000 @second\n"

TEST(it_stops_at_the_failures_that_are_asked_for)
{
    start_text(mm_strategy_find("brk"), FAILING);
    assert_at(WORKER_BETWEEN, 1, 0);
    obey(5, 1);
    assert_at(WORKER_AT_FAILURE, 2, 2);
    assert_true(worker.view->failure.failure.bytes == 900000000);
    assert_true(worker.view->heap_payload_bytes == 100);
    obey(3, 3);
    assert_at(WORKER_BETWEEN, 3, 2);
    obey(5, 4);
    assert_at(WORKER_AT_FAILURE, 4, 4);
    assert_string_equal(trace_site_name(&trace, worker.view->failure.site), "second");
    assert_true(worker.view->failures == 2);
    assert_true(worker.view->recent[0].failure.event == 2);
    obey(5, 5);
    assert_at(WORKER_AT_END, 5, 4);
    obey(5, NONE);
    assert_at(WORKER_AT_END, 5, 4);
    end();
}

TEST(it_stops_when_the_time_is_over)
{
    const struct worker_order order = {901, NONE, 0};
    char *text = random_trace(3, 900);

    machine = lab_map(16 * MIB);
    trace = lab_trace(scratch_text("random.mmt", text));
    start(mm_strategy_find("brk"));
    replay_worker_order(&worker, &order);
    replay_worker_take(&worker);
    assert_at(WORKER_BETWEEN, 65, 64);
    end();
    free(text);
}

TEST(it_starts_again)
{
    start_text(mm_strategy_find("brk"), FAILING);
    obey(5, NONE);
    assert_true(worker.view->failures == 2);
    assert_true(replay_worker_restart(&worker));
    replay_worker_take(&worker);
    assert_at(WORKER_BETWEEN, 1, 0);
    assert_true(worker.view->failures == 0);
    end();
}

TEST(an_empty_trace_is_at_its_end_at_once)
{
    start_text(mm_strategy_find("zoned"), "");
    assert_at(WORKER_AT_END, 1, 0);
    end();
}

/* ---- how it is lost ---- */

static void assert_lost(const char *reason)
{
    assert_int_equal(worker.view->state, WORKER_LOST);
    if (strstr(worker.view->reason, reason) == NULL)
        fail_msg("%s", worker.view->reason);
}

TEST(a_strategy_that_goes_wrong_ends_only_its_process)
{
    static const struct {
        enum double_fault fault;
        const char *reason;
    } cases[] = {
        {DOUBLE_PANICS, "panic"},
        {DOUBLE_DEREFERENCES_NULL, "0x00000000"},
        {DOUBLE_BREAKS_RULE, "rule broken: "},
        {DOUBLE_SEGFAULTS, "its process was ended by signal 11"},
        {DOUBLE_EXITS, "its process ended with status 0"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        start_text(strategy_double(cases[i].fault),
                   "kmalloc 1 100\nkmalloc 2 100\nkmalloc 3 100\nkfree 1\n");
        obey(3, NONE);
        assert_at(WORKER_BETWEEN, 3, 2);
        obey(5, NONE);
        assert_lost(cases[i].reason);
        assert_false(worker.view->bad_trace);
        end();
    }
}

TEST(a_lost_replay_can_start_again)
{
    start_text(strategy_double(DOUBLE_PANICS), "kmalloc 1 100\nkmalloc 2 100\nkmalloc 3 100\n");
    obey(4, NONE);
    assert_lost("panic");
    assert_true(replay_worker_restart(&worker));
    replay_worker_take(&worker);
    obey(3, NONE);
    assert_at(WORKER_BETWEEN, 3, 2);
    end();
}

/* All checksums are right, but the third event frees a block a second time. */
TEST(a_senseless_event_is_named)
{
    static const uint8_t payload[] = {EVENT_KMALLOC, 0, 100, EVENT_KFREE, 0, EVENT_KFREE, 0};
    uint8_t bytes[RAW_TRACE_BYTES(sizeof payload)];
    const struct trace_header header = {.slots = 1, .events = 3, .peak_live_bytes = 100};
    size_t size = raw_trace_make(bytes, header, payload, sizeof payload);

    machine = lab_map(16 * MIB);
    trace = lab_trace(scratch_bytes("twice.mmb", bytes, size));
    start(mm_strategy_find("brk"));
    obey(4, NONE);
    assert_lost("twice.mmb: offset ");
    assert_lost(": event 3: ");
    assert_true(worker.view->bad_trace);
    end();
}

TEST(a_machine_without_room_is_a_reason)
{
    machine = (struct memmap){.count = 0};
    trace = lab_trace_text("");
    start(mm_strategy_find("brk"));
    assert_lost("no room");
    end();
}
