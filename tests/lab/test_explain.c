/* Failures explained: the scene, and the changes that let a request pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lab/explain_parts.h"
#include "replay/culprit.h"
#include "support/lab.h"
#include "support/raw_trace.h"
#include "support/scratch.h"
#include "support/strategy_double.h"

#include <stdio.h>
#include <string.h>

#define MIB UINT64_C(0x100000)

static struct explanation told;
static struct trace trace;
static struct memmap map;

static void explain_with(const char *strategy, uint64_t ram_bytes, bool look_for_ram,
                         const char *events, uint64_t failure)
{
    trace = lab_trace_text(events);
    map = lab_map(ram_bytes);
    const struct explain_request request = {.trace = &trace,
                                            .strategy = mm_strategy_find(strategy),
                                            .map = &map,
                                            .ram_bytes = ram_bytes,
                                            .memmap_given = !look_for_ram,
                                            .failure = failure};

    explain_run(&told, &request);
    trace_close(&trace);
    assert_int_equal(told.status, RUN_DONE);
}

/* Failure `failure` of a trace, but for how much RAM it lacks, which takes time. */
static void explain(const char *strategy, uint64_t ram_bytes, const char *events, uint64_t failure)
{
    explain_with(strategy, ram_bytes, false, events, failure);
}

static void explain_ram(const char *strategy, uint64_t ram_bytes, const char *events)
{
    explain_with(strategy, ram_bytes, true, events, 1);
}

/* Likewise of the first of `brk`, on a machine of one's own. */
static void explain_on_map(struct memmap own, const char *events)
{
    const struct explain_request request = {.trace = &trace,
                                            .strategy = mm_strategy_find("brk"),
                                            .map = &own,
                                            .memmap_given = true,
                                            .failure = 1};

    trace = lab_trace_text(events);
    explain_run(&told, &request);
    trace_close(&trace);
    assert_int_equal(told.status, RUN_DONE);
}

static const struct explain_trial *trial_of(const char *strategy)
{
    for (uint32_t i = 0; i < told.other_count; i++)
        if (strcmp(told.other[i]->name, strategy) == 0)
            return &told.other_trial[i];
    fail_msg("%s was not tried", strategy);
    return NULL;
}

/* With 32 MiB, pages of order 10 go out at 1800, 1400, 1000, c00, 800, 400. */
#define BLOCK_THREE                                                                                \
    "pages 1 10 @a\n"                                                                              \
    "pages 2 10 @b\n"                                                                              \
    "pages 3 10 @c\n"                                                                              \
    "free_pages 1\n"                                                                               \
    "free_pages 2\n"

/* ---- the scene ---- */

static void the_scene_of_a_blocked_brk(void **state)
{
    const struct explain_scene *scene = &told.scene;

    (void)state;
    explain("brk", 32 * MIB, BLOCK_THREE "kmalloc 4 13631488 @module\n", 1);
    assert_int_equal(scene->failures, 1);
    assert_int_equal(scene->asked.kind, EVENT_KMALLOC);
    assert_int_equal(scene->asked.bytes, 13631488);
    assert_int_equal(scene->failure.event, 6);
    assert_int_equal(scene->failure.cause, MM_BRK_BLOCKED);
    assert_int_equal(scene->failure.blocker.frame.value, 0x1000);
    assert_int_equal(scene->failure.blocker.slot, 2);
    assert_int_equal(scene->failure.blocker.since_event, 3);
    assert_int_equal(scene->heap_span_bytes, 0);
    assert_int_equal(scene->heap_first, 0);
    assert_true(scene->heap_most_bytes > 27 * MIB && scene->heap_most_bytes < 28 * MIB);
    assert_int_equal(scene->zone[ZONE_DMA].frames, 0xc00);
    assert_int_equal(scene->zone[ZONE_DMA].free.frames, 0xc00);
    assert_int_equal(scene->zone[ZONE_DMA].free.count[10], 3);
    assert_int_equal(scene->zone[ZONE_DMA].largest_run, 0xc00);
    assert_int_equal(scene->zone[ZONE_DMA].largest_at, 0x400);
    assert_int_equal(scene->zone[ZONE_LOW].largest_at, 0x1400);
    assert_int_equal(scene->zone[ZONE_HIGH].frames, 0);
    uint32_t frames = 0;
    for (uint32_t mark = 0; mark < MARK_COUNT; mark++)
        frames += scene->marks[mark];
    assert_int_equal(frames, scene->frames_total);
    assert_int_equal(scene->marks[FRAME_KERNEL], 1024);
    assert_int_equal(scene->marks[FRAME_FREE] * PAGE_SIZE, scene->failure.free_bytes);
}

