/* Reduces traces to short ones that fail in the same way. */
#include "lab/experiment.h"
#include "lab/reduce_parts.h"
#include "support/lab.h"
#include "support/random_trace.h"
#include "support/scratch.h"
#include "support/strategy_double.h"
#include "support/test.h"
#include "trace/convert.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB UINT64_C(0x100000)

static struct reduction reduction;
static char text[65536]; /* the reduced trace */

static void reduce_with(const struct strategy *strategy, struct trace *trace, uint64_t ram_bytes,
                        bool ram_free, uint32_t keep)
{
    struct memmap map = lab_map(ram_bytes);
    struct sim_error error = {.text = ""};
    struct trace_writer *writer = trace_writer_open(&error);
    const struct reduce_request request = {.trace = trace,
                                           .strategy = strategy,
                                           .map = &map,
                                           .ram_bytes = ram_bytes,
                                           .ram_free = ram_free,
                                           .keep = keep};

    assert_non_null(writer);
    reduce_run(&reduction, &request, writer);
    text[0] = '\0';
    if (reduction.end == REDUCE_DONE) {
        const char *path = scratch_path("reduced.mmt");
        if (!trace_write(writer, path, &error))
            fail_msg("%s", error.text);
        text[scratch_read(path, text, sizeof text - 1)] = '\0';
    }
    trace_writer_close(writer);
    trace_close(trace);
}

static void reduce_text(const char *strategy, uint64_t ram_bytes, bool ram_free, uint32_t keep,
                        const char *events)
{
    struct trace trace = lab_trace_text(events);

    reduce_with(mm_strategy_find(strategy), &trace, ram_bytes, ram_free, keep);
}

static void assert_reduced(uint32_t keep, const char *expected)
{
    const char *events = strstr(text, "mark reduced: ");

    assert_int_equal(reduction.end, REDUCE_DONE);
    assert_int_equal(reduction.keep, keep);
    assert_non_null(events);
    assert_string_equal(strchr(events, '\n') + 1, expected);
}

/* A request that is never served is the only line left. */
TEST(an_unsupported_request_is_the_only_line_left)
{
    reduce_text("window", 32 * MIB, false, KEEP_FAILURE,
                "kmalloc 1 100\npages 2 3 user @net\nkfree 1\npages 3 1\n");
    assert_reduced(MM_UNSUPPORTED, "pages 1 1 user @net\n");
    assert_int_equal(reduction.event, 2);
    assert_int_equal(reduction.events, 1);
    assert_non_null(strstr(text, "mark reduced: its last event fails with --strategy window --ram "
                                 "32M for unsupported\n"));
}

/* The chosen cause is kept, and an earlier failure with another cause is removed. */
TEST(only_the_chosen_cause_is_kept)
{
    reduce_text("zoned", 32 * MIB, false, MM_BAD_ACCESS,
                "kmalloc 1 8000000\nkrealloc 1 9000000\nkfree 1\nprocess 7\nprocess 8\n"
                "map 8 0x10000000 8192 r\ntouch 7 0x10000000 r\nexit 7\n");
    assert_reduced(MM_BAD_ACCESS, "process 1\ntouch 1 0x10000000 r\n");
    assert_int_equal(reduction.event, 7);
}

/* The trace fails only if the reduction may also lower the RAM. */
TEST(the_ram_is_lowered_if_it_is_free)
{
    static const char events[] = "pages 1 10\nprocess 1\nfree_pages 1\n";

    reduce_text("brk", 16 * MIB, true, MM_NO_FRAMES, events);
    assert_int_equal(reduction.end, REDUCE_DONE);
    assert_int_equal(reduction.events, 1);
    assert_true(reduction.ram_bytes == 8 * MIB);
    reduce_text("brk", 16 * MIB, false, MM_NO_FRAMES, events);
    assert_int_equal(reduction.end, REDUCE_NO_FAILURE);
    reduce_text("brk", 16 * MIB, true, MM_BRK_BLOCKED, events);
    assert_int_equal(reduction.end, REDUCE_NO_FAILURE);
}

