/* The failures of a replay in groups. */
#include <mm/strategy.h>

#include "lab/failure_groups.h"
#include "support/lab.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#define MIB UINT64_C(0x100000)

static struct failure_groups groups;
static struct trace trace;
static uint32_t groups_seen;

struct collecting {
    struct failure_collector collector;
    uint64_t events[64]; /* of all failures */
    uint32_t count;
};

static void take(void *context, const struct replay_failure *failure)
{
    struct collecting *collecting = context;

    assert_true(collecting->count < 64);
    collecting->events[collecting->count++] = failure->event;
    assert_non_null(failure_collector_take(&collecting->collector, failure));
}

static void note_group(void *context, struct failure_group *group)
{
    (void)context;
    assert_int_equal(group->count, 1);
    assert_int_equal(group->askers.parties, 1);
    group->sample = groups_seen++;
}

static void begin(void *context, struct replay *replay)
{
    struct collecting *collecting = context;

    failure_collector_begin(&collecting->collector, &groups, replay);
    collecting->collector.on_group = note_group;
    replay->on_failure = take;
    replay->context = collecting;
}

/* Replays events with 32 MiB, and groups their failures. */
static void collect(const char *strategy, const char *events)
{
    static struct collecting collecting;
    static struct run_outcome outcome;
    const struct experiment_watch watch = {begin, NULL, &collecting};
    struct memmap map = lab_map(32 * MIB);

    collecting.count = 0;
    groups_seen = 0;
    if (trace.name != NULL)
        trace_close(&trace);
    trace = lab_trace_text(events);
    experiment_run_watched(&outcome, &trace, mm_strategy_find(strategy), &map, NULL, &watch);
    assert_string_equal(outcome.reason, "");
    failure_groups_finish(&groups);
    assert_int_equal(groups.failures, collecting.count);
    for (uint32_t i = 0; i < groups.count; i++)
        assert_int_equal(groups.group[i].first.event,
                         collecting.events[groups.group[i].first_number - 1u]);
}

static void assert_site(uint32_t site, const char *name)
{
    assert_string_equal(trace_site_name(&trace, site), name);
}

/* With 32 MiB, the blocks of order 10 are given in this order: 1800, 1400, 1000. */
#define BLOCK_THREE                                                                                \
    "pages 1 10 @a\n"                                                                              \
    "pages 2 10 @b\n"                                                                              \
    "pages 3 10 @c\n"                                                                              \
    "free_pages 1\n"                                                                               \
    "free_pages 2\n"

TEST(a_group_has_its_count_its_first_and_last_failure_and_its_blocker)
{
    const struct failure_group *group = &groups.group[0];

    collect("brk", BLOCK_THREE "kmalloc 4 13631488 @module\n"
                               "kmalloc 5 14680064 @module\n"
                               "kmalloc 6 4096 @module\n"
                               "kmalloc 7 13631488 @module\n");
    assert_int_equal(groups.count, 1);
    assert_int_equal(group->count, 3);
    assert_int_equal(group->first.cause, MM_BRK_BLOCKED);
    assert_int_equal(group->first.request, REQUEST_KMALLOC);
    assert_int_equal(group->first.event, 6);
    assert_int_equal(group->last_event, 9);
    assert_int_equal(group->bytes_least, 13631488);
    assert_int_equal(group->bytes_most, 14680064);
    assert_true(group->most_free_bytes >= group->first.free_bytes);
    assert_int_equal(group->first.blocker.frame.value, 0x1000);
    assert_int_equal(group->sample, 0);
    assert_int_equal(group->askers.list[0].count, 3);
    assert_site(group->askers.list[0].party.site, "module");
    assert_int_equal(group->blockers.parties, 1);
    assert_int_equal(group->examined, 2); /* the first and the second */
    assert_int_equal(group->blockers.list[0].count, 2);
    assert_int_equal(group->blockers.list[0].party.kind, FRAME_KERNEL);
    assert_site(group->blockers.list[0].party.site, "c");
    assert_int_equal(groups.blocking_frames, 1);
    assert_int_equal(groups.blocking_frame[0], 0x1000);
}

/* Four sites have a group each; the others share one, and the most frequent comes first. */
TEST(many_sites_share_a_group)
{
    const struct failure_group *shared = &groups.group[FAILURE_GROUP_SITES];
    char events[2048] = BLOCK_THREE;
    static const char sites[] = "stuvwxyxtx"; /* w, y once; x three times; t is one of the first */

    for (size_t i = 0; sites[i] != '\0'; i++)
        snprintf(events + strlen(events), sizeof events - strlen(events),
                 "kmalloc %zu 13631488 @%c\n", i + 4u, sites[i]);
    collect("brk", events);
    assert_int_equal(groups.count, FAILURE_GROUP_SITES + 1u);
    assert_int_equal(groups.group[0].single_asker, 1);
    assert_int_equal(groups.group[1].count, 2);
    assert_int_equal(shared->single_asker, 0);
    assert_int_equal(shared->count, 5);
    assert_int_equal(shared->askers.parties, 3);
    assert_int_equal(shared->askers.list[0].count, 3);
    assert_site(shared->askers.list[0].party.site, "x");
    assert_site(shared->askers.list[1].party.site, "w");
    assert_int_equal(groups_seen, groups.count);
}

