/* Runs single experiments in this process, and covers every way in which one can end. */
#include <mm/strategy.h>

#include "machine/machine.h"
#include "support/lab.h"
#include "support/on_machine.h"
#include "support/raw_trace.h"
#include "support/scratch.h"
#include "support/strategy_double.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#define MIB UINT64_C(0x100000)

static const char *const five_blocks = "kmalloc 1 100 @a\n"
                                       "kmalloc 2 5000 @b\n"
                                       "pages 3 0 @c\n"
                                       "kmalloc 4 20000\n"
                                       "kfree 2\n"
                                       "kmalloc 2 3000 @b\n"
                                       "vmalloc 5 9000\n";

/* Runs the trace, and closes it. */
static struct run_outcome run(struct trace trace, const struct strategy *strategy,
                              uint64_t ram_bytes)
{
    struct memmap map = lab_map(ram_bytes);
    struct run_outcome outcome;

    memset(&outcome, 0xa5, sizeof outcome);
    experiment_run(&outcome, &trace, strategy, &map, NULL);
    trace_close(&trace);
    assert_null(machine_current);
    return outcome;
}

TEST(every_strategy_finishes)
{
    for (uint32_t i = 0; mm_strategies[i] != NULL; i++) {
        struct run_outcome outcome = run(lab_trace_text(five_blocks), mm_strategies[i], 32 * MIB);
        assert_int_equal(outcome.status, RUN_DONE);
        assert_string_equal(outcome.reason, "");
        assert_int_equal(outcome.result.events, 7);
        assert_int_equal(outcome.result.requests[REQUEST_KMALLOC], 4);
        assert_int_equal(outcome.result.requests[REQUEST_PAGES], 1);
        assert_int_equal(outcome.result.requests[REQUEST_VMALLOC], 1);
        assert_int_equal(replay_first_failure(&outcome.result)->event, 0);
    }
}

TEST(a_trace_without_events_has_a_result)
{
    for (uint32_t i = 0; mm_strategies[i] != NULL; i++) {
        struct run_outcome outcome = run(lab_trace_text(""), mm_strategies[i], 8 * MIB);
        assert_int_equal(outcome.status, RUN_DONE);
        assert_int_equal(outcome.result.events, 0);
        assert_int_equal(outcome.result.heap_span_peak_bytes, 0);
    }
}

/* The digest is a function of the trace, the strategy and the map. An earlier run has no effect. */
TEST(repeating_a_run_repeats_its_digest)
{
    for (uint32_t i = 0; mm_strategies[i] != NULL; i++) {
        struct run_outcome first = run(lab_trace_text(five_blocks), mm_strategies[i], 32 * MIB);
        struct run_outcome other =
            run(lab_trace_text("kmalloc 9 77\n"), mm_strategies[i], 64 * MIB);
        struct run_outcome second = run(lab_trace_text(five_blocks), mm_strategies[i], 32 * MIB);
        assert_int_equal(first.result.digest, second.result.digest);
        assert_true(first.result.digest != other.result.digest);
        assert_int_equal(first.result.frames_used_peak, second.result.frames_used_peak);
    }
}

TEST(the_map_is_part_of_the_digest)
{
    const struct strategy *brk = mm_strategy_find("brk");

    struct run_outcome small = run(lab_trace_text(five_blocks), brk, 32 * MIB);
    struct run_outcome large = run(lab_trace_text(five_blocks), brk, 64 * MIB);
    assert_true(small.result.digest != large.result.digest);
}

/* Four frames are too few for the page tables and the strategy's metadata. */
TEST(a_map_without_room_for_metadata_is_reported)
{
    struct memmap map = {1, {{pfn(0x1000), pfn(0x1004)}}};
    struct run_outcome outcome;

    for (uint32_t i = 0; mm_strategies[i] != NULL; i++) {
        struct trace trace = lab_trace_text(five_blocks);
        experiment_run(&outcome, &trace, mm_strategies[i], &map, NULL);
        trace_close(&trace);
        assert_int_equal(outcome.status, RUN_FAILED);
        assert_non_null(strstr(outcome.reason, "no room for the metadata"));
        assert_non_null(strstr(outcome.reason, mm_strategies[i]->name));
    }
}

/* The page tables fit, but the arrays of `brk` do not. */
TEST(a_map_without_room_for_the_strategy_is_reported)
{
    struct trace trace = lab_trace_text(five_blocks);
    struct memmap map = {1, {{pfn(0x1000), pfn(0x1000 + 19)}}};
    struct run_outcome outcome;

    experiment_run(&outcome, &trace, mm_strategy_find("brk"), &map, NULL);
    assert_int_equal(outcome.status, RUN_FAILED);
    assert_non_null(strstr(outcome.reason, "no room for the metadata of brk"));
    trace_close(&trace);
}

/* All checksums of the trace are right, but its third event frees a block a second time. */
TEST(an_impossible_event_is_an_error_of_the_trace)
{
    static const uint8_t payload[] = {EVENT_KMALLOC, 0, 100, EVENT_KFREE, 0, EVENT_KFREE, 0};
    uint8_t bytes[RAW_TRACE_BYTES(sizeof payload)];
    struct trace_header header = {.slots = 1, .events = 3, .peak_live_bytes = 100};
    size_t size = raw_trace_make(bytes, header, payload, sizeof payload);
    const char *path = scratch_bytes("twice.mmb", bytes, size);
    char expected[256];

    struct run_outcome outcome = run(lab_trace(path), mm_strategy_find("window"), 32 * MIB);
    assert_int_equal(outcome.status, RUN_BAD_TRACE);
    snprintf(expected, sizeof expected, "%s: offset %zu: event 3: slot holds no allocation", path,
             RAW_TRACE_PAYLOAD + sizeof payload);
    assert_string_equal(outcome.reason, expected);
}

