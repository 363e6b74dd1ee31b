/* Explains failures: the snapshot of the machine, and runs that panic or crash. The changes that
   let a request pass are tested in test_explain_changes.c and test_explain_freeing.c. */
#include <mm/strategy.h>

#include "replay/culprit.h"
#include "support/explaining.h"
#include "support/raw_trace.h"
#include "support/scratch.h"
#include "support/strategy_double.h"
#include "support/test.h"

#include <string.h>

static struct trace trace;
static struct memmap map;

/* ---- the machine at the failure ---- */

TEST(the_snapshot_of_a_blocked_brk_names_the_blocker)
{
    const struct explain_snapshot *snapshot = &explained.snapshot;

    explain("brk", 32 * MIB, BLOCK_THREE "kmalloc 4 13631488 @module\n", 1);
    assert_int_equal(snapshot->failures, 1);
    assert_int_equal(snapshot->asked.kind, EVENT_KMALLOC);
    assert_int_equal(snapshot->asked.bytes, 13631488);
    assert_int_equal(snapshot->failure.event, 6);
    assert_int_equal(snapshot->failure.cause, MM_BRK_BLOCKED);
    assert_int_equal(snapshot->failure.blocker.frame.value, 0x1000);
    assert_int_equal(snapshot->failure.blocker.slot, 2);
    assert_int_equal(snapshot->failure.blocker.since_event, 3);
    assert_int_equal(snapshot->heap_span_bytes, 0);
    assert_int_equal(snapshot->heap_first, 0);
    assert_true(snapshot->heap_most_bytes > 27 * MIB && snapshot->heap_most_bytes < 28 * MIB);
    assert_int_equal(snapshot->zone[ZONE_DMA].frames, 0xc00);
    assert_int_equal(snapshot->zone[ZONE_DMA].free.frames, 0xc00);
    assert_int_equal(snapshot->zone[ZONE_DMA].free.count[10], 3);
    assert_int_equal(snapshot->zone[ZONE_DMA].largest_run, 0xc00);
    assert_int_equal(snapshot->zone[ZONE_DMA].largest_at, 0x400);
    assert_int_equal(snapshot->zone[ZONE_LOW].largest_at, 0x1400);
    assert_int_equal(snapshot->zone[ZONE_HIGH].frames, 0);
    uint32_t frames = 0;
    for (uint32_t mark = 0; mark < FRAME_STATE_COUNT; mark++)
        frames += snapshot->marks[mark];
    assert_int_equal(frames, snapshot->frames_total);
    assert_int_equal(snapshot->marks[FRAME_KERNEL], 1024);
    assert_int_equal(snapshot->marks[FRAME_FREE] * PAGE_SIZE, snapshot->failure.free_bytes);
}

/* The culprit is in the third row of six. */
TEST(the_picture_shows_the_frames_around_the_culprit)
{
    const struct explain_picture *picture = &explained.snapshot.picture;

    explain("brk", 32 * MIB, BLOCK_THREE "kmalloc 4 13631488 @module\n", 1);
    assert_int_equal(picture->per_cell, 4);
    assert_int_equal(picture->start, 0x1000 - 2 * 4 * 64);
    for (uint32_t i = 0; i < PICTURE_ROWS * PICTURE_COLUMNS; i++)
        assert_int_equal(picture->mark[i], i < 128 ? FRAME_FREE : FRAME_KERNEL);
    explain("window", 16 * MIB,
            "pages 1 0 user @a\npages 2 0 low @b\nvmalloc 3 4096 @c\npages 4 1 low @c\n"
            "kmalloc 5 20000000 @d\n",
            2);
    assert_int_equal(explained.snapshot.failure.cause, MM_NO_FRAMES);
    assert_true(explained.snapshot.failure.late);
    explain("primary", 32 * MIB,
            "pages 1 10 user @a\npages 2 0 @b\npages 3 10 dma\n"
            "pages 5 10 dma\npages 6 10 dma\nkmalloc 7 100 dma\n",
            1);
    assert_int_equal(explained.snapshot.failure.cause, MM_NO_RUN);
    assert_true(explained.snapshot.marks[FRAME_USER] >= 1024);
    assert_true(explained.snapshot.marks[FRAME_HEAP_FREE] > 0);
}

/* The first picture reaches beyond the end of RAM; the second would begin below frame 0. */
TEST(the_picture_is_clipped_at_both_ends_of_memory)
{
    explain("brk", 9 * MIB, "pages 1 9 @a\nkmalloc 2 100000000\n", 1);
    assert_int_equal(explained.snapshot.failure.cause, MM_NO_FRAMES);
    assert_int_equal(explained.snapshot.picture.per_cell, 4);
    bool device = false;
    for (uint32_t i = 0; i < PICTURE_ROWS * PICTURE_COLUMNS; i++)
        device |= explained.snapshot.picture.mark[i] == FRAME_DEVICE;
    assert_true(device);
    explain("primary", 16 * MIB, "pages 1 7 @a\nkmalloc 2 100000000\n", 1);
    assert_int_equal(explained.snapshot.picture.start, 0x400 / 256 * 256 - 512);
}

