/* Hand-written traces with known outcomes: each file in data/ says what must happen, and why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/json.h"
#include "support/scenario.h"
#include "support/scratch.h"

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

static const struct scenario scenarios[] = {
    {DATA "brk_blocked.mmt",
     "--ram",
     "64M",
     "brk",
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
    {DATA "brk_blocked.mmt",
     "--ram",
     "64M",
     "window",
     {{"failures.kmalloc", "0"},
      {"failures.pages", "11"},
      {BY_CAUSE("unsupported"), "11"},
      {"frees_skipped", "11"},
      {BLOCKER, "null"}}},
    {DATA "window_full.mmt",
     "--ram",
     "256M",
     "window",
     {{"requests.kmalloc", "18"},
      {"failures.kmalloc", "1"},
      {"late_failures", "0"},
      {BY_CAUSE("no_address_space"), "1"},
      {"first_failure.event", "16"},
      {"first_failure.request", "\"kmalloc\""},
      {"frees_skipped", "1"},
      {"failures_while_free", "1"},
      {"heap.peak_span_bytes", "67108864"}}},
    {DATA "window_full.mmt",
     "--ram",
     "256M",
     "primary",
     {{"failures.kmalloc", "0"}, {"first_failure", "null"}}},
    {DATA "window_full.mmt",
     "--ram",
     "256M",
     "brk",
     {{"failures.kmalloc", "0"}, {"first_failure", "null"}}},
    {DATA "heap_low.mmt",
     "--ram",
     "1G",
     "brk",
     {{"failures.kmalloc", "1"},
      {"first_failure.event", "8"},
      {FIRST_CAUSE, "\"no_address_space\""},
      {BLOCKER ".frame", "1024"}, /* the oldest of the largest */
      {BLOCKER ".site", "\"huge\""},
      {BLOCKER ".since_event", "1"},
      {"failures_while_free", "0"}}},
    {DATA "heap_low.mmt",
     "--ram",
     "1G",
     "primary",
     {{"failures.kmalloc", "1"}, {"first_failure.event", "8"}, {FIRST_CAUSE, "\"zone\""}}},
    {DATA "heap_low.mmt",
     "--ram",
     "1G",
     "window",
     {{"failures.kmalloc", "8"}, {BY_CAUSE("no_address_space"), "8"}, {"late_failures", "0"}}},
    {DATA "heap_low.mmt",
     "--ram",
     "64M",
     "brk",
     {{"failures.kmalloc", "8"}, {BY_CAUSE("no_frames"), "8"}, {"failures_while_free", "0"}}},
    {DATA "heap_low.mmt",
     "--ram",
     "64M",
     "primary",
     {{"failures.kmalloc", "8"}, {BY_CAUSE("no_frames"), "8"}}},
    {DATA "late.mmt",
     "--ram",
     "16M",
     "window",
     {{"requests.kmalloc", "3"},
      {"failures.kmalloc", "1"},
      {"late_failures", "1"},
      {BY_CAUSE("no_frames"), "1"},
      {"first_failure.event", "1"},
      {"first_failure.late", "true"},
      {"first_failure.bytes", "20971520"},
      {"frees_skipped", "1"},
      {"heap.peak_payload_bytes", "8388608"}}},
    {DATA "late.mmt",
     "--ram",
     "16M",
     "brk",
     {{"failures.kmalloc", "1"},
      {"late_failures", "0"},
      {FIRST_CAUSE, "\"no_frames\""},
      {"first_failure.late", "false"}}},
    {DATA "late.mmt",
     "--ram",
     "16M",
     "primary",
     {{"failures.kmalloc", "1"}, {"late_failures", "0"}, {FIRST_CAUSE, "\"no_frames\""}}},
    {DATA "orders.mmt",
     "--ram",
     "64M",
     "window",
     {{"requests.pages", "5"},
      {"failures.pages", "4"},
      {BY_CAUSE("unsupported"), "4"},
      {"first_failure.event", "2"},
      {"first_failure.bytes", "8192"},
      {"frees_skipped", "4"}}},
    {DATA "orders.mmt", "--ram", "64M", "primary", {{"failures.pages", "0"}}},
    {DATA "orders.mmt", "--ram", "64M", "brk", {{"failures.pages", "0"}}},
    {DATA "skipped.mmt",
     "--ram",
     "64M",
     "window",
     {{"requests.kmalloc", "4"},
      {"failures.kmalloc", "3"},
      {"failures.pages", "4"},
      {"failures.vmalloc", "1"},
      {"frees_skipped", "4"}}},
    {DATA "skipped.mmt",
     "--ram",
     "64M",
     "primary",
     {{"failures.kmalloc", "3"},
      {"failures.pages", "3"},
      {"failures.vmalloc", "1"},
      {"frees_skipped", "4"}}},
    {DATA "skipped.mmt",
     "--ram",
     "64M",
     "brk",
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
    {DATA "krealloc_last.mmt", "--ram", "64M", "window", {{"heap.peak_span_bytes", "12288"}}},
    {DATA "krealloc_last.mmt", "--ram", "64M", "primary", {{"heap.peak_span_bytes", "12288"}}},
    {DATA "krealloc_last.mmt", "--ram", "64M", "brk", {{"heap.peak_span_bytes", "12288"}}},
    {DATA "krealloc.mmt",
     "--ram",
     "64M",
     "window",
     {{"requests.kmalloc", "6"},
      {"heap.peak_span_bytes", "32768"},
      {"heap.peak_payload_bytes", "20480"}}},
    {DATA "krealloc.mmt", "--ram", "64M", "primary", {{"heap.peak_span_bytes", "32768"}}},
    {DATA "krealloc.mmt", "--ram", "64M", "brk", {{"heap.peak_span_bytes", "32768"}}},
    {DATA "dma.mmt",
     "--ram",
     "64M",
     "window",
     {{"failures.kmalloc", "3"}, {"failures.pages", "0"}, {BY_CAUSE("unsupported"), "3"}}},
    {DATA "dma.mmt",
     "--ram",
     "64M",
     "primary",
     {{"failures.kmalloc", "1"},
      {"failures.pages", "0"},
      {"first_failure.event", "2"},
      {FIRST_CAUSE, "\"zone\""}}},
    {DATA "dma.mmt",
     "--ram",
     "64M",
     "brk",
     {{"failures.kmalloc", "1"},
      {"failures.pages", "0"},
      {"first_failure.event", "2"},
      {FIRST_CAUSE, "\"zone\""}}},
    {DATA "zones.mmt",
     "--memmap",
     DATA "zones.e820",
     "brk",
     {{"requests.pages", "10"},
      {"failures.pages", "3"},
      {BY_CAUSE("no_frames"), "1"},
      {BY_CAUSE("zone"), "2"},
      {"first_failure.event", "7"},
      {FIRST_CAUSE, "\"no_frames\""},
      {"frames.total", "7168"}}},
    {DATA "zones.mmt", "--memmap", DATA "zones.e820", "window", {{BY_CAUSE("unsupported"), "10"}}},
    {DATA "zones.mmt",
     "--memmap",
     DATA "zones.e820",
     "primary",
     {{"failures.pages", "8"}, {BY_CAUSE("no_run"), "8"}}},
    {DATA "vmalloc.mmt",
     "--ram",
     "256M",
     "window",
     {{"requests.vmalloc", "4"},
      {"failures.vmalloc", "1"},
      {"first_failure.event", "3"},
      {FIRST_CAUSE, "\"no_address_space\""},
      {"heap.peak_payload_bytes", "66060288"}}},
    {DATA "vmalloc.mmt",
     "--ram",
     "256M",
     "primary",
     {{"failures.vmalloc", "1"},
      {"first_failure.event", "3"},
      {FIRST_CAUSE, "\"no_address_space\""}}},
    {DATA "vmalloc.mmt",
     "--ram",
     "256M",
     "brk",
     {{"failures.vmalloc", "1"},
      {"first_failure.event", "3"},
      {FIRST_CAUSE, "\"no_address_space\""},
      {"heap.peak_payload_bytes", "0"}}},
};

