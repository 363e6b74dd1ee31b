/* Reports of invented outcomes: failures, culprits, and strategies without a result. */
#include "report/comparison.h"
#include "support/json.h"
#include "support/lab.h"
#include "support/printing.h"
#include "support/program.h"
#include "support/test.h"
#include <mm/region.h>

#include <stdlib.h>
#include <string.h>

enum { RUNS = 3 };

static struct run_outcome outcomes[RUNS];
static const struct strategy *strategies[RUNS];
static struct trace trace;
static const struct timing *timings; /* NULL: no times */

static struct replay_culprit no_culprit(void)
{
    return (struct replay_culprit){.frame = PFN_NONE};
}

/* `window` finishes, and `primary` crashes. `brk` is blocked by the second site of the trace, and
 * later has no frames. */
static void fill_outcomes(void)
{
    memset(outcomes, 0, sizeof outcomes);
    for (uint32_t i = 0; i < RUNS; i++)
        strategies[i] = mm_strategies[i];
    outcomes[0].result.events = 3;
    outcomes[0].result.requests[REQUEST_KMALLOC] = 1234567;
    outcomes[0].microseconds = 6;
    outcomes[0].tlb_hits = 999;
    outcomes[0].tlb_misses = 1;
    outcomes[0].result.digest = 0xabc;
    outcomes[1].status = RUN_FAILED;
    strcpy(outcomes[1].reason, "crashed: \"Segmentation fault\"");
    outcomes[2].result.requests[REQUEST_KMALLOC] = 4;
    outcomes[2].result.failures[REQUEST_KMALLOC] = 2;
    outcomes[2].result.failures_by_cause[MM_BRK_BLOCKED] = 1;
    outcomes[2].result.failures_by_cause[MM_NO_FRAMES] = 1;
    outcomes[2].result.first_by_cause[MM_BRK_BLOCKED] = (struct replay_failure){
        .event = 1234,
        .request = REQUEST_KMALLOC,
        .bytes = 4096,
        .cause = MM_BRK_BLOCKED,
        .free_bytes = 1u << 20,
        .blocker = {.frame = pfn(0x1400), .owned = true, .site = 2, .since_event = 1000},
    };
    outcomes[2].result.first_by_cause[MM_NO_FRAMES] = (struct replay_failure){
        .event = 5678,
        .request = REQUEST_KMALLOC,
        .bytes = 8192,
        .cause = MM_NO_FRAMES,
        .late = true,
        .blocker = no_culprit(),
    };
}

/* Returns the text that the printer makes of the outcomes. The caller frees it. */
static char *printed_text(void (*print)(const struct comparison *comparison, FILE *out),
                          uint32_t count)
{
    struct comparison comparison = {
        .trace = &trace,
        .ram_bytes = 1u << 26,
        .ram_source = "--ram",
        .count = count,
        .strategies = strategies,
        .outcomes = outcomes,
        .timings = timings,
    };
    struct printing printing;

    print(&comparison, printing_start(&printing));
    return printing_end(&printing);
}

/* The first failure for each cause. Only brk_blocked has a culprit. */
static const char brk_failures[] =
    "\nbrk      digest 0000000000000000\n"
    "         first no_frames: event 5,678, kmalloc of 8.0 KiB, at the touch; 0 B were free\n"
    "         first brk_blocked: event 1,234, kmalloc of 4.0 KiB; 1.0 MiB were free\n"
    "           in the way: frame 0x1400, held since event 1,000 by second\n";