TEST(causes_requests_and_late_failures_have_groups_of_their_own)
{
    collect("window", "pages 1 1 @pair\n"         /* unsupported */
                      "kmalloc 2 41943040 @big\n" /* late: 40 MiB of the window, 28 of RAM */
                      "kmalloc 3 83886080 @big\n" /* no_address_space */
                      "vmalloc 4 83886080 @big\n");
    assert_int_equal(groups.count, 4);
    assert_int_equal(groups.group[0].first.cause, MM_UNSUPPORTED);
    assert_int_equal(groups.group[1].first.cause, MM_NO_FRAMES);
    assert_true(groups.group[1].first.late);
    assert_int_equal(groups.group[2].first.cause, MM_NO_ADDRESS_SPACE);
    assert_int_equal(groups.group[3].first.request, REQUEST_VMALLOC);
}

/* The new size of a block is asked for by the site of the block. */
TEST(a_krealloc_is_asked_for_by_the_site_of_its_block)
{
    collect("brk", BLOCK_THREE "kmalloc 4 4096 @grows\nkrealloc 4 13631488\n");
    assert_int_equal(groups.count, 1);
    assert_site(groups.group[0].askers.list[0].party.site, "grows");
}

/* 27 MiB and 640 KiB are used first: less than a 64th of 32 MiB is left. */
TEST(failures_while_memory_is_nearly_full_have_a_group_of_their_own)
{
    collect("brk", "kmalloc 1 33554432 @early\n"
                   "kmalloc 2 28966912 @most\n"
                   "kmalloc 3 33554432 @late\n"
                   "kmalloc 4 33554432 @early\n");
    assert_int_equal(groups.count, 3);
    assert_int_equal(groups.group[0].full, 0);
    assert_int_equal(groups.group[1].full, 1);
    assert_int_equal(groups.group[2].full, 1);
    assert_true(groups.group[2].most_free_bytes < 32 * MIB / FAILURE_FULL_PART);
}

TEST(all_processes_share_a_group)
{
    char events[2048] = "";

    for (unsigned pid = 1; pid <= 6; pid++)
        snprintf(events + strlen(events), sizeof events - strlen(events),
                 "process %u\ntouch %u 8192 w\n", pid, pid);
    collect("brk", events);
    assert_int_equal(groups.count, 1);
    assert_int_equal(groups.group[0].first.cause, MM_BAD_ACCESS);
    assert_int_equal(groups.group[0].count, 6);
    assert_int_equal(groups.group[0].askers.parties, 6);
    assert_int_equal(groups.group[0].askers.list[0].party.process, 1);
    assert_int_equal(groups.group[0].blockers.parties, 0);
}

/* ---- bounds, on failures that are made up ---- */

struct made {
    struct replay replay;
    struct mm mm;
    struct event event;
    struct failure_collector collector;
};

static void made_begin(struct made *made)
{
    memset(made, 0, sizeof *made);
    made->event.kind = EVENT_KMALLOC;
    made->replay.mm = &made->mm;
    made->replay.event = &made->event;
    failure_collector_begin(&made->collector, &groups, &made->replay);
}

/* unsupported has no culprit, so that no memory is looked at */
static struct failure_group *made_take(struct made *made, uint32_t site, enum mm_cause cause)
{
    struct replay_failure failure = {.event = groups.failures + 1u, .cause = cause, .bytes = 1};

    made->event.site = site;
    return failure_collector_take(&made->collector, &failure);
}

TEST(a_tally_counts_the_parties_beyond_its_list_together)
{
    static struct made made;
    const struct failure_group *shared = &groups.group[FAILURE_GROUP_SITES];

    made_begin(&made);
    for (uint32_t site = 1; site <= FAILURE_GROUP_SITES + FAILURE_TALLY_MAX + 10u; site++)
        made_take(&made, site, MM_UNSUPPORTED);
    failure_groups_finish(&groups);
    assert_int_equal(shared->count, FAILURE_TALLY_MAX + 10u);
    assert_int_equal(shared->askers.parties, FAILURE_TALLY_MAX);
    assert_int_equal(shared->askers.others, 10);
}

TEST(culprits_are_looked_for_fewer_and_fewer_times)
{
    static struct made made;

    made_begin(&made);
    for (uint32_t i = 0; i < 1000000u; i++)
        made_take(&made, 1, MM_UNSUPPORTED);
    assert_int_equal(groups.group[0].count, 1000000);
    assert_int_equal(groups.group[0].examined, 20); /* 1, 2, 4, ..., 2^19 */
    assert_int_equal(made.collector.culprits_left, FAILURE_CULPRITS_MAX - 19u);
    made.collector.culprits_left = 0;
    for (uint32_t i = 0; i < 100000u; i++)
        made_take(&made, 1, MM_UNSUPPORTED);
    assert_int_equal(groups.group[0].examined, 20);
}

TEST(a_failure_without_a_group_is_counted)
{
    static struct made made;

    made_begin(&made);
    made_take(&made, 1, MM_UNSUPPORTED);
    groups.count = FAILURE_GROUPS_MAX;
    assert_null(made_take(&made, 2, MM_UNSUPPORTED));
    assert_int_equal(groups.ungrouped, 1);
    assert_int_equal(groups.failures, 2);
}
