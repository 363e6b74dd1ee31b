/* Traces with known results. The comment in each file of data/ explains the result. */
#include "support/json.h"
#include "support/scenario.h"
#include "support/scratch.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATA            "tests/cli/data/"
#define EXPECTED_MAX    14u
#define BLOCKER         "first_failure.blocker"
#define FIRST_CAUSE     "first_failure.cause"
#define BY_CAUSE(name)  "failures_by_cause." name
#define FIRST_FOR(name) "first_failure_by_cause." name

struct scenario {
    const char *trace;
    const char *option; /* --ram or --memmap */
    const char *machine;
    const char *strategy;
    struct expected expected[EXPECTED_MAX];
};

#define RAM(name, size, strategy) DATA name ".mmt", "--ram", size, strategy
#define MEMMAP(name, strategy)    DATA name ".mmt", "--memmap", DATA name ".e820", strategy

static const struct scenario scenarios[] = {
    {RAM("brk_blocked", "64M", "brk"),
     {{"requests.kmalloc", "2"},
      {"failures.kmalloc", "1"},
      {"failures.pages", "0"},
      {"failures_while_free", "1"},
      {BY_CAUSE("brk_blocked"), "1"},
      {"first_failure.event", "22"},
      {"first_failure.bytes", "13631488"},
      {FIRST_CAUSE, "\"brk_blocked\""},
      {BLOCKER ".frame", "4096"},
      {BLOCKER ".site", "\"ring_buffer\""},
      {BLOCKER ".kind", "\"kernel\""},
      {BLOCKER ".frames", "1024"},
      {BLOCKER ".since_event", "11"},
      {BLOCKER ".age_events", "11"}}},
    {RAM("brk_blocked", "64M", "window"),
     {{"failures.kmalloc", "0"},
      {"failures.pages", "11"},
      {BY_CAUSE("unsupported"), "11"},
      {"frees_skipped", "11"},
      {BLOCKER, "null"}}},
    {RAM("window_full", "256M", "window"),
     {{"requests.kmalloc", "18"},
      {"failures.kmalloc", "1"},
      {"late_failures", "0"},
      {BY_CAUSE("no_address_space"), "1"},
      {"first_failure.event", "16"},
      {"first_failure.request", "\"kmalloc\""},
      {"frees_skipped", "1"},
      {"failures_while_free", "1"},
      {"heap.peak_span_bytes", "67108864"}}},
    {RAM("window_full", "256M", "primary"), {{"failures.kmalloc", "0"}, {"first_failure", "null"}}},
    {RAM("window_full", "256M", "brk"), {{"failures.kmalloc", "0"}, {"first_failure", "null"}}},
    {RAM("heap_low", "1G", "brk"),
     {{"failures.kmalloc", "1"},
      {"first_failure.event", "8"},
      {FIRST_CAUSE, "\"no_address_space\""},
      {BLOCKER ".frame", "1024"}, /* the oldest of the largest blocks */
      {BLOCKER ".site", "\"huge\""},
      {BLOCKER ".since_event", "1"},
      {"failures_while_free", "0"}}},
    {RAM("heap_low", "1G", "primary"),
     {{"failures.kmalloc", "1"}, {"first_failure.event", "8"}, {FIRST_CAUSE, "\"zone\""}}},
    {RAM("heap_low", "1G", "window"),
     {{"failures.kmalloc", "8"}, {BY_CAUSE("no_address_space"), "8"}, {"late_failures", "0"}}},
    {RAM("heap_low", "64M", "brk"),
     {{"failures.kmalloc", "8"}, {BY_CAUSE("no_frames"), "8"}, {"failures_while_free", "0"}}},
    {RAM("heap_low", "64M", "primary"), {{"failures.kmalloc", "8"}, {BY_CAUSE("no_frames"), "8"}}},
    {RAM("late", "16M", "window"),
     {{"requests.kmalloc", "3"},
      {"failures.kmalloc", "1"},
      {"late_failures", "1"},
      {BY_CAUSE("no_frames"), "1"},
      {"first_failure.event", "1"},
      {"first_failure.late", "true"},
      {"first_failure.bytes", "20971520"},
      {"frees_skipped", "1"},
      {"heap.peak_payload_bytes", "8388608"}}},
    {RAM("late", "16M", "brk"),
     {{"failures.kmalloc", "1"},
      {"late_failures", "0"},
      {FIRST_CAUSE, "\"no_frames\""},
      {"first_failure.late", "false"}}},
    {RAM("late", "16M", "primary"),
     {{"failures.kmalloc", "1"}, {"late_failures", "0"}, {FIRST_CAUSE, "\"no_frames\""}}},
    {RAM("orders", "64M", "window"),
     {{"requests.pages", "5"},
      {"failures.pages", "4"},
      {BY_CAUSE("unsupported"), "4"},
      {"first_failure.event", "2"},
      {"first_failure.bytes", "8192"},
      {"frees_skipped", "4"}}},
    {RAM("orders", "64M", "primary"), {{"failures.pages", "0"}}},
    {RAM("orders", "64M", "brk"), {{"failures.pages", "0"}}},
    {RAM("skipped", "64M", "window"),
     {{"requests.kmalloc", "4"},
      {"failures.kmalloc", "3"},
      {"failures.pages", "4"},
      {"failures.vmalloc", "1"},
      {"frees_skipped", "4"}}},
    {RAM("skipped", "64M", "primary"),
     {{"failures.kmalloc", "3"},
      {"failures.pages", "3"},
      {"failures.vmalloc", "1"},
      {"frees_skipped", "4"}}},
    {RAM("skipped", "64M", "brk"),
     {{"failures.kmalloc", "3"},
      {"failures.pages", "1"},
      {"failures.vmalloc", "1"},
      {BY_CAUSE("zone"), "1"},
      {FIRST_FOR("no_frames") ".event", "1"},
      {FIRST_FOR("zone") ".event", "6"},
      {FIRST_FOR("no_address_space") ".event", "13"},
      {FIRST_FOR("brk_blocked"), "null"},
      {"frees_skipped", "3"},
      {"heap.peak_payload_bytes", "100"}}},
    {RAM("krealloc_last", "64M", "window"), {{"heap.peak_span_bytes", "12288"}}},
    {RAM("krealloc_last", "64M", "primary"), {{"heap.peak_span_bytes", "12288"}}},
    {RAM("krealloc_last", "64M", "brk"), {{"heap.peak_span_bytes", "12288"}}},
    {RAM("krealloc", "64M", "window"),
     {{"requests.kmalloc", "6"},
      {"heap.peak_span_bytes", "32768"},
      {"heap.peak_payload_bytes", "20480"}}},
    {RAM("krealloc", "64M", "primary"), {{"heap.peak_span_bytes", "32768"}}},
    {RAM("krealloc", "64M", "brk"), {{"heap.peak_span_bytes", "32768"}}},
    {RAM("dma", "64M", "window"),
     {{"failures.kmalloc", "3"}, {"failures.pages", "0"}, {BY_CAUSE("unsupported"), "3"}}},
    {RAM("dma", "64M", "primary"),
     {{"failures.kmalloc", "1"},
      {"failures.pages", "0"},
      {"first_failure.event", "2"},
      {FIRST_CAUSE, "\"zone\""}}},
    {RAM("dma", "64M", "brk"),
     {{"failures.kmalloc", "1"},
      {"failures.pages", "0"},
      {"first_failure.event", "2"},
      {FIRST_CAUSE, "\"zone\""}}},
    {MEMMAP("zones", "brk"),
     {{"requests.pages", "10"},
      {"failures.pages", "3"},
      {BY_CAUSE("no_frames"), "1"},
      {BY_CAUSE("zone"), "2"},
      {"first_failure.event", "7"},
      {FIRST_CAUSE, "\"no_frames\""},
      {"frames.total", "7168"}}},
    {MEMMAP("zones", "window"), {{BY_CAUSE("unsupported"), "10"}}},
    {MEMMAP("zones", "primary"), {{"failures.pages", "8"}, {BY_CAUSE("no_run"), "8"}}},
    {RAM("vmalloc", "256M", "window"),
     {{"requests.vmalloc", "4"},
      {"failures.vmalloc", "1"},
      {"first_failure.event", "3"},
      {FIRST_CAUSE, "\"no_address_space\""},
      {"heap.peak_payload_bytes", "66060288"}}},
    {RAM("vmalloc", "256M", "primary"),
     {{"failures.vmalloc", "1"},
      {"first_failure.event", "3"},
      {FIRST_CAUSE, "\"no_address_space\""}}},
    {RAM("vmalloc", "256M", "brk"),
     {{"failures.vmalloc", "1"},
      {"first_failure.event", "3"},
      {FIRST_CAUSE, "\"no_address_space\""},
      {"heap.peak_payload_bytes", "0"}}},
};