/* The third row of six has the culprit. */
static void the_neighbourhood_of_a_culprit(void **state)
{
    const struct explain_picture *picture = &told.scene.picture;

    (void)state;
    explain("brk", 32 * MIB, BLOCK_THREE "kmalloc 4 13631488 @module\n", 1);
    assert_int_equal(picture->per_cell, 4);
    assert_int_equal(picture->start, 0x1000 - 2 * 4 * 64);
    for (uint32_t i = 0; i < PICTURE_ROWS * PICTURE_COLUMNS; i++)
        assert_int_equal(picture->mark[i], i < 128 ? FRAME_FREE : FRAME_KERNEL);
    /* Small requests are looked at frame by frame; user pages are told from the kernel's. */
    explain("window", 16 * MIB,
            "pages 1 0 user @a\npages 2 0 low @b\nvmalloc 3 4096 @c\npages 4 1 low @c\n"
            "kmalloc 5 20000000 @d\n",
            2);
    assert_int_equal(told.scene.failure.cause, MM_NO_FRAMES);
    assert_true(told.scene.failure.late);
    explain("primary", 32 * MIB,
            "pages 1 10 user @a\npages 2 0 @b\npages 3 10 dma\n"
            "pages 5 10 dma\npages 6 10 dma\nkmalloc 7 100 dma\n",
            1);
    assert_int_equal(told.scene.failure.cause, MM_NO_RUN);
    assert_true(told.scene.marks[FRAME_USER] >= 1024);
    assert_true(told.scene.marks[MARK_HEAP_FREE] > 0);
}

/* A picture that would begin below 0, and frames beyond the end of RAM. */
static void a_picture_ends_where_memory_does(void **state)
{
    (void)state;
    explain("brk", 9 * MIB, "pages 1 9 @a\nkmalloc 2 100000000\n", 1);
    assert_int_equal(told.scene.failure.cause, MM_NO_FRAMES);
    assert_int_equal(told.scene.picture.per_cell, 4);
    bool device = false;
    for (uint32_t i = 0; i < PICTURE_ROWS * PICTURE_COLUMNS; i++)
        device |= told.scene.picture.mark[i] == FRAME_DEVICE;
    assert_true(device);
    explain("primary", 16 * MIB, "pages 1 7 @a\nkmalloc 2 100000000\n", 1);
    assert_int_equal(told.scene.picture.start, 0x400 / 256 * 256 - 512);
}

static void a_later_failure_has_its_culprit_too(void **state)
{
    (void)state;
    explain("brk", 32 * MIB,
            BLOCK_THREE "kmalloc 4 13631488 @module\npages 9 10 @d\nkmalloc 5 14000000 @more\n", 2);
    assert_int_equal(told.scene.failures, 2);
    assert_int_equal(told.scene.failure.event, 8);
    assert_int_equal(told.scene.failure.blocker.frame.value, 0x1000);
}

static void the_heap_of_the_scene(void **state)
{
    (void)state;
    explain("brk", 32 * MIB, "kmalloc 1 2000000 @a\nkmalloc 2 40000000 @b\n", 1);
    assert_int_equal(told.scene.heap_first, 0x400);
    assert_int_equal((told.scene.heap_last + 1 - 0x400) * PAGE_SIZE, told.scene.heap_span_bytes);
}

