/* Where two strategies part. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lab/diff.h"
#include "lab/experiment.h"
#include "support/lab.h"
#include "support/random_trace.h"
#include "support/scratch.h"
#include "support/strategy_double.h"

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

static void nothing_differs(void **state)
{
    (void)state;
    diff_text("brk", "jump", "kmalloc 1 100\npages 2 3 user @x\nkfree 1\nmark end\n");
    assert_true(diff.first == 0 && diff.counts.events == 0);
    assert_true(diff.counts.failed[0] == 0 && diff.counts.failed[1] == 0);
    diff_text("brk", "jump", "");
    assert_true(diff.first == 0);
    diff_text("brk", "primary", "process 1\ntouch 1 0x10000000 r\n"); /* both fail */
    assert_true(diff.first == 0 && diff.counts.failed[0] == 1 && diff.counts.failed[1] == 1);
}

static void the_first_event(void **state)
{
    (void)state;
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

/* In a kernel a call that fails and a block that has no memory are not the same. */
static void a_late_failure_differs(void **state)
{
    (void)state;
    diff_text("window", "brk", "kmalloc 1 16000000\n");
    assert_true(diff.first == 1);
    assert_int_equal(diff.shown[0].outcome[0] & OUTCOME_LATE, OUTCOME_LATE);
    assert_int_equal(diff.shown[0].outcome[1] & OUTCOME_LATE, 0);
    assert_true(diff.sides[0].failure.late && !diff.sides[1].failure.late);
}

/* ---- against outcomes that are kept ---- */

struct kept {
    const struct trace *trace;
    uint8_t outcome[EVENTS + 1u];
    uint64_t failed;
};

static void keep_failure(void *context, const struct replay_failure *failure)
{
    struct kept *kept = context;

    kept->outcome[failure->event] = (uint8_t)(failure->cause | (failure->late ? 8 : 0));
    kept->failed++;
}

static void keep_outcomes(void *context, struct replay *replay)
{
    struct kept *kept = context;
    struct trace_reader reader;
    struct event event;

    replay->on_failure = keep_failure;
    replay->context = kept;
    trace_read(kept->trace, &reader);
    while (trace_reader_next(&reader, &event) == TRACE_EVENT)
        assert_true(replay_event(replay, &event));
    trace_read_end(kept->trace, &reader);
}

static void keep(struct kept *kept, const struct trace *trace, const char *strategy,
                 uint64_t ram_bytes)
{
    struct memmap map = lab_map(ram_bytes);
    const struct experiment_setup setup = {trace, mm_strategy_find(strategy), &map, NULL};
    char reason[RUN_REASON_BYTES];

    *kept = (struct kept){.trace = trace};
    assert_true(experiment_with_replay(&setup, keep_outcomes, kept, reason, NULL));
}

/* More events than a pipe has room for. */
static void random_traces(void **state)
{
    static const char *const pairs[][2] = {
        {"brk", "window"}, {"zoned", "kseg0"}, {"jump", "primary"}, {"migrate", "brk"}};
    static struct kept kept[2];

    (void)state;
    for (uint32_t seed = 1; seed <= 4; seed++) {
        char *text = random_trace(seed, EVENTS);
        struct trace trace = lab_trace(scratch_text("random.mmt", text));
        const char *const *pair = pairs[seed - 1u];
        uint64_t first = 0;
        uint64_t differing = 0;
        free(text);
        for (uint32_t side = 0; side < 2; side++)
            keep(&kept[side], &trace, pair[side], 8 * MIB);
        for (uint64_t event = EVENTS; event > 0; event--)
            if (kept[0].outcome[event] != kept[1].outcome[event]) {
                first = event;
                differing++;
            }
        diff_of(&trace, mm_strategy_find(pair[0]), mm_strategy_find(pair[1]), 8 * MIB);
        assert_int_equal(diff.status, RUN_DONE);
        assert_true(diff.first == first && diff.counts.events == differing);
        assert_true(diff.counts.failed[0] == kept[0].failed);
        assert_true(diff.counts.failed[1] == kept[1].failed);
        for (uint32_t i = 0; i < diff.shown_count; i++)
            for (uint32_t side = 0; side < 2; side++)
                assert_int_equal(diff.shown[i].outcome[side] & 0xf,
                                 kept[side].outcome[diff.shown[i].event]);
        trace_close(&trace);
    }
}

/* ---- runs that come to no end ---- */

static void strategies_that_panic_or_crash(void **state)
{
    static const enum double_fault faults[] = {DOUBLE_PANICS, DOUBLE_SEGFAULTS, DOUBLE_EXITS};
    static const char *const reasons[] = {"panic: ", "crashed: ", "crashed: "};
    void (*before)(int) = signal(SIGSEGV, SIG_DFL); /* cmocka would catch it in the process */
    struct trace trace = lab_trace_text("kmalloc 1 1\nkmalloc 2 1\nkmalloc 3 1\nkmalloc 4 1\n");

    (void)state;
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_differs),
        cmocka_unit_test(the_first_event),
        cmocka_unit_test(a_late_failure_differs),
        cmocka_unit_test(random_traces),
        cmocka_unit_test(strategies_that_panic_or_crash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