TEST(each_trace_has_the_result_that_its_comment_explains)
{
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        const struct scenario *scenario = &scenarios[i];
        scenario_replay(scenario->trace, scenario->option, scenario->machine, scenario->strategy);
        for (size_t e = 0; e < EXPECTED_MAX && scenario->expected[e].path != NULL; e++)
            scenario_expect(scenario->trace, scenario->strategy, scenario->expected[e].path,
                            scenario->expected[e].value);
        scenario_expect_one_cause_each();
    }
}

/* ---- traces too long to be written by hand ---- */

/* The number of frames of LOW that brk can allocate with 32 MiB: all except the frames of the
 * firmware's tables and of brk's metadata. */
static uint64_t low_frames_of_32_mib(void)
{
    scenario_replay(scratch_text("empty.mmt", "mmtrace 1\n"), "--ram", "32M", "brk");
    return 0x1fe0 - 0x1000 - json_u64(scenario_program.out, "frames.metadata_bytes") / 4096;
}

/*
 * Single pages take all of LOW, from the highest frame down, and then all of DMA. Then all except
 * the last are freed. Now 27 MiB are free, but the frame right above brk is in use:
 *
 *     400                  1000                     1fe0
 *      | last | free         |          free | tables |
 */
TEST(one_page_is_enough_to_block_brk)
{
    const char *path = scratch_path("one_page.mmt");
    uint64_t all = low_frames_of_32_mib() + 0xc00;
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    fprintf(file, "mmtrace 1\n");
    for (uint64_t id = 1; id <= all; id++)
        fprintf(file, "pages %llu 0 @%s\n", (unsigned long long)id,
                id == all ? "the_last" : "others");
    fprintf(file, "pages 50000 0 @one_too_many\n");
    for (uint64_t id = 1; id < all; id++)
        fprintf(file, "free_pages %llu\n", (unsigned long long)id);
    fprintf(file, "kmalloc 60000 8 @small\n");
    fprintf(file, "free_pages %llu\nkmalloc 60001 1000000\n", (unsigned long long)all);
    fclose(file);

    scenario_replay(path, "--ram", "32M", "brk");
    scenario_expect(path, "brk", "requests.pages", scenario_number(all + 1));
    scenario_expect(path, "brk", "failures.pages", "1");
    scenario_expect(path, "brk", "first_failure.event", scenario_number(all + 1));
    scenario_expect(path, "brk", FIRST_CAUSE, "\"no_frames\"");
    scenario_expect(path, "brk", "failures.kmalloc", "1");
    scenario_expect(path, "brk", BY_CAUSE("brk_blocked"), "1");
    scenario_expect(path, "brk", FIRST_FOR("no_frames") ".event", scenario_number(all + 1));
    scenario_expect(path, "brk", FIRST_FOR("brk_blocked") ".event", scenario_number(2 * all + 1));
    scenario_expect(path, "brk", FIRST_FOR("brk_blocked") ".blocker.frame", "1024");
    scenario_expect(path, "brk", FIRST_FOR("brk_blocked") ".blocker.site", "\"the_last\"");
    scenario_expect(path, "brk", FIRST_FOR("brk_blocked") ".blocker.since_event",
                    scenario_number(all));
    scenario_expect(path, "brk", "frames.peak_used",
                    scenario_number(json_u64(scenario_program.out, "frames.total")));
}