TEST(a_later_failure_is_explained_by_its_own_culprit)
{
    explain("brk", 32 * MIB,
            BLOCK_THREE "kmalloc 4 13631488 @module\npages 9 10 @d\nkmalloc 5 14000000 @more\n", 2);
    assert_int_equal(explained.snapshot.failures, 2);
    assert_int_equal(explained.snapshot.failure.event, 8);
    assert_int_equal(explained.snapshot.failure.blocker.frame.value, 0x1000);
}

TEST(the_snapshot_has_the_heap_span)
{
    explain("brk", 32 * MIB, "kmalloc 1 2000000 @a\nkmalloc 2 40000000 @b\n", 1);
    assert_int_equal(explained.snapshot.heap_first, 0x400);
    assert_int_equal((explained.snapshot.heap_last + 1 - 0x400) * PAGE_SIZE,
                     explained.snapshot.heap_span_bytes);
}

/* With segments, LOW ends at 512 MiB, which is inside the second range of RAM. */
TEST(zones_are_those_of_the_strategy)
{
    struct strategy with_segments = *mm_strategy_find("brk");
    struct explain_snapshot snapshot;
    enum run_status status;
    char reason[RUN_REASON_BYTES];
    const struct explain_request request = {
        .trace = &trace, .strategy = &with_segments, .map = &map, .failure = 1};

    with_segments.segments = true;
    map = (struct memmap){
        3, {{pfn(0x400), pfn(0x500)}, {pfn(0x1ff00), pfn(0x20080)}, {pfn(0x30000), pfn(0x30001)}}};
    trace = lab_trace_text("pages 1 10 dma\n");
    assert_true(explain_take_snapshot(&request, &snapshot, &status, reason));
    trace_close(&trace);
    assert_int_equal(snapshot.zone[ZONE_DMA].frames, 0x100);
    assert_int_equal(snapshot.zone[ZONE_LOW].frames, 0x100);
    assert_int_equal(snapshot.zone[ZONE_HIGH].frames, 0x81);
    assert_int_equal(snapshot.zone[ZONE_HIGH].largest_run, 0x80);
}

TEST(a_failure_number_that_does_not_occur_explains_nothing)
{
    explain("brk", 32 * MIB, "kmalloc 1 100\n", 1);
    assert_int_equal(explained.snapshot.failures, 0);
    assert_int_equal(explained.other_count, 0);
    assert_false(explained.ram.tried);
    explain("brk", 32 * MIB, "kmalloc 1 900000000\n", 2);
    assert_int_equal(explained.snapshot.failures, 1);
    assert_int_equal(explained.snapshot.failure.event, 0);
}

/* ---- runs that panic, crash, or have a bad trace ---- */

TEST(a_run_that_panics_or_crashes_is_reported)
{
    const struct explain_request request = {
        .trace = &trace, .strategy = strategy_double(DOUBLE_PANICS), .map = &map, .failure = 1};
    const struct explain_request crash = {
        .trace = &trace, .strategy = strategy_double(DOUBLE_EXITS), .map = &map, .failure = 1};

    map = lab_map(32 * MIB);
    trace = lab_trace_text("kmalloc 1 8\nkmalloc 2 8\nkmalloc 3 8\n");
    explain_run(&explained, &request);
    assert_int_equal(explained.status, RUN_FAILED);
    assert_non_null(strstr(explained.reason, "was told to panic"));
    explain_run(&explained, &crash);
    assert_int_equal(explained.status, RUN_FAILED);
    assert_non_null(strstr(explained.reason, "crashed"));
    trace_close(&trace);
}

TEST(an_error_of_the_trace_is_reported)
{
    static const uint8_t payload[] = {EVENT_KFREE, 0};
    uint8_t bytes[RAW_TRACE_BYTES(sizeof payload)];
    struct trace_header header = {.slots = 1, .events = 1};
    struct explain_request request = {
        .trace = &trace, .strategy = mm_strategy_find("brk"), .map = &map, .failure = 1};

    trace = lab_trace(
        scratch_bytes("bad.mmb", bytes, raw_trace_make(bytes, header, payload, sizeof payload)));
    map = lab_map(32 * MIB);
    explain_run(&explained, &request);
    assert_int_equal(explained.status, RUN_BAD_TRACE);
    assert_non_null(strstr(explained.reason, "bad.mmb: offset"));
    assert_non_null(strstr(explained.reason, "event 1: slot holds no allocation"));
    struct explain_trial trial;
    const struct explain_change change = {request.strategy, &map, NULL};
    explain_try(&trace, 2, &change, &trial, 1, NULL);
    assert_int_equal(trial.end, TRIAL_LOST);
    trace_close(&trace);
}
