/* Traces of processes with known results, under each strategy. */
#include <stdbool.h>

#include "support/json.h"
#include "support/scenario.h"
#include "support/scratch.h"
#include "support/test.h"

#include <mm/mm.h>
#include <mm/strategy.h>

#include <stdio.h>
#include <string.h>

#define FIRST_ACCESS "first_failure_by_cause.bad_access"
#define FIRST_FRAMES "first_failure_by_cause.no_frames"
#define BLOCKED      "first_failure_by_cause.brk_blocked"

static void assert_values(const char *trace, const char *strategy, const struct expected expected[],
                          size_t count)
{
    for (size_t i = 0; i < count; i++)
        scenario_expect(trace, strategy, expected[i].path, expected[i].value);
    scenario_expect_one_cause_each();
}

#define ASSERT_VALUES(trace, strategy, expected)                                                   \
    assert_values(trace, strategy, expected, sizeof(expected) / sizeof(expected)[0])

/* The results are the same under all strategies, except at the stack, which lies lower under a
   strategy with segments. The comments of data/accesses.mmt explain them. */
TEST(accesses_have_the_results_that_the_comments_explain)
{
    static const char trace[] = "tests/cli/data/accesses.mmt";
    static const struct expected everywhere[] = {
        {"events", "29"},
        {"requests.process", "2"},
        {"requests.touch", "18"},
        {"requests.map", "4"},
        {"requests.setbrk", "3"},
        {"failures.process", "0"},
        {"failures.map", "1"},
        {"failures.setbrk", "1"},
        {"process_events_skipped", "0"},
        {"failures_by_cause.no_address_space", "2"},
        {"first_failure.request", "\"touch\""},
        {FIRST_ACCESS ".blocker", "null"},
        {"first_failure_by_cause.no_address_space.event", "18"},
        {"first_failure_by_cause.no_address_space.request", "\"map\""},
        {"first_failure_by_cause.no_address_space.bytes", "8192"},
        {"first_failure_by_cause.no_address_space.access", "null"},
    };
    static const struct expected stack_below_3_gib[] = {
        {"failures.touch", "9"},
        {"failures_by_cause.bad_access", "9"},
        {"first_failure.event", "9"},
        {"first_failure.process", "1"},
        {FIRST_ACCESS ".access.address", "268451840"}, /* 0x10004000 */
        {FIRST_ACCESS ".access.error_code", "6"},
        {FIRST_ACCESS ".access.why", "\"rights\""},
    };
    static const struct expected stack_below_2_gib[] = {
        {"failures.touch", "11"},
        {"failures_by_cause.bad_access", "11"},
        {"first_failure.event", "8"},
        {"first_failure.process", "2"},
        {FIRST_ACCESS ".access.address", "3221213184"}, /* 0xbfffd000 */
        {FIRST_ACCESS ".access.error_code", "7"},
        {FIRST_ACCESS ".access.why", "\"kernel_space\""},
    };

    for (size_t i = 0; mm_strategies[i] != NULL; i++) {
        const char *strategy = mm_strategies[i]->name;
        scenario_replay(trace, "--ram", "64M", strategy);
        ASSERT_VALUES(trace, strategy, everywhere);
        if (mm_strategies[i]->segments)
            ASSERT_VALUES(trace, strategy, stack_below_2_gib);
        else
            ASSERT_VALUES(trace, strategy, stack_below_3_gib);
    }
}

/* Only some strategies have kseg0 and kseg1; data/segments.mmt explains the results. */
TEST(processes_cannot_use_the_kernels_segments)
{
    static const char trace[] = "tests/cli/data/segments.mmt";
    static const struct expected with[] = {
        {"failures.map", "2"},
        {"failures.touch", "4"},
        {"failures_by_cause.no_address_space", "2"},
        {"failures_by_cause.bad_access", "4"},
        {"first_failure.event", "4"},
        {FIRST_ACCESS ".event", "5"},
        {FIRST_ACCESS ".access.address", "2147483648"},
        {FIRST_ACCESS ".access.error_code", "7"}, /* the error code at any page of the kernel */
        {FIRST_ACCESS ".access.why", "\"kernel_space\""},
    };
    static const struct expected without[] = {
        {"failures.map", "0"},
        {"failures.touch", "2"},
        {"failures_by_cause.bad_access", "2"},
        {"first_failure.event", "9"},
        {FIRST_ACCESS ".access.why", "\"no_region\""},
    };

    for (size_t i = 0; mm_strategies[i] != NULL; i++) {
        const char *strategy = mm_strategies[i]->name;
        scenario_replay(trace, "--ram", "64M", strategy);
        if (mm_strategies[i]->segments)
            ASSERT_VALUES(trace, strategy, with);
        else
            ASSERT_VALUES(trace, strategy, without);
    }
}