static void each_trace_ends_as_its_comment_says(void **state)
{
    (void)state;
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

/* Frames of LOW that `brk` may give out with 32 MiB: all but the firmware's tables and its own. */
static uint64_t low_frames_of_32_mib(void)
{
    scenario_replay(scratch_text("empty.mmt", "mmtrace 1\n"), "--ram", "32M", "brk");
    return 0x1fe0 - 0x1000 - json_u64(scenario_program.out, "frames.metadata_bytes") / 4096;
}

/*
 * Single pages take all of LOW, the highest frame first, then all of DMA; all but the last come
 * back. brk now stands right under a used frame, with 27 MiB free:
 *
 *     400                  1000                     1fe0
 *      | last | free         |          free | tables |
 */
static void one_page_is_enough_to_block_brk(void **state)
{
    const char *path = scratch_path("one_page.mmt");
    uint64_t all = low_frames_of_32_mib() + 0xc00;
    FILE *file = fopen(path, "we");

    (void)state;
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
 * Likewise the last page of LOW, and DMA never used; as the first failure: with its culprit, that
 * names no site.
 */
static void the_culprit_is_named(void **state)
{
    const char *path = scratch_path("culprit.mmt");
    uint64_t low = low_frames_of_32_mib();
    FILE *file = fopen(path, "we");

    (void)state;
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
 * User pages as many as HIGH has frames with 1 GiB. The heap must not have lost one to them: a
 * block fills LOW (`primary`), or LOW and DMA (`brk`), but for 2.4 MB. The next user page comes
 * from below all the same.
 */
static void user_pages_go_high_first(void **state)
{
    static const struct {
        const char *strategy;
        uint32_t block_bytes;
    } heaps[] = {{"primary", 786000000}, {"brk", 798500000}};
    const char *path = scratch_path("high.mmt");

    (void)state;
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_trace_ends_as_its_comment_says),
        cmocka_unit_test(one_page_is_enough_to_block_brk),
        cmocka_unit_test(the_culprit_is_named),
        cmocka_unit_test(user_pages_go_high_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
