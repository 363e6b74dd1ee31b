/* Finds the events at which the outcomes of two strategies differ. */
#include "lab/diff.h"
#include "lab/experiment.h"
#include "support/lab.h"
#include "support/random_trace.h"
#include "support/scratch.h"
#include "support/strategy_double.h"
#include "support/test.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define MIB    UINT64_C(0x100000)
#define EVENTS 6000u

static struct diff diff;

static void diff_of(struct trace *trace, const struct strategy *a, const struct strategy *b,
                    uint64_t ram_bytes)
{
    struct memmap map = lab_map(ram_bytes);
    const struct diff_request request = {.trace = trace, .strategies = {a, b}, .map = &map};

    diff_run(&diff, &request);
}

static void diff_text(const char *a, const char *b, const char *events)
{
    struct trace trace = lab_trace_text(events);

    diff_of(&trace, mm_strategy_find(a), mm_strategy_find(b), 16 * MIB);
    assert_int_equal(diff.status, RUN_DONE);
    trace_close(&trace);
}

TEST(equal_outcomes_give_no_difference)
{
    diff_text("brk", "jump", "kmalloc 1 100\npages 2 3 user @x\nkfree 1\nmark end\n");
    assert_true(diff.first == 0 && diff.counts.events == 0);
    assert_true(diff.counts.failed[0] == 0 && diff.counts.failed[1] == 0);
    diff_text("brk", "jump", "");
    assert_true(diff.first == 0);
    diff_text("brk", "primary", "process 1\ntouch 1 0x10000000 r\n"); /* both fail */
    assert_true(diff.first == 0 && diff.counts.failed[0] == 1 && diff.counts.failed[1] == 1);
}

TEST(the_first_event_that_differs_is_shown)
{
    diff_text("window", "zoned", "pages 7 1 user @net\nfree_pages 7\npages 8 0\n");
    assert_true(diff.first == 1 && diff.counts.events == 1);
    assert_int_equal(diff.shown_count, 3);
    assert_string_equal(diff.shown[0].line, "pages 7 1 user @net");
    assert_int_equal(diff.shown[0].outcome[0], MM_UNSUPPORTED);
    assert_int_equal(diff.shown[0].outcome[1], MM_OK);
    assert_string_equal(diff.shown[1].line, "free_pages 7");
    assert_int_equal(diff.shown[1].outcome[0], OUTCOME_SKIPPED);
    assert_true(diff.sides[0].failure.event == 1 && diff.sides[0].failure.bytes == 8192);
    assert_true(diff.sides[1].failure.event == 0);
    assert_true(diff.sides[0].free_bytes == diff.sides[0].failure.free_bytes);
    assert_true((uint64_t)diff.sides[1].free.frames << PAGE_SHIFT == diff.sides[1].free_bytes);
}

/* A call that fails and a failure at the first touch are different outcomes. */
TEST(a_late_failure_differs)
{
    diff_text("window", "brk", "kmalloc 1 16000000\n");
    assert_true(diff.first == 1);
    assert_int_equal(diff.shown[0].outcome[0] & OUTCOME_LATE, OUTCOME_LATE);
    assert_int_equal(diff.shown[0].outcome[1] & OUTCOME_LATE, 0);
    assert_true(diff.sides[0].failure.late && !diff.sides[1].failure.late);
}

/* ---- compared with the recorded outcomes of each event ---- */

struct recorded {
    const struct trace *trace;
    uint8_t outcome[EVENTS + 1u];
    uint64_t failed;
};

static void record_failure(void *context, const struct replay_failure *failure)
{
    struct recorded *recorded = context;

    recorded->outcome[failure->event] = (uint8_t)(failure->cause | (failure->late ? 8 : 0));
    recorded->failed++;
}

static void record_outcomes(void *context, struct replay *replay)
{
    struct recorded *recorded = context;
    struct trace_reader reader;
    struct event event;

    replay->on_failure = record_failure;
    replay->context = recorded;
    trace_read(recorded->trace, &reader);
    while (trace_reader_next(&reader, &event) == TRACE_EVENT)
        assert_true(replay_event(replay, &event));
    trace_read_end(recorded->trace, &reader);
}

static void record_run(struct recorded *recorded, const struct trace *trace, const char *strategy,
                       uint64_t ram_bytes)
{
    struct memmap map = lab_map(ram_bytes);
    const struct experiment_setup setup = {trace, mm_strategy_find(strategy), &map, NULL};
    char reason[RUN_REASON_BYTES];

    *recorded = (struct recorded){.trace = trace};
    assert_true(experiment_with_replay(&setup, record_outcomes, recorded, reason, NULL));
}

/* The outcomes of so many events are more than a pipe can hold. */
TEST(differences_in_random_traces_are_those_of_the_recorded_outcomes)
{
    static const char *const pairs[][2] = {
        {"brk", "window"}, {"zoned", "kseg0"}, {"jump", "primary"}, {"migrate", "brk"}};
    static struct recorded recorded[2];

    for (uint32_t seed = 1; seed <= 4; seed++) {
        char *text = random_trace(seed, EVENTS);
        struct trace trace = lab_trace(scratch_text("random.mmt", text));
        const char *const *pair = pairs[seed - 1u];
        uint64_t first = 0;
        uint64_t differing = 0;
        free(text);
        for (uint32_t side = 0; side < 2; side++)
            record_run(&recorded[side], &trace, pair[side], 8 * MIB);
        for (uint64_t event = EVENTS; event > 0; event--)
            if (recorded[0].outcome[event] != recorded[1].outcome[event]) {
                first = event;
                differing++;
            }
        diff_of(&trace, mm_strategy_find(pair[0]), mm_strategy_find(pair[1]), 8 * MIB);
        assert_int_equal(diff.status, RUN_DONE);
        assert_true(diff.first == first && diff.counts.events == differing);
        assert_true(diff.counts.failed[0] == recorded[0].failed);
        assert_true(diff.counts.failed[1] == recorded[1].failed);
        for (uint32_t i = 0; i < diff.shown_count; i++)
            for (uint32_t side = 0; side < 2; side++)
                assert_int_equal(diff.shown[i].outcome[side] & 0xf,
                                 recorded[side].outcome[diff.shown[i].event]);
        trace_close(&trace);
    }
}

/* ---- runs that do not finish ---- */

TEST(a_strategy_that_panics_or_crashes_is_named)
{
    static const enum double_fault faults[] = {DOUBLE_PANICS, DOUBLE_SEGFAULTS, DOUBLE_EXITS};
    static const char *const reasons[] = {"panic: ", "crashed: ", "crashed: "};
    void (*before)(int) = signal(SIGSEGV, SIG_DFL); /* cmocka would catch it in the child */
    struct trace trace = lab_trace_text("kmalloc 1 1\nkmalloc 2 1\nkmalloc 3 1\nkmalloc 4 1\n");

    for (uint32_t i = 0; i < 3; i++) {
        diff_of(&trace, mm_strategy_find("brk"), strategy_double(faults[i]), 16 * MIB);
        assert_int_equal(diff.status, RUN_FAILED);
        assert_int_equal(diff.failed_side, 1);
        if (strncmp(diff.reason, reasons[i], strlen(reasons[i])) != 0)
            fail_msg("%s", diff.reason);
    }
    signal(SIGSEGV, before);
    trace_close(&trace);
}