/*
 * Single pages take all of LOW, and all except the last are freed. This page then blocks a kmalloc,
 * which is the first failure. The page has no site.
 */
TEST(a_blocker_without_a_site_is_named_by_its_frame)
{
    const char *path = scratch_path("culprit.mmt");
    uint64_t low = low_frames_of_32_mib();
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    fprintf(file, "mmtrace 1\n");
    for (uint64_t id = 1; id <= low; id++)
        fprintf(file, "pages %llu 0\n", (unsigned long long)id);
    for (uint64_t id = 1; id < low; id++)
        fprintf(file, "free_pages %llu\n", (unsigned long long)id);
    fprintf(file, "kmalloc 60000 12582912 @all_of_DMA\n");
    fclose(file);

    scenario_replay(path, "--ram", "32M", "brk");
    scenario_expect(path, "brk", "first_failure.event", scenario_number(2 * low));
    scenario_expect(path, "brk", FIRST_CAUSE, "\"brk_blocked\"");
    scenario_expect(path, "brk", BLOCKER ".frame", "4096");
    scenario_expect(path, "brk", BLOCKER ".site", "null");
    scenario_expect(path, "brk", BLOCKER ".since_event", scenario_number(low));
}

/*
 * User pages take as many frames as HIGH has with 1 GiB. None of them may come from the heap's
 * zones, so a block can fill LOW (primary), or LOW and DMA (brk), except for 2.4 MB. One more user
 * page is then allocated from these zones.
 */
TEST(user_pages_come_from_high_first)
{
    static const struct {
        const char *strategy;
        uint32_t block_bytes;
    } heaps[] = {{"primary", 786000000}, {"brk", 798500000}};
    const char *path = scratch_path("high.mmt");

    for (size_t i = 0; i < sizeof heaps / sizeof heaps[0]; i++) {
        FILE *file = fopen(path, "we");
        assert_non_null(file);
        fprintf(file, "mmtrace 1\n");
        for (unsigned id = 1; id <= 0x3ffe0 - 0x30000; id++)
            fprintf(file, "pages %u 0 user\n", id);
        fprintf(file, "kmalloc 100000 %u @all_below\nkmalloc 100001 1000000\n",
                heaps[i].block_bytes);
        fprintf(file, "pages 100002 0 user @from_below\n");
        fclose(file);
        scenario_replay(path, "--ram", "1G", heaps[i].strategy);
        scenario_expect(path, heaps[i].strategy, "failures.pages", "0");
        scenario_expect(path, heaps[i].strategy, "failures.kmalloc", "0");
    }
}