/* The header is sound, and one bit of the payload is flipped. */
TEST(a_damaged_trace_is_an_error_of_the_trace)
{
    static const uint8_t payload[] = {EVENT_KMALLOC, 0, 100, EVENT_KFREE, 0};
    uint8_t bytes[RAW_TRACE_BYTES(sizeof payload)];
    struct trace_header header = {.slots = 1, .events = 2, .peak_live_bytes = 100};
    size_t size = raw_trace_make(bytes, header, payload, sizeof payload);

    bytes[RAW_TRACE_PAYLOAD + 2] ^= 1;
    struct run_outcome outcome = run(lab_trace(scratch_bytes("flipped.mmb", bytes, size)),
                                     mm_strategy_find("brk"), 32 * MIB);
    assert_int_equal(outcome.status, RUN_BAD_TRACE);
    assert_non_null(strstr(outcome.reason, "flipped.mmb: offset 64: "));
}

TEST(a_panic_is_reported)
{
    struct run_outcome outcome =
        run(lab_trace_text(five_blocks), strategy_double(DOUBLE_PANICS), 32 * MIB);
    assert_int_equal(outcome.status, RUN_FAILED);
    assert_string_equal(outcome.reason, "panic: double_kmalloc: was told to panic: 0x3");
}

TEST(a_null_dereference_in_the_kernel_is_reported)
{
    struct run_outcome outcome =
        run(lab_trace_text(five_blocks), strategy_double(DOUBLE_DEREFERENCES_NULL), 32 * MIB);
    assert_int_equal(outcome.status, RUN_FAILED);
    assert_non_null(strstr(outcome.reason, "kernel write at 0x00000010: null dereference"));
}

TEST(a_broken_rule_is_reported)
{
    struct run_outcome outcome =
        run(lab_trace_text(five_blocks), strategy_double(DOUBLE_BREAKS_RULE), 32 * MIB);
    assert_int_equal(outcome.status, RUN_FAILED);
    assert_string_equal(outcome.reason,
                        "rule broken: brk: frames_used disagrees with the free frames");
}

/* A run that panics leaves no state behind that changes the next run. */
TEST(a_run_after_a_panic_gives_the_usual_digest)
{
    struct run_outcome original =
        run(lab_trace_text(five_blocks), mm_strategy_find("brk"), 32 * MIB);
    (void)run(lab_trace_text(five_blocks), strategy_double(DOUBLE_PANICS), 32 * MIB);
    struct run_outcome good =
        run(lab_trace_text(five_blocks), strategy_double(DOUBLE_IS_GOOD), 32 * MIB);
    assert_int_equal(good.status, RUN_DONE);
    assert_int_equal(good.result.digest, original.result.digest);
}

TEST(a_second_machine_is_refused)
{
    struct trace trace = lab_trace_text(five_blocks);
    struct memmap map = lab_map(32 * MIB);
    struct machine *machine = machine_create(&machine_unwatched);
    struct run_outcome outcome;

    experiment_run(&outcome, &trace, mm_strategy_find("brk"), &map, NULL);
    assert_int_equal(outcome.status, RUN_FAILED);
    assert_string_equal(outcome.reason, machine_error());
    assert_ptr_equal(machine_current, machine);
    machine_destroy(machine);
    trace_close(&trace);
}

static const char *read_counters(void *context, struct replay *replay)
{
    *(uint64_t *)context = replay->result.events + replay->mm->counters.frames_used_peak;
    return NULL;
}

static const char *panic_at_end(void *context, struct replay *replay)
{
    (void)context;
    machine_panic("panic_at_end", "panics on purpose", replay->slot_count);
}

static const char *return_reason(void *context, struct replay *replay)
{
    (void)replay;
    return context;
}

static void count_begin(void *context, struct replay *replay)
{
    assert_int_equal(replay->result.events, 0);
    ++*(uint32_t *)context;
}

static struct run_outcome run_watched(struct experiment_watch watch)
{
    struct trace trace = lab_trace_text(five_blocks);
    struct memmap map = lab_map(32 * MIB);
    struct run_outcome outcome;

    experiment_run_watched(&outcome, &trace, mm_strategy_find("brk"), &map, NULL, &watch);
    trace_close(&trace);
    return outcome;
}

TEST(a_watch_is_called_at_the_begin_and_at_the_end)
{
    uint64_t counters_sum = 0;
    uint32_t begin_calls = 0;
    char reason[] = "no room";

    struct run_outcome outcome =
        run_watched((struct experiment_watch){.end = read_counters, .context = &counters_sum});
    assert_int_equal(outcome.status, RUN_DONE);
    assert_int_equal(counters_sum, outcome.result.events + outcome.result.frames_used_peak);
    outcome = run_watched((struct experiment_watch){.begin = count_begin, .context = &begin_calls});
    assert_int_equal(outcome.status, RUN_DONE);
    assert_int_equal(begin_calls, 1);
    outcome = run_watched((struct experiment_watch){.end = panic_at_end});
    assert_int_equal(outcome.status, RUN_FAILED);
    assert_string_equal(outcome.reason, "panic: panic_at_end: panics on purpose: 0x5");
    outcome = run_watched((struct experiment_watch){.end = return_reason, .context = reason});
    assert_int_equal(outcome.status, RUN_FAILED);
    assert_string_equal(outcome.reason, "no room");
}