TEST(the_table_shows_results_and_first_failures)
{
    trace = lab_trace_text("kmalloc 1 8 @first\nkmalloc 2 8 @second\n");
    fill_outcomes();
    char *text = printed_text(comparison_print, RUNS);
    assert_non_null(strstr(text, "RAM 64.0 MiB (--ram)"));
    assert_non_null(strstr(text, "window   digest 0000000000000abc; nothing failed\n"));
    assert_non_null(strstr(text, "primary  NO RESULT: crashed: \"Segmentation fault\"\n"));
    assert_non_null(strstr(text, brk_failures));
    const char *tlb = strstr(text, "\nTLB hits ");
    assert_non_null(tlb);
    const char *share = strstr(tlb, " 99.9 % ");
    assert_true(share != NULL && share < strchr(tlb + 1, '\n'));
    assert_non_null(strstr(text, "  for no_frames "));
    assert_non_null(strstr(text, "  for brk_blocked "));
    assert_null(strstr(text, "  for no_run")); /* no strategy failed for this cause */
    assert_true(text_columns(text) <= 100);
    free(text);
    trace_close(&trace);
}

TEST(a_culprit_without_an_owner_has_its_kind)
{
    static const struct {
        enum frame_kind kind;
        const char *shown;
    } table[] = {{FRAME_METADATA, "frame 0x1400, used by the memory manager\n"},
                 {FRAME_HEAP, "frame 0x1400, not used by any block of the trace\n"},
                 {FRAME_DEVICE, "frame 0x1400, not RAM\n"}};
    char *text;

    trace = lab_trace_text("kmalloc 1 8 @first\n");
    fill_outcomes();
    struct replay_culprit *blocker = &outcomes[2].result.first_by_cause[MM_BRK_BLOCKED].blocker;
    blocker->owned = false;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        blocker->kind = table[i].kind;
        text = printed_text(comparison_print, RUNS);
        assert_non_null(strstr(text, table[i].shown));
        free(text);
    }
    text = printed_text(comparison_print_json, RUNS);
    assert_null(json_error(text));
    assert_true(json_equals(text, "runs[2].first_failure.blocker.site", "null"));
    assert_true(json_equals(text, "runs[2].first_failure.blocker.since_event", "null"));
    assert_true(
        json_equals(text, "runs[2].first_failure_by_cause.brk_blocked.blocker.frame", "5120"));
    assert_true(json_equals(text, "runs[2].first_failure_by_cause.no_frames.blocker", "null"));
    free(text);

    blocker->owned = true;
    blocker->site = SITE_NONE;
    text = printed_text(comparison_print, RUNS);
    assert_non_null(strstr(text, "frame 0x1400, held since event 1,000\n"));
    free(text);
    trace_close(&trace);
}

/* No single block causes no_frames, so the owner of the most frames is shown. */
TEST(a_failure_for_no_frames_names_the_largest_owner)
{
    trace = lab_trace_text("kmalloc 1 8 @first\nkmalloc 2 8 @second\n");
    fill_outcomes();
    outcomes[2].result.first_by_cause[MM_NO_FRAMES].blocker =
        (struct replay_culprit){.frame = pfn(0x1400),
                                .owned = true,
                                .site = 2,
                                .since_event = 7,
                                .kind = FRAME_USER,
                                .frames = 1024};
    char *text = printed_text(comparison_print, RUNS);
    assert_non_null(
        strstr(text, "largest: 1,024 frames from 0x1400, held since event 7 by second\n"));
    free(text);
    trace_close(&trace);
}

TEST(times_have_units)
{
    static const struct {
        uint64_t nanoseconds; /* of two events */
        const char *shown;
    } table[] = {{1333, "CPU time per event              666.5 ns\n"},
                 {2000, "CPU time per event              1.0 us\n"},
                 {1999998, "CPU time per event              1.0 ms\n"},
                 {60000000, "CPU time per event              30.0 ms\n"}};
    struct timing timing[RUNS] = {{.rounds = 9}};

    trace = lab_trace_text("kmalloc 1 8 @first\nkfree 1\n");
    fill_outcomes();
    timings = timing;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        timing[0].median_ns = table[i].nanoseconds;
        timing[0].spread_ns = table[i].nanoseconds / 40u;
        char *text = printed_text(comparison_print, 1);
        assert_non_null(strstr(text, table[i].shown));
        assert_non_null(strstr(text, "  half of the rounds within +-"));
        assert_non_null(strstr(text, " 2.5 %\n"));
        free(text);
    }
    timings = NULL;
    char *text = printed_text(comparison_print, 1);
    assert_null(strstr(text, "time")); /* no timings were requested */
    free(text);
    trace_close(&trace);
}