/* Each trace has one bad access, which the report of compare explains. */
TEST(the_report_explains_a_bad_access)
{
    static const struct {
        const char *touch;
        const char *line;
    } table[] = {
        {"touch 77 0x10 w", "process 77, write at 0x00000010 (error code 0x6):\n"
                            "             the page at address 0 is never mapped\n"},
        {"touch 77 0xc0100000 r", "process 77, read at 0xc0100000 (error code 0x5):\n"
                                  "             the address belongs to the kernel\n"},
        {"touch 77 0x20000000 r", "process 77, read at 0x20000000 (error code 0x4):\n"
                                  "             the address is in no region; the next is stack "
                                  "bfffd000-c0000000\n"},
        {"touch 77 0x10000000 w", "process 77, write at 0x10000000 (error code 0x6):\n"
                                  "             map 10000000-10002000 is read-only\n"},
    };
    struct program *program = &scenario_program;
    char text[128];

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        snprintf(text, sizeof text, "mmtrace 1\nprocess 77\nmap 77 0x10000000 8192 r\n%s\n",
                 table[i].touch);
        MMSIM(program, "compare", scratch_text("access.mmt", text), "--ram", "64M");
        assert_int_equal(program->status, 0);
        if (strstr(program->out, table[i].line) == NULL)
            fail_msg("no %s in %s", table[i].line, program->out);
        assert_true(text_columns(program->out) <= 100);
    }
}

/* ---- a process that takes all memory ---- */

/* The number of frames that brk can allocate with 32 MiB: all except the frames of the firmware's
   tables and of brk's metadata. */
static uint64_t frames_of_32_mib(void)
{
    scenario_replay(scratch_text("empty.mmt", "mmtrace 1\n"), "--ram", "32M", "brk");
    return 0x1fe0 - 0x400 - json_u64(scenario_program.out, "frames.metadata_bytes") / 4096;
}

/* The number of pages that a process can have in these frames, which also hold its page tables and
   two frames of its own. */
static uint64_t pages_of(uint64_t frames)
{
    uint64_t pages = frames - 2;

    while (pages + (pages + 1023) / 1024 > frames - 2)
        pages--;
    return pages;
}

/*
 * A process touches one page more than there are frames for, and then unmaps all except its last
 * page. This page is in brk's way, while 27 MiB are free:
 *
 *     400                  1000                                 1fe0
 *      | last | free         |          free | 2, tables | tables |
 *
 * A second process cannot be created while no frame is free, so its events are skipped.
 */
static void write_trace(const char *path, uint64_t pages)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    fprintf(file, "mmtrace 1\nprocess 1234\nmap 1234 0x10000000 0x2000000 rw\n");
    for (uint64_t page = 0; page <= pages; page++)
        fprintf(file, "touch 1234 0x%llx w\n", 0x10000000 + ((unsigned long long)page << 12));
    fprintf(file, "process 9\ntouch 9 0xbfffffff w\nsetbrk 9 0x8049000\nexit 9\n");
    fprintf(file, "unmap 1234 0x10000000 %llu\nkmalloc 1 8 @small\nexit 1234\nkmalloc 2 8\n",
            (unsigned long long)(pages - 1) << 12);
    fclose(file);
}

TEST(a_page_of_a_process_can_block_brk)
{
    const char *path = scratch_path("process.mmt");
    uint64_t pages = pages_of(frames_of_32_mib());

    write_trace(path, pages);
    scenario_replay(path, "--ram", "32M", "brk");
    const struct expected expected[] = {
        {"failures.touch", "1"},
        {"failures.process", "1"},
        {"process_events_skipped", "3"},
        {"failures_by_cause.no_frames", "2"},
        {FIRST_FRAMES ".process", "1234"},
        {FIRST_FRAMES ".request", "\"touch\""},
        {FIRST_FRAMES ".access", "null"},
        {"requests.kmalloc", "2"},
        {"failures.kmalloc", "1"},
        {"failures_by_cause.brk_blocked", "1"},
        {BLOCKED ".process", "null"},
        {BLOCKED ".blocker.frame", "1024"},
        {BLOCKED ".blocker.process", "1234"},
        {BLOCKED ".blocker.site", "null"},
        {BLOCKED ".blocker.since_event", "1"},
    };
    assert_values(path, "brk", expected, sizeof expected / sizeof expected[0]);
    scenario_expect(path, "brk", "requests.touch", scenario_number(pages + 1));
    scenario_expect(path, "brk", FIRST_FRAMES ".event", scenario_number(pages + 3));
    scenario_expect(path, "brk", "frames.peak_used",
                    scenario_number(json_u64(scenario_program.out, "frames.total")));

    MMSIM(&scenario_program, "compare", path, "--ram", "32M", "--strategies", "brk");
    assert_non_null(strstr(scenario_program.out,
                           "in the way: frame 0x400, held since event 1 by process 1234\n"));
    assert_true(text_columns(scenario_program.out) <= 100);
}

/* Under window, too, a process can have all frames. primary needs one frame more for every 32
   pages, and some for the heap. */
TEST(a_process_can_take_nearly_all_memory)
{
    const char *path = scratch_path("process.mmt");
    uint64_t pages = pages_of(frames_of_32_mib());

    write_trace(path, pages);
    for (size_t i = 0; mm_strategies[i] != NULL; i++) {
        const char *strategy = mm_strategies[i]->name;
        bool primary = strcmp(strategy, "primary") == 0;
        bool window = strcmp(strategy, "window") == 0;
        scenario_replay(path, "--ram", "32M", strategy);
        scenario_expect_one_cause_each();
        uint64_t touched = pages + 1 - json_u64(scenario_program.out, "failures.touch");
        assert_true(touched > pages - (primary ? pages / 32 + 100 : 100));
        if (window)
            scenario_expect(path, "window", "failures.kmalloc", "0");
        scenario_expect(path, strategy,
                        primary ? "failures_by_cause.no_frames" : "failures_by_cause.no_run", "0");
    }
}
