/* The history of a replay, against a second replay that is looked at directly. */
#include "lab/finding_runs.h"
#include "lab/history.h"
#include "support/lab.h"
#include "support/model_effort.h"
#include "support/random_trace.h"
#include "support/raw_trace.h"
#include "support/scratch.h"
#include "support/second_replay.h"
#include "support/strategy_double.h"
#include "support/test.h"

#include <mm/strategy.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MIB UINT64_C(0x100000)

static struct trace trace;
static struct memmap map;
static struct history_moments moments;
static struct history history;
static struct history_outcome outcome;
static FILE *file;

/* ---- recording ---- */

static void record(const struct strategy *strategy, enum history_owners owners)
{
    const struct history_request request = {&trace, strategy, &map, &moments, owners, file};

    history_record(&outcome, &request);
}

static void record_and_read(const struct strategy *strategy, enum history_owners owners)
{
    file = tmpfile();
    assert_non_null(file);
    record(strategy, owners);
    assert_string_equal(outcome.reason, "");
    assert_int_equal(outcome.status, RUN_DONE);
    assert_true(history_read(&history, file));
    fclose(file);
    file = NULL;
}

static void choose(uint32_t even)
{
    history_moments_choose(&moments, trace.header.events, even, NULL, 0);
}

static void begin_text(const char *events)
{
    map = lab_map(16 * MIB);
    trace = lab_trace_text(events);
}

static void assert_history_is_that_of(const struct strategy *strategy, enum history_owners owners)
{
    assert_history_is_true(
        &(struct history_request){&trace, strategy, &map, &moments, owners, NULL}, &history);
}

static int release(void **state)
{
    (void)state;
    history_free(&history);
    history_moments_free(&moments);
    if (trace.name != NULL)
        trace_close(&trace);
    trace = (struct trace){.name = NULL};
    if (file != NULL)
        fclose(file);
    file = NULL;
    return 0;
}

TEST_FIXTURES(NULL, release)

/* ---- every strategy ---- */

static void compare_random(uint32_t seed, const struct strategy *strategy,
                           enum history_owners owners)
{
    static struct grouped_outcome grouped;
    struct failure_groups *const groups[] = {&grouped.groups};
    char *text = random_trace(seed, effort_operations(1500));

    map = lab_map((12 + seed % 3 * 8) * MIB);
    trace = lab_trace(scratch_text("random.mmt", text));
    finding_run_grouped(&grouped, &trace, strategy, &map);
    assert_string_equal(grouped.outcome.reason, "");
    history_moments_choose(&moments, trace.header.events, 30, groups, 1);
    record_and_read(strategy, owners);
    assert_history_is_that_of(strategy, owners);
    free(text);
    (void)release(NULL);
}

TEST(each_moment_is_as_a_second_replay_finds_memory_there)
{
    for (uint32_t seed = 0; seed < 3; seed++)
        for (uint32_t i = 0; mm_strategies[i] != NULL; i++)
            compare_random(seed, mm_strategies[i], HISTORY_OWNERS_EACH);
}

TEST(alike_allocations_may_share_an_owner)
{
    for (uint32_t i = 0; mm_strategies[i] != NULL; i++)
        compare_random(8, mm_strategies[i], HISTORY_OWNERS_ALIKE);
}

TEST(of_alike_allocations_there_is_one_owner)
{
    begin_text("kmalloc 1 100000 @a\nkmalloc 2 70000 @a\nkmalloc 3 70000 @b\nvmalloc 4 9000 @a\n"
               "pages 5 2 @a\npages 6 3 @a\npages 7 3 @a\n");
    choose(1);
    record_and_read(mm_strategy_find("brk"), HISTORY_OWNERS_ALIKE);
    assert_int_equal(history.counts.owners, 5);
}

TEST(owners_may_be_left_out)
{
    compare_random(7, mm_strategy_find("brk"), HISTORY_OWNERS_NONE);
}

TEST(a_trace_without_events_has_one_moment)
{
    begin_text("");
    choose(300);
    for (uint32_t i = 0; mm_strategies[i] != NULL; i++) {
        record_and_read(mm_strategies[i], HISTORY_OWNERS_EACH);
        assert_int_equal(history.counts.samples, 1);
        assert_history_is_that_of(mm_strategies[i], HISTORY_OWNERS_EACH);
        history_free(&history);
    }
}

/* ---- owners ---- */

TEST(a_block_that_krealloc_resizes_is_one_more_owner_since_the_same_event)
{
    begin_text("mark 1\n"
               "kmalloc 1 100000 @a\n"
               "krealloc 1 200000\n"
               "kfree 1\n"
               "kmalloc 1 100000 @b\n");
    choose(5);
    record_and_read(mm_strategy_find("brk"), HISTORY_OWNERS_EACH);
    assert_int_equal(history.counts.owners, 3);
    assert_int_equal(history.owner[0].bytes, 100000);
    assert_int_equal(history.owner[0].since_event, 2);
    assert_int_equal(history.owner[1].bytes, 200000);
    assert_int_equal(history.owner[1].since_event, 2);
    assert_int_equal(history.owner[2].bytes, 100000);
    assert_int_equal(history.owner[2].since_event, 5);
    assert_string_equal(trace_site_name(&trace, history.owner[2].site), "b");
}