/* With segments LOW ends at 512 MiB, inside a run of RAM. */
static void zones_are_those_of_the_strategy(void **state)
{
    struct strategy with_segments = *mm_strategy_find("brk");
    struct explain_scene scene;
    enum run_status status;
    char reason[RUN_REASON_BYTES];
    const struct explain_request request = {
        .trace = &trace, .strategy = &with_segments, .map = &map, .failure = 1};

    (void)state;
    with_segments.segments = true;
    map = (struct memmap){
        3, {{pfn(0x400), pfn(0x500)}, {pfn(0x1ff00), pfn(0x20080)}, {pfn(0x30000), pfn(0x30001)}}};
    trace = lab_trace_text("pages 1 10 dma\n");
    assert_true(explain_look(&request, &scene, &status, reason));
    trace_close(&trace);
    assert_int_equal(scene.zone[ZONE_DMA].frames, 0x100);
    assert_int_equal(scene.zone[ZONE_LOW].frames, 0x100);
    assert_int_equal(scene.zone[ZONE_HIGH].frames, 0x81);
    assert_int_equal(scene.zone[ZONE_HIGH].largest_run, 0x80);
}

static void no_such_failure(void **state)
{
    (void)state;
    explain("brk", 32 * MIB, "kmalloc 1 100\n", 1);
    assert_int_equal(told.scene.failures, 0);
    assert_int_equal(told.other_count, 0);
    assert_false(told.ram.tried);
    explain("brk", 32 * MIB, "kmalloc 1 900000000\n", 2);
    assert_int_equal(told.scene.failures, 1);
    assert_int_equal(told.scene.failure.event, 0);
}

/* ---- changes ---- */

/* Replay up to the event by hand, with another size of RAM. */
static bool passes_with(const char *strategy, uint64_t ram_bytes, const char *events,
                        uint64_t event)
{
    struct explain_trial trial;
    struct memmap other = lab_map(ram_bytes);
    struct trace of = lab_trace_text(events);
    const struct explain_change change = {mm_strategy_find(strategy), &other, NULL};

    explain_try(&of, event, &change, &trial, 1, NULL);
    trace_close(&of);
    return trial.end == TRIAL_PASSED;
}

static void the_least_ram(void **state)
{
    static const char *const events = "kmalloc 1 20000000 @a\nkmalloc 2 40000000 @b\n";

    (void)state;
    explain_ram("brk", 32 * MIB, events);
    assert_true(told.ram.tried && told.ram.found);
    assert_true(told.ram.least_bytes > 60000000 && told.ram.least_bytes < 72000000);
    assert_int_equal(told.ram.least_bytes % EXPLAIN_RAM_STEP, 0);
    assert_true(passes_with("brk", told.ram.least_bytes, events, 2));
    assert_false(passes_with("brk", told.ram.least_bytes - EXPLAIN_RAM_STEP, events, 2));
}

static void the_next_step_of_ram_may_do(void **state)
{
    char events[80];

    (void)state;
    explain("brk", 32 * MIB, "kmalloc 1 40000000 @a\n", 1);
    snprintf(events, sizeof events, "kmalloc 1 %llu @a\n",
             (unsigned long long)told.scene.failure.free_bytes);
    explain_ram("brk", 32 * MIB, events);
    assert_int_equal(told.ram.least_bytes, 32 * MIB + EXPLAIN_RAM_STEP);
}

static void no_ram_helps(void **state)
{
    (void)state;
    explain_ram("window", 32 * MIB, "pages 1 3 @a\n");
    assert_int_equal(told.scene.failure.cause, MM_UNSUPPORTED);
    assert_true(told.ram.tried);
    assert_false(told.ram.found);
    assert_true(told.ram.most_bytes > 3500 * MIB);
    assert_int_equal(told.freeing.count, 0);
    assert_false(told.freeing.enough);
    assert_int_equal(trial_of("brk")->end, TRIAL_PASSED);
}

/* Few sizes are left between it and the most. */
static void much_ram_already(void **state)
{
    (void)state;
    explain_ram("window", 3500 * MIB, "pages 1 3 @a\n");
    assert_true(told.ram.tried);
    assert_false(told.ram.found);
    explain_ram("window", 3570 * MIB, "pages 1 3 @a\n");
    assert_false(told.ram.tried);
}

