/* Tries changes that let a failed request pass: more RAM, and other strategies. */
#include "support/explaining.h"
#include "support/strategy_double.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

static struct trace trace;
static struct memmap map;

/* Replays up to the event with another size of RAM. Returns true if the event passes. */
static bool passes_with(const char *strategy, uint64_t ram_bytes, const char *events,
                        uint64_t event)
{
    struct explain_trial trial;
    struct memmap other_map = lab_map(ram_bytes);
    struct trace replayed = lab_trace_text(events);
    const struct explain_change change = {mm_strategy_find(strategy), &other_map, NULL};

    explain_try(&replayed, event, &change, &trial, 1, NULL);
    trace_close(&replayed);
    return trial.end == TRIAL_PASSED;
}

TEST(the_least_ram_passes_and_one_step_less_fails)
{
    static const char *const events = "kmalloc 1 20000000 @a\nkmalloc 2 40000000 @b\n";

    explain_ram("brk", 32 * MIB, events);
    assert_true(explained.ram.tried && explained.ram.found);
    assert_true(explained.ram.least_bytes > 60000000 && explained.ram.least_bytes < 72000000);
    assert_int_equal(explained.ram.least_bytes % EXPLAIN_RAM_STEP, 0);
    assert_true(passes_with("brk", explained.ram.least_bytes, events, 2));
    assert_false(passes_with("brk", explained.ram.least_bytes - EXPLAIN_RAM_STEP, events, 2));
}

TEST(one_step_more_ram_may_be_enough)
{
    char events[80];

    explain("brk", 32 * MIB, "kmalloc 1 40000000 @a\n", 1);
    snprintf(events, sizeof events, "kmalloc 1 %llu @a\n",
             (unsigned long long)explained.snapshot.failure.free_bytes);
    explain_ram("brk", 32 * MIB, events);
    assert_int_equal(explained.ram.least_bytes, 32 * MIB + EXPLAIN_RAM_STEP);
}

TEST(an_unsupported_request_passes_with_no_ram)
{
    explain_ram("window", 32 * MIB, "pages 1 3 @a\n");
    assert_int_equal(explained.snapshot.failure.cause, MM_UNSUPPORTED);
    assert_true(explained.ram.tried);
    assert_false(explained.ram.found);
    assert_true(explained.ram.most_bytes > 3500 * MIB);
    assert_int_equal(explained.freeing.count, 0);
    assert_false(explained.freeing.enough);
    assert_int_equal(trial_of("brk")->end, TRIAL_PASSED);
}

/* Few sizes, and then none, are left up to the largest machine. */
TEST(no_ram_is_tried_beyond_the_largest_machine)
{
    explain_ram("window", 3500 * MIB, "pages 1 3 @a\n");
    assert_true(explained.ram.tried);
    assert_false(explained.ram.found);
    explain_ram("window", 3570 * MIB, "pages 1 3 @a\n");
    assert_false(explained.ram.tried);
}

TEST(a_map_given_by_the_user_is_not_changed)
{
    explain_on_map(lab_map(32 * MIB), "kmalloc 1 900000000\n");
    assert_int_equal(explained.snapshot.failures, 1);
    assert_false(explained.ram.tried);
}

TEST(every_other_strategy_is_tried)
{
    explain("brk", 32 * MIB, BLOCK_THREE "kmalloc 4 13631488 @module\n", 1);
    uint32_t count = 0;
    while (mm_strategies[count] != NULL)
        count++;
    assert_int_equal(explained.other_count, count - 1);
    assert_int_equal(trial_of("window")->end, TRIAL_PASSED);
    explain("primary", 32 * MIB,
            "kmalloc 1 15000000 @a\nkmalloc 2 11000000 @b\nkmalloc 3 9000000 @c\n", 1);
    assert_int_equal(trial_of("window")->end, TRIAL_FAILED);
    assert_int_equal(trial_of("window")->cause, MM_NO_FRAMES);
}

/* The process of event 2 cannot be created, so its access in event 3 is skipped. */
TEST(a_request_of_a_process_that_failed_to_start_is_skipped)
{
    struct explain_change change;
    struct explain_trial trial;

    trace = lab_trace_text("kmalloc 1 29128384 @all\nprocess 7\ntouch 7 0xbfffe000 w\n");
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

TEST(a_trial_without_room_or_that_crashes_is_lost)
{
    static const enum double_fault faults[] = {DOUBLE_PANICS, DOUBLE_EXITS};
    struct memmap tiny = {1, {{pfn(0x1000), pfn(0x1004)}}};
    struct explain_change changes[3];
    struct explain_trial trials[3];

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