/* ---- many failures ---- */

#define FAILURES_MANY 250001u

/* Failure i is that of event 2 i + 1. */
TEST(of_too_many_failures_the_first_and_every_fourth_are_marks)
{
    char *text = malloc(FAILURES_MANY * 48u);
    size_t used = (size_t)sprintf(text, "mmtrace 1\n");

    for (uint32_t i = 0; i < FAILURES_MANY; i++)
        used += (size_t)sprintf(text + used, "kmalloc 1 3000000000\nkfree 1\n");
    map = lab_map(16 * MIB);
    trace = lab_trace(scratch_bytes("many.mmt", text, used));
    choose(3);
    record_and_read(mm_strategy_find("brk"), HISTORY_OWNERS_NONE);
    assert_int_equal(history.counts.failures, FAILURES_MANY);
    assert_int_equal(history.counts.marks, (FAILURES_MANY + 3u) / 4u);
    for (uint32_t i = 0; i < history.counts.marks; i++)
        assert_int_equal(history.marks[i].event, 8u * i + 1u);
    assert_int_equal(history.samples[0].failing, 1);
    assert_int_equal(history.samples[3].failures_by_cause[history.marks[0].cause], FAILURES_MANY);
    free(text);
}

/* ---- moments ---- */

static void assert_moments(uint32_t even, const uint64_t expected[], uint32_t count)
{
    assert_int_equal(moments.even, even);
    assert_int_equal(moments.count, count);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(moments.event[i], expected[i]);
    history_moments_free(&moments);
}

TEST(moments_begin_at_0_and_end_at_the_end_at_even_distances)
{
    history_moments_choose(&moments, 0, 300, NULL, 0);
    assert_moments(1, (const uint64_t[]){0}, 1);
    history_moments_choose(&moments, 1, 300, NULL, 0);
    assert_moments(2, (const uint64_t[]){0, 1}, 2);
    history_moments_choose(&moments, 3, 300, NULL, 0);
    assert_moments(4, (const uint64_t[]){0, 1, 2, 3}, 4);
    history_moments_choose(&moments, 100, 1, NULL, 0);
    assert_moments(2, (const uint64_t[]){0, 100}, 2);
    history_moments_choose(&moments, 10, 4, NULL, 0);
    assert_moments(5, (const uint64_t[]){0, 2, 5, 7, 10}, 5);
    history_moments_choose(&moments, UINT64_C(1) << 52, 2, NULL, 0);
    assert_moments(3, (const uint64_t[]){0, UINT64_C(1) << 51, UINT64_C(1) << 52}, 3);
}

static void add_group(struct failure_groups *groups, uint64_t first_event)
{
    struct failure_group *group = &groups->group[groups->count++];

    *group = (struct failure_group){.sample = FAILURE_NO_SAMPLE};
    group->first.event = first_event;
}

TEST(a_moment_lies_before_the_first_failure_of_each_group)
{
    static struct failure_groups a;
    static struct failure_groups b;
    struct failure_groups *const groups[] = {&a, NULL, &b};

    a.count = b.count = 0;
    add_group(&a, 34);
    add_group(&a, 51); /* the moment after 50 events is there */
    add_group(&b, 1);
    add_group(&b, 34);
    add_group(&b, 100);
    history_moments_choose(&moments, 100, 2, groups, 3);
    assert_int_equal(a.group[0].sample, 1);
    assert_int_equal(a.group[1].sample, 2);
    assert_int_equal(b.group[0].sample, 0);
    assert_int_equal(b.group[1].sample, 1);
    assert_int_equal(b.group[2].sample, 3);
    assert_moments(3, (const uint64_t[]){0, 33, 50, 99, 100}, 5);
}

/* The second strategy has one group, whose failure is the last. It gets a moment nevertheless. */
TEST(each_strategy_gets_moments_before_one_gets_more)
{
    static struct failure_groups many;
    static struct failure_groups one;
    struct failure_groups *const groups[] = {&many, &one};

    many.count = one.count = 0;
    for (uint32_t i = 0; i < FAILURE_GROUPS_MAX; i++)
        add_group(&many, 1001u + 10u * i);
    add_group(&one, 9501);
    history_moments_choose(&moments, 10000, 10, groups, 2);
    assert_int_equal(moments.even, 11);
    assert_int_equal(moments.count, 11u + HISTORY_FAILURE_MOMENTS);
    assert_int_equal(moments.event[one.group[0].sample], 9500);
    for (uint32_t i = 1; i < moments.count; i++)
        assert_true(moments.event[i - 1u] < moments.event[i]);
    for (uint32_t i = 0; i < FAILURE_GROUPS_MAX; i++) {
        uint32_t sample = many.group[i].sample;
        assert_true(moments.event[sample] < many.group[i].first.event);
        assert_true(moments.event[sample + 1u] >= many.group[i].first.event);
    }
}