static void a_map_that_was_given_is_not_changed(void **state)
{
    (void)state;
    explain_on_map(lab_map(32 * MIB), "kmalloc 1 900000000\n");
    assert_int_equal(told.scene.failures, 1);
    assert_false(told.ram.tried);
}

static void other_strategies(void **state)
{
    (void)state;
    explain("brk", 32 * MIB, BLOCK_THREE "kmalloc 4 13631488 @module\n", 1);
    uint32_t count = 0;
    while (mm_strategies[count] != NULL)
        count++;
    assert_int_equal(told.other_count, count - 1);
    assert_int_equal(trial_of("window")->end, TRIAL_PASSED);
    explain("primary", 32 * MIB,
            "kmalloc 1 15000000 @a\nkmalloc 2 11000000 @b\nkmalloc 3 9000000 @c\n", 1);
    assert_int_equal(trial_of("window")->end, TRIAL_FAILED);
    assert_int_equal(trial_of("window")->cause, MM_NO_FRAMES);
}

/* Another strategy has no room for the process, which never comes to ask. */
static void a_request_that_is_not_made(void **state)
{
    struct explain_change change;
    struct explain_trial trial;

    (void)state;
    trace = lab_trace_text("kmalloc 1 29112000 @all\nprocess 7\ntouch 7 0xbfffe000 w\n");
    map = lab_map(32 * MIB);
    change = (struct explain_change){mm_strategy_find("brk"), &map, NULL};
    for (uint64_t event = 1; event <= 3; event++) {
        explain_try(&trace, event, &change, &trial, 1, NULL);
        assert_int_equal(trial.end, event == 1   ? TRIAL_PASSED
                                    : event == 2 ? TRIAL_FAILED
                                                 : TRIAL_SKIPPED);
    }
    explain_try(&trace, 4, &change, &trial, 1, NULL); /* past the end */
    assert_int_equal(trial.end, TRIAL_LOST);
    trace_close(&trace);
}

static void a_change_without_room_or_that_crashes(void **state)
{
    static const enum double_fault faults[] = {DOUBLE_PANICS, DOUBLE_EXITS};
    struct memmap tiny = {1, {{pfn(0x1000), pfn(0x1004)}}};
    struct explain_change changes[3];
    struct explain_trial trials[3];

    (void)state;
    trace = lab_trace_text("kmalloc 1 8\nkmalloc 2 8\nkmalloc 3 8\nkmalloc 4 8\n");
    map = lab_map(32 * MIB);
    changes[0] = (struct explain_change){mm_strategy_find("brk"), &tiny, NULL};
    for (uint32_t i = 0; i < 2; i++)
        changes[1 + i] = (struct explain_change){strategy_double(faults[i]), &map, NULL};
    explain_try(&trace, 4, changes, trials, 3, NULL);
    assert_int_equal(trials[0].end, TRIAL_LOST);
    assert_non_null(strstr(trials[0].reason, "no room for the metadata"));
    assert_int_equal(trials[1].end, TRIAL_LOST);
    assert_non_null(strstr(trials[1].reason, "was told to panic"));
    assert_int_equal(trials[2].end, TRIAL_LOST);
    assert_non_null(strstr(trials[2].reason, "crashed"));
    trace_close(&trace);
}

/* ---- freeing ---- */

static void freeing_one_block(void **state)
{
    (void)state;
    explain("brk", 32 * MIB, BLOCK_THREE "kmalloc 4 13631488 @module\n", 1);
    assert_true(told.freeing.enough);
    assert_int_equal(told.freeing.count, 1);
    assert_int_equal(told.freeing.owner[0], 2);
    assert_int_equal(told.freeing.trial.end, TRIAL_PASSED);
}