TEST(a_long_site_fits_the_page)
{
    char events[600] = "kmalloc 1 8 @first\nkmalloc 2 8 @";

    memset(events + strlen(events), 'x', 500);
    strcat(events, "\n");
    trace = lab_trace_text(events);
    fill_outcomes();
    outcomes[2].result.first_by_cause[MM_BRK_BLOCKED].event = 4000000000u;
    outcomes[2].result.first_by_cause[MM_BRK_BLOCKED].blocker.since_event = 3999999999u;
    outcomes[2].result.first_by_cause[MM_BRK_BLOCKED].blocker.frame = pfn(0xfffff);
    outcomes[2].result.first_by_cause[MM_NO_FRAMES].event =
        3999999998u; /* as long as an event number gets */
    outcomes[2].result.first_by_cause[MM_NO_FRAMES].bytes = 1023u << 20;
    char *text = printed_text(comparison_print, RUNS);
    assert_true(text_columns(text) <= 100);
    free(text);
    trace_close(&trace);
}

/* Returns a forbidden access of a process. All numbers have the most digits. */
static struct replay_failure bad_access(enum mm_access_fault why, uint32_t error_code,
                                        uint32_t region_end)
{
    return (struct replay_failure){
        .event = 4000000000u,
        .request = REQUEST_PROCESS, /* the request with the longest name */
        .bytes = 1023u << 20,
        .cause = MM_BAD_ACCESS,
        .free_bytes = 1023u << 20,
        .blocker = no_culprit(),
        .process = UINT64_MAX,
        .access = {.va = vaddr(0xbfffcffc),
                   .error_code = error_code,
                   .why = why,
                   .region_start = region_end - (region_end != 0 ? 0x3000 : 0),
                   .region_end = region_end,
                   .region_kind = REGION_STACK},
    };
}

/* The report must contain the line, and must fit into 100 columns. */
static void assert_reports(struct replay_failure failure, const char *line)
{
    fill_outcomes();
    outcomes[0].result.first_by_cause[failure.cause] = failure;
    outcomes[0].result.failures[failure.request] = 1;
    outcomes[0].result.failures_by_cause[failure.cause] = 1;
    char *text = printed_text(comparison_print, RUNS);
    if (strstr(text, line) == NULL)
        fail_msg("expected %s in: %s", line, text);
    assert_true(text_columns(text) <= 100);
    free(text);
}

TEST(a_bad_access_is_explained_in_words)
{
    static const struct {
        enum mm_access_fault why;
        uint32_t error_code;
        uint32_t region_end;
        const char *line;
    } table[] = {
        {MM_ACCESS_NULL, 4, 0,
         "           process 18446744073709551615, read at 0xbfffcffc (error code 0x4):\n"
         "             the page at address 0 is never mapped\n"},
        {MM_ACCESS_KERNEL, 7, 0,
         "write at 0xbfffcffc (error code 0x7):\n             the address belongs to the kernel\n"},
        {MM_ACCESS_NO_REGION, 6, 0xc0000000,
         "write at 0xbfffcffc (error code 0x6):\n"
         "             the address is in no region; the next is stack bfffd000-c0000000\n"},
        {MM_ACCESS_NO_REGION, 6, 0, "             the address is in no region; the next is none\n"},
        {MM_ACCESS_RIGHTS, 7, 0xc0000000, "             stack bfffd000-c0000000 is read-only\n"},
    };

    trace = lab_trace_text("kmalloc 1 8 @first\nkmalloc 2 8 @second\n");
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_reports(bad_access(table[i].why, table[i].error_code, table[i].region_end),
                       table[i].line);
    trace_close(&trace);
}