TEST(panics_and_crashes_are_kept)
{
    static const enum double_fault faults[] = {DOUBLE_PANICS, DOUBLE_SEGFAULTS};
    void (*before)(int) = signal(SIGSEGV, SIG_DFL); /* cmocka would catch it in the worker */

    for (uint32_t i = 0; i < 2; i++) {
        struct trace trace =
            lab_trace_text("kmalloc 1 1\nkfree 1\nkmalloc 2 1\nkmalloc 3 2\nkmalloc 4 1\n");
        reduce_with(strategy_double(faults[i]), &trace, 16 * MIB, false, KEEP_CRASH);
        assert_reduced(KEEP_CRASH, "kmalloc 1 1\nkmalloc 2 1\nkmalloc 3 1\n");
        assert_int_equal(reduction.event, 4);
    }
    signal(SIGSEGV, before);
    struct trace trace =
        lab_trace_text("kmalloc 1 1\nkmalloc 2 1\nkmalloc 3 1\nkmalloc 4 8000000\n");
    reduce_with(strategy_double(DOUBLE_PANICS), &trace, 16 * MIB, false, KEEP_FAILURE);
    assert_int_equal(reduction.end, REDUCE_NO_FAILURE);
}

/* ---- random traces: only the last event fails, and no line can be removed ---- */

struct counting {
    const struct trace *trace;
    uint64_t failures;
    uint64_t failed_at;
    uint32_t cause;
};

static void count_failure(void *context, const struct replay_failure *failure)
{
    struct counting *counting = context;

    counting->failures++;
    counting->failed_at = failure->event;
    counting->cause = failure->cause;
}

static void replay_counting(void *context, struct replay *replay)
{
    struct counting *counting = context;
    struct trace_reader reader;
    struct event event;

    replay->on_failure = count_failure;
    replay->context = counting;
    trace_read(counting->trace, &reader);
    while (trace_reader_next(&reader, &event) == TRACE_EVENT)
        assert_true(replay_event(replay, &event));
}

static struct counting count_failures(const char *strategy, const char *path)
{
    struct trace trace = lab_trace(path);
    struct memmap map = lab_map(8 * MIB);
    const struct experiment_setup setup = {&trace, mm_strategy_find(strategy), &map, NULL};
    struct counting counting = {.trace = &trace};
    char reason[RUN_REASON_BYTES];

    assert_true(experiment_with_replay(&setup, replay_counting, &counting, reason, NULL));
    trace_close(&trace);
    return counting;
}

/* Writes the text without one of its lines. Returns false if the rest is not a trace. */
static bool without_line(uint32_t line, const char **path)
{
    static char shorter[sizeof text];
    const char *start = text;
    struct sim_error error;
    struct trace trace;

    for (uint32_t i = 0; i < line; i++)
        start = strchr(start, '\n') + 1;
    size_t before = (size_t)(start - text);
    memcpy(shorter, text, before);
    strcpy(shorter + before, strchr(start, '\n') + 1);
    *path = scratch_text("shorter.mmt", shorter);
    bool sound = trace_open(&trace, *path, &error);
    if (sound)
        trace_close(&trace);
    return sound;
}

TEST(no_line_of_a_reduced_random_trace_can_be_removed)
{
    static const char *const strategies[] = {"brk", "window", "zoned", "primary"};

    for (uint32_t seed = 1; seed <= 4; seed++) {
        const char *strategy = strategies[seed % 4];
        char *random = random_trace(seed, 300);
        struct trace trace = lab_trace(scratch_text("random.mmt", random));
        const char *path;
        free(random);
        reduce_with(mm_strategy_find(strategy), &trace, 8 * MIB, false, KEEP_FAILURE);
        assert_int_equal(reduction.end, REDUCE_DONE);
        struct counting whole = count_failures(strategy, scratch_path("reduced.mmt"));
        assert_int_equal(whole.failures, 1);
        assert_int_equal(whole.failed_at, reduction.events + 1);
        assert_int_equal(whole.cause, reduction.keep);
        for (uint32_t line = 2; line < reduction.events + 1; line++)
            if (without_line(line, &path)) {
                struct counting shorter = count_failures(strategy, path);
                assert_false(shorter.failures == 1 && shorter.failed_at == reduction.events &&
                             shorter.cause == reduction.keep);
            }
    }
}

TEST(names_of_failures_to_keep_are_parsed)
{
    uint32_t keep;

    assert_true(reduce_keep_parse("failure", &keep) && keep == KEEP_FAILURE);
    assert_true(reduce_keep_parse("crash", &keep) && keep == KEEP_CRASH);
    assert_true(reduce_keep_parse("no_run", &keep) && keep == MM_NO_RUN);
    assert_false(reduce_keep_parse("ok", &keep));
    assert_false(reduce_keep_parse("", &keep));
}