/* Four pages are in brk's way, of which each is met in its turn. */
static void freeing_several_blocks(void **state)
{
    char events[4096];
    size_t at = 0;

    (void)state;
    for (uint32_t i = 1; i <= 5; i++)
        at += (size_t)snprintf(events + at, sizeof events - at, "pages %u 10\n", i);
    for (uint32_t i = 6; i <= 12; i++) /* three go above, and four to 400 */
        at += (size_t)snprintf(events + at, sizeof events - at, "pages %u 8\n", i);
    for (uint32_t i = 1; i <= 5; i++)
        at += (size_t)snprintf(events + at, sizeof events - at, "free_pages %u\n", i);
    snprintf(events + at, sizeof events - at, "kmalloc 20 10000000 @big\n");
    explain("brk", 32 * MIB, events, 1);
    assert_int_equal(told.scene.failure.cause, MM_BRK_BLOCKED);
    assert_true(told.freeing.enough);
    assert_int_equal(told.freeing.count, 4);
    assert_int_equal(told.freeing.trial.end, TRIAL_PASSED);
}

static void freeing_more_than_there_is_patience_for(void **state)
{
    static char events[4000];
    size_t at = 0;

    (void)state;
    for (uint32_t i = 1; i <= 300; i++)
        at += (size_t)snprintf(events + at, sizeof events - at, "pages %u 3\n", i);
    snprintf(events + at, sizeof events - at, "kmalloc 400 26000000\n");
    explain("brk", 32 * MIB, events, 1);
    assert_false(told.freeing.enough);
    assert_int_equal(told.freeing.count, EXPLAIN_FREED_MAX);
}

/* Blocks of each kind go, and a process. */
static void freeing_each_kind_of_owner(void **state)
{
    static const char *const tails[] = {
        "kmalloc 1 20000000 @a\nkmalloc 2 20000000 @b\n",
        "vmalloc 1 20000000 @a\nkmalloc 2 20000000 @b\n",
    };

    (void)state;
    explain("primary", 32 * MIB, tails[0], 1);
    assert_int_equal(told.freeing.trial.end, TRIAL_PASSED);
    explain("brk", 32 * MIB, tails[0], 1);
    assert_int_equal(told.freeing.trial.end, TRIAL_PASSED);
    explain("brk", 32 * MIB, tails[1], 1);
    assert_int_equal(told.freeing.trial.end, TRIAL_PASSED);
    explain("brk", 32 * MIB, "process 7\nkmalloc 2 29138000 @b\n", 1);
    assert_int_equal(told.freeing.owner[0], FREED_PROCESS | 0);
}

/* A process that touches more than a small RAM has. */
static const char *a_process_with_most(void)
{
    static char events[4000];
    size_t at = (size_t)snprintf(events, sizeof events, "process 7\nmap 7 0x10000000 524288 rw\n");

    for (uint32_t page = 0; page < 128; page++)
        at += (size_t)snprintf(events + at, sizeof events - at, "touch 7 0x%x w\n",
                               0x10000000u + page * PAGE_SIZE);
    return events;
}

static void what_asks_does_not_free_itself(void **state)
{
    (void)state;
    explain("brk", 32 * MIB, "kmalloc 1 20000000 @a\nkrealloc 1 40000000\n", 1);
    assert_true(told.freeing.own);
    assert_int_equal(told.freeing.count, 0);
    assert_false(told.freeing.enough);
    explain_on_map((struct memmap){1, {{pfn(0x1000), pfn(0x1080)}}}, a_process_with_most());
    assert_int_equal(told.scene.failure.cause, MM_NO_FRAMES);
    assert_int_equal(told.scene.failure.process, 7);
    assert_int_equal(told.scene.failure.blocker.process, 7);
    assert_true(told.freeing.own);
    assert_int_equal(told.freeing.count, 0);
}

/* The block is gone once its resizing failed at the touch: the first culprit is all that is known.
 */
static void resizing_that_fails_at_the_touch(void **state)
{
    (void)state;
    explain("window", 16 * MIB, "kmalloc 1 100 @a\nkmalloc 3 6000000 @c\nkrealloc 1 8000000\n", 1);
    assert_true(told.scene.failure.late);
    assert_int_equal(told.freeing.count, 1);
    assert_true(told.freeing.enough);
    assert_int_equal(told.freeing.trial.end, TRIAL_PASSED);
}