TEST(a_process_that_blocks_is_named)
{
    struct replay_failure failure = {
        .event = 4000000000u,
        .request = REQUEST_KMALLOC,
        .bytes = 1023u << 20,
        .cause = MM_BRK_BLOCKED,
        .blocker = {.frame = pfn(0xfffff),
                    .owned = true,
                    .process = UINT64_MAX,
                    .since_event = 3999999999u},
    };

    trace = lab_trace_text("kmalloc 1 8 @first\nkmalloc 2 8 @second\n");
    assert_reports(failure,
                   "           in the way: frame 0xfffff, held since event 3,999,999,999 by "
                   "process 18446744073709551615\n");
    trace_close(&trace);
}

TEST(requests_of_processes_have_rows_if_any_failed)
{
    static const char *const rows[] = {"\n  touch ", "\n  process ", "\n  map ", "\n  setbrk "};

    trace = lab_trace_text("kmalloc 1 8 @first\nkmalloc 2 8 @second\n");
    for (size_t i = 0; i < 4; i++) {
        fill_outcomes();
        char *text = printed_text(comparison_print, RUNS);
        assert_null(strstr(text, rows[i]));
        free(text);
        outcomes[0].result.failures[REQUEST_TOUCH + i] = 1;
        text = printed_text(comparison_print, RUNS);
        assert_non_null(strstr(text, rows[i]));
        free(text);
    }
    trace_close(&trace);
}

TEST(json_has_an_error_where_there_is_no_result)
{
    trace = lab_trace_text("kmalloc 1 8 @first\nkmalloc 2 8 @quo\"te\\\n");
    fill_outcomes();
    char *text = printed_text(comparison_print_json, RUNS);
    assert_null(json_error(text));
    assert_true(json_equals(text, "runs[0].digest", "\"0000000000000abc\""));
    assert_true(json_equals(text, "runs[0].cost.seconds", "0.000006"));
    assert_true(json_equals(text, "runs[0].cost.events_per_second", "500000"));
    assert_true(json_equals(text, "runs[0].cost.tlb.hits", "999"));
    assert_true(json_equals(text, "runs[0].cost.tlb.misses", "1"));
    assert_true(json_equals(text, "runs[1].strategy", "\"primary\""));
    assert_true(json_equals(text, "runs[1].error", "\"crashed: \\\"Segmentation fault\\\"\""));
    assert_int_equal(json_type(text, "runs[1].digest"), 0);
    assert_true(json_equals(text, "runs[2].first_failure.event", "1234"));
    assert_true(json_equals(text, "runs[2].first_failure_by_cause.brk_blocked.event", "1234"));
    assert_true(json_equals(text, "runs[2].first_failure_by_cause.no_frames.event", "5678"));
    assert_true(json_equals(text, "runs[2].first_failure_by_cause.zone", "null"));
    assert_true(json_equals(text, "runs[2].first_failure.blocker.site", "\"quo\\\"te\\\\\""));
    free(text);
    trace_close(&trace);
}

TEST(the_json_of_a_replay_is_one_run)
{
    trace = lab_trace_text("kmalloc 1 8 @first\n");
    fill_outcomes();
    char *text = printed_text(replay_print_json, 1);
    assert_null(json_error(text));
    assert_true(json_equals(text, "strategy", "\"window\""));
    assert_true(json_equals(text, "ram_bytes", "67108864"));
    assert_true(json_equals(text, "events", "1"));
    assert_int_equal(json_type(text, "runs"), 0);
    free(text);
    trace_close(&trace);
}

int main(void)
{
    setenv("COLUMNS", "100", 1); /* tests/cli/test_terminal.c has other widths */
    return tests_run(NULL, NULL);
}