/* ---- what goes wrong ---- */

TEST(a_history_that_ends_early_is_not_read)
{
    begin_text("kmalloc 1 100000 @a\n"
               "kmalloc 2 3000000000 @b\n");
    choose(2);
    file = tmpfile();
    record(mm_strategy_find("brk"), HISTORY_OWNERS_EACH);
    fseek(file, 0, SEEK_END);
    for (long bytes = ftell(file); bytes-- > 0;) {
        assert_int_equal(ftruncate(fileno(file), bytes), 0);
        assert_false(history_read(&history, file));
        assert_null(history.samples);
    }
}

TEST(a_history_that_announces_too_much_is_not_read)
{
    static const struct history_counts counts[] = {
        {.samples = UINT32_MAX},
        {.spans = UINT32_MAX},
        {.owners = UINT32_MAX},
        {.marks = UINT32_MAX},
        {.kinds_bytes = UINT64_MAX},
        {.owner_bytes = UINT64_MAX},
        {.kinds_bytes = UINT64_MAX - sizeof counts[0] + 1u},
    };

    file = tmpfile();
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        rewind(file);
        assert_int_equal(fwrite(&counts[i], sizeof counts[i], 1, file), 1);
        fflush(file);
        assert_false(history_read(&history, file));
    }
}

/* All checksums are right, but the third event frees a block a second time. */
TEST(a_trace_that_makes_no_sense_is_named_with_its_event)
{
    static const uint8_t payload[] = {EVENT_KMALLOC, 0, 100, EVENT_KFREE, 0, EVENT_KFREE, 0};
    uint8_t bytes[RAW_TRACE_BYTES(sizeof payload)];
    const struct trace_header header = {.slots = 1, .events = 3, .peak_live_bytes = 100};
    size_t size = raw_trace_make(bytes, header, payload, sizeof payload);

    map = lab_map(16 * MIB);
    trace = lab_trace(scratch_bytes("twice.mmb", bytes, size));
    choose(2);
    file = tmpfile();
    record(mm_strategy_find("brk"), HISTORY_OWNERS_EACH);
    assert_int_equal(outcome.status, RUN_BAD_TRACE);
    assert_non_null(strstr(outcome.reason, "twice.mmb: offset "));
    assert_non_null(strstr(outcome.reason, ": event 3: "));
    assert_false(history_read(&history, file));
}

TEST(a_strategy_that_panics_has_no_history)
{
    begin_text("kmalloc 1 100\n"
               "kmalloc 2 100\n"
               "kmalloc 3 100\n");
    choose(3);
    file = tmpfile();
    record(strategy_double(DOUBLE_PANICS), HISTORY_OWNERS_EACH);
    assert_int_equal(outcome.status, RUN_FAILED);
    assert_non_null(strstr(outcome.reason, "was told to panic"));
    assert_false(history_read(&history, file));
}

TEST(a_strategy_that_is_lost_leaves_the_others_theirs)
{
    struct history_outcome outcomes[2];

    begin_text("kmalloc 1 100\n"
               "kmalloc 2 100\n"
               "kmalloc 3 100\n");
    choose(3);
    FILE *files[] = {tmpfile(), tmpfile()};
    const struct history_request requests[] = {
        {&trace, strategy_double(DOUBLE_EXITS), &map, &moments, HISTORY_OWNERS_EACH, files[0]},
        {&trace, mm_strategy_find("brk"), &map, &moments, HISTORY_OWNERS_EACH, files[1]},
    };
    history_record_all(outcomes, requests, 2);
    assert_int_equal(outcomes[0].status, RUN_FAILED);
    assert_int_equal(outcomes[1].status, RUN_DONE);
    assert_false(history_read(&history, files[0]));
    assert_true(history_read(&history, files[1]));
    assert_history_is_that_of(mm_strategy_find("brk"), HISTORY_OWNERS_EACH);
    fclose(files[0]);
    fclose(files[1]);
}

TEST(a_map_without_room_for_metadata_gives_no_history)
{
    begin_text("kmalloc 1 100\n");
    choose(1);
    file = tmpfile();
    map.count = 1;
    map.range[0] = (struct frame_range){pfn(0x400), pfn(0x401)};
    record(mm_strategy_find("brk"), HISTORY_OWNERS_EACH);
    assert_int_equal(outcome.status, RUN_FAILED);
    assert_non_null(strstr(outcome.reason, "no room for the metadata"));
}

TEST(a_full_disk_is_told_of)
{
    begin_text("kmalloc 1 100\n");
    choose(1);
    file = fopen("/dev/full", "r+");
    assert_non_null(file);
    record(mm_strategy_find("brk"), HISTORY_OWNERS_EACH);
    assert_int_equal(outcome.status, RUN_FAILED);
    assert_non_null(strstr(outcome.reason, "cannot write the history: No space left on device"));
}