/* A hole in RAM: nobody can free it. */
static void a_hole_can_not_be_freed(void **state)
{
    (void)state;
    explain_on_map((struct memmap){2, {{pfn(0x1000), pfn(0x1400)}, {pfn(0x1410), pfn(0x1500)}}},
                   "kmalloc 1 4500000\n");
    assert_int_equal(told.scene.failure.blocker.frame.value, 0x1400);
    assert_int_equal(told.scene.failure.blocker.kind, FRAME_DEVICE);
    assert_false(told.freeing.enough);
    assert_int_equal(told.freeing.count, 0);
    assert_int_equal(told.freeing.last.frame.value, 0x1400);
}

/* ---- runs that end badly ---- */

static void a_run_that_panics_is_said(void **state)
{
    const struct explain_request request = {
        .trace = &trace, .strategy = strategy_double(DOUBLE_PANICS), .map = &map, .failure = 1};
    const struct explain_request crash = {
        .trace = &trace, .strategy = strategy_double(DOUBLE_EXITS), .map = &map, .failure = 1};

    (void)state;
    map = lab_map(32 * MIB);
    trace = lab_trace_text("kmalloc 1 8\nkmalloc 2 8\nkmalloc 3 8\n");
    explain_run(&told, &request);
    assert_int_equal(told.status, RUN_FAILED);
    assert_non_null(strstr(told.reason, "was told to panic"));
    explain_run(&told, &crash);
    assert_int_equal(told.status, RUN_FAILED);
    assert_non_null(strstr(told.reason, "crashed"));
    trace_close(&trace);
}

static void a_bad_trace_is_said(void **state)
{
    static const uint8_t payload[] = {EVENT_KFREE, 0};
    uint8_t bytes[RAW_TRACE_BYTES(sizeof payload)];
    struct trace_header header = {.slots = 1, .events = 1};
    struct explain_request request = {
        .trace = &trace, .strategy = mm_strategy_find("brk"), .map = &map, .failure = 1};

    (void)state;
    trace = lab_trace(
        scratch_bytes("bad.mmb", bytes, raw_trace_make(bytes, header, payload, sizeof payload)));
    map = lab_map(32 * MIB);
    explain_run(&told, &request);
    assert_int_equal(told.status, RUN_BAD_TRACE);
    assert_non_null(strstr(told.reason, "bad.mmb: offset"));
    assert_non_null(strstr(told.reason, "event 1: slot holds no allocation"));
    struct explain_trial trial;
    const struct explain_change change = {request.strategy, &map, NULL};
    explain_try(&trace, 2, &change, &trial, 1, NULL);
    assert_int_equal(trial.end, TRIAL_LOST);
    trace_close(&trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_scene_of_a_blocked_brk),
        cmocka_unit_test(the_neighbourhood_of_a_culprit),
        cmocka_unit_test(a_picture_ends_where_memory_does),
        cmocka_unit_test(a_later_failure_has_its_culprit_too),
        cmocka_unit_test(the_heap_of_the_scene),
        cmocka_unit_test(zones_are_those_of_the_strategy),
        cmocka_unit_test(no_such_failure),
        cmocka_unit_test(the_least_ram),
        cmocka_unit_test(the_next_step_of_ram_may_do),
        cmocka_unit_test(no_ram_helps),
        cmocka_unit_test(much_ram_already),
        cmocka_unit_test(a_map_that_was_given_is_not_changed),
        cmocka_unit_test(other_strategies),
        cmocka_unit_test(a_request_that_is_not_made),
        cmocka_unit_test(a_change_without_room_or_that_crashes),
        cmocka_unit_test(freeing_one_block),
        cmocka_unit_test(freeing_several_blocks),
        cmocka_unit_test(freeing_more_than_there_is_patience_for),
        cmocka_unit_test(freeing_each_kind_of_owner),
        cmocka_unit_test(what_asks_does_not_free_itself),
        cmocka_unit_test(resizing_that_fails_at_the_touch),
        cmocka_unit_test(a_hole_can_not_be_freed),
        cmocka_unit_test(a_run_that_panics_is_said),
        cmocka_unit_test(a_bad_trace_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
