/* Reports of explained failures, as text and as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/explain_report.h"
#include "report/frame_colours.h"
#include "support/json.h"
#include "support/lab.h"
#include "support/printing.h"
#include "support/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct explanation explained;
static struct explain_request request;
static struct trace trace;
static char *text;

/* Fills in an explanation that uses every part of the report. */
static void fill_explanation(void)
{
    explained = (struct explanation){.status = RUN_DONE, .other_count = 4};
    explained.snapshot = (struct explain_snapshot){
        .failures = 1200,
        .asked = {.kind = EVENT_PAGES, .page_class = PAGES_USER, .order = 3, .site = 2},
        .failure = {.event = 1000,
                    .request = REQUEST_PAGES,
                    .page_class = PAGES_USER,
                    .bytes = 0x8000,
                    .cause = MM_NO_RUN,
                    .free_bytes = 3u << 20,
                    .blocker = {.frame = pfn(0x1042),
                                .owned = true,
                                .site = 1,
                                .since_event = 400,
                                .kind = FRAME_USER,
                                .frames = 1}},
        .frames_total = 4096,
        .heap_span_bytes = 1u << 20,
        .heap_most_bytes = 64u << 20,
        .heap_first = 0x400,
        .heap_last = 0x4ff,
        .picture = {.start = 0x1000, .per_cell = 1},
    };
    explained.snapshot.zone[ZONE_DMA].frames = 3072;
    explained.snapshot.zone[ZONE_LOW] =
        (struct explain_zone){.frames = 1024, .largest_run = 5, .largest_at = 0x1100};
    free_blocks_add_range(&explained.snapshot.zone[ZONE_LOW].free, pfn(0x1100), pfn(0x1105));
    explained.snapshot.marks[FRAME_USER] = 3000;
    explained.snapshot.marks[FRAME_HEAP_FREE] = 12;
    explained.snapshot.picture.mark[0x42] = FRAME_USER;
    explained.snapshot.picture.mark[0x43] = FRAME_HEAP_FREE;
    explained.other[0] = mm_strategy_find("window");
    explained.other[1] = explained.other[2] = explained.other[3] = mm_strategy_find("primary");
    explained.other_trial[1] = (struct explain_trial){.end = TRIAL_FAILED, .cause = MM_NO_FRAMES};
    explained.other_trial[2] = (struct explain_trial){.end = TRIAL_SKIPPED};
    explained.other_trial[3] = (struct explain_trial){.end = TRIAL_LOST, .reason = "panic: oh"};
    explained.ram = (struct explain_ram){true, true, 33u << 20, 3500u << 20};
    explained.freeing = (struct explain_freeing){.count = 1, .enough = true, .owner = {5}};
    request = (struct explain_request){
        .trace = &trace, .strategy = mm_strategy_find("brk"), .ram_bytes = 32u << 20, .failure = 7};
}

static void print(bool json)
{
    struct printing printing;

    free(text);
    if (json)
        explain_print_json(&explained, &request, printing_start(&printing));
    else
        explain_print(&explained, &request, "--ram", printing_start(&printing));
    text = printing_end(&printing);
    assert_true(json || text_columns(text) <= 100);
}

static void assert_prints(const char *line)
{
    if (strstr(text, line) == NULL)
        fail_msg("expected \"%s\" in:\n%s", line, text);
}

static int open_explanation(void **state)
{
    (void)state;
    trace = lab_trace_text("kmalloc 1 8 @first\nkmalloc 2 8 @second\n");
    trace.header.events = 2000;
    fill_explanation();
    return 0;
}

static int close_explanation(void **state)
{
    (void)state;
    trace_close(&trace);
    free(text);
    text = NULL;
    return 0;
}

static void the_report_shows_every_part(void **state)
{
    (void)state;
    print(false);
    assert_prints(
        " under brk, RAM 32.0 MiB (--ram)\nfailure 7 of 1,200\n\n"
        "asked    pages of order 3, 32.0 KiB, from user, by second\n"
        "         event 1,000 of 2,000, 50.0 % of the trace\n"
        "failed   no_run: enough is free, but nothing contiguous or aligned enough\n"
        "free     3.0 MiB\n"
        "  DMA    12.0 MiB of RAM,        0 B in free frames\n"
        "  LOW     4.0 MiB of RAM,   20.0 KiB in free frames\n"
        "                 longest run 20.0 KiB at frame 0x01100\n"
        "                 in blocks:  1 of 4K, 1 of 16K\n"
        "heap     1.0 MiB of the 64.0 MiB that it may ever span, in frames 0x00400 to 0x004ff\n"
        "frames   user 3,000, free_in_heap 12\n\n"
        "blocked  at frame 0x1042, user\n"
        "         put there by first, 1 frame\n"
        "         since event 400, 600 events before: 30.0 % of the trace\n\n");
    assert_prints("  01000  ................................................................\n"
                  "  01040  ..Uo............................................................\n"
                  "           ^\n"
                  "  01080  ..");
    assert_prints("\n  each character is a frame:  . free  U user  o free_in_heap\n\n");
    assert_prints("  RAM       1.0 MiB more, 34,603,008 bytes in all; with 64 KiB less it fails "
                  "(verified)\n"
                  "  strategy  window   serves it (verified)\n"
                  "            primary  also fails: no_frames\n"
                  "            primary  could not create the process that asks\n"
                  "            primary  no result: panic: oh\n"
                  "  freeing   that one block before the event: the request passes (verified)\n");
}

static void each_kind_of_request_is_described(void **state)
{
    struct explain_asked *event = &explained.snapshot.asked;

    (void)state;
    explained.snapshot.failure.bytes = 5000;
    *event = (struct explain_asked){.kind = EVENT_KMALLOC, .page_class = PAGES_DMA, .site = 1};
    print(false);
    assert_prints("asked    kmalloc of 4.9 KiB, dma, by first\n");
    *event = (struct explain_asked){.kind = EVENT_VMALLOC};
    print(false);
    assert_prints("asked    vmalloc of 4.9 KiB, by an unnamed site\n");
    *event = (struct explain_asked){.kind = EVENT_KREALLOC};
    print(false);
    assert_prints("asked    krealloc of 4.9 KiB\n");
    explained.snapshot.failure.process = 77;
    *event = (struct explain_asked){.kind = EVENT_PROCESS};
    print(false);
    assert_prints("asked    process, by process 77\n");
    *event = (struct explain_asked){.kind = EVENT_MAP, .bytes = 8192, .address = 0x1000};
    print(false);
    assert_prints("asked    map of 8.0 KiB at 0x00001000, by process 77\n");
    event->kind = EVENT_UNMAP;
    print(false);
    assert_prints("asked    unmap of 8.0 KiB at 0x00001000, by process 77\n");
    *event = (struct explain_asked){.kind = EVENT_TOUCH, .address = 0x1000, .write = true};
    print(false);
    assert_prints("asked    touch, a write at 0x00001000, by process 77\n");
    event->write = false;
    print(false);
    assert_prints("asked    touch, a read at 0x00001000, by process 77\n");
    event->kind = EVENT_SETBRK;
    print(false);
    assert_prints("asked    setbrk at 0x00001000, by process 77\n");
}

static void each_cause_is_described(void **state)
{
    struct replay_failure *failure = &explained.snapshot.failure;

    (void)state;
    failure->late = true;
    for (uint32_t cause = MM_OK + 1u; cause < MM_CAUSE_COUNT; cause++) {
        char line[64];
        failure->cause = (enum mm_cause)cause;
        print(false);
        snprintf(line, sizeof line, "failed   %s: ", cause_name(failure->cause));
        assert_prints(line);
        assert_prints("at the touch: the call itself had succeeded\n");
        assert_prints(cause == MM_NO_FRAMES || cause == MM_ZONE || cause == MM_NO_ADDRESS_SPACE
                          ? "blocked  by no single owner; the largest is at frame 0x1042, user\n"
                          : "blocked  at frame 0x1042, user\n");
    }
    failure->access = (struct mm_access){.va = vaddr(0x123), .why = MM_ACCESS_NULL};
    print(false);
    assert_prints("         process 0, read at 0x00000123 (error code 0x0):\n"
                  "           the page at address 0 is never mapped\n");
}

static void each_kind_of_culprit_is_described(void **state)
{
    struct replay_culprit *blocker = &explained.snapshot.failure.blocker;

    (void)state;
    blocker->frames = 1024;
    blocker->since_event = 999;
    print(false);
    assert_prints("put there by first, 1,024 frames\n"
                  "         since event 999, 1 event before: < 0.1 % of the trace\n");
    blocker->process = 8;
    print(false);
    assert_prints("         of process 8, 1,024 frames\n");
    blocker->owned = false;
    print(false);
    assert_prints("         no block of the trace has a byte in it\n");
    blocker->frame = PFN_NONE;
    print(false);
    explained.snapshot.heap_first = 0;
    print(false);
    assert_prints("that it may ever span\n");
    assert_prints("blocked  by nothing that the trace could free\n\nthe smallest");
    assert_null(strstr(text, "each is"));
}

static void a_cell_of_the_picture_may_stand_for_several_frames(void **state)
{
    (void)state;
    explained.snapshot.picture.per_cell = 4;
    print(false);
    assert_prints("         "
                  "                ^\n"
                  "  01100  ");
    assert_prints("  each character is 4 frames, marked by the first used:  . free");
}

static void changes_that_do_not_help_are_reported(void **state)
{
    struct explain_freeing *freeing = &explained.freeing;

    (void)state;
    explained.ram.found = false;
    freeing->trial.end = TRIAL_FAILED;
    print(false);
    assert_prints("  RAM       no size up to 3.4 GiB is enough (verified)\n");
    assert_prints("  freeing   that one block before the event: the request still fails\n");
    freeing->owner[0] = FREED_PROCESS | 3;
    print(false);
    assert_prints("  freeing   that one process before the event: the request still fails\n");
    explained.ram.tried = false;
    freeing->trial.end = TRIAL_PASSED;
    freeing->count = 12;
    print(false);
    assert_prints("  RAM       not tried, because ");
    assert_prints("  freeing   all 12 owners in the way before the event: the request passes "
                  "(verified)\n");
}

static void a_search_for_owners_that_gives_up_is_explained(void **state)
{
    struct explain_freeing *freeing = &explained.freeing;

    (void)state;
    *freeing = (struct explain_freeing){.count = EXPLAIN_FREED_MAX};
    print(false);
    assert_prints("  freeing   more than 256 owners would have to go\n");
    freeing->count = 1;
    freeing->own = true;
    print(false);
    assert_prints("  freeing   more than 1 owner would have to go; then the asking block "
                  "or process is in the way\n");
    freeing->count = 0;
    print(false);
    assert_prints("  freeing   the asking block or process is in the way\n");
    freeing->own = false;
    freeing->last.frame = pfn(0x99);
    print(false);
    assert_prints("  freeing   frame 0x99 is in the way, and nothing in the trace can free it\n");
    freeing->last.frame = PFN_NONE;
    print(false);
    assert_prints("  freeing   no block or process of the trace is in the way\n");
}

static void a_failure_number_that_does_not_occur_is_reported(void **state)
{
    (void)state;
    request.failure = 2000;
    print(false);
    assert_prints("1,200 of its 2,000 events failed: there is no such failure\n");
    print(true);
    assert_null(json_error(text));
    assert_true(json_equals(text, "failure", "null"));
    assert_int_equal(json_u64(text, "failures"), 1200);
    explained.snapshot.failures = 0;
    print(false);
    assert_prints("none of its 2,000 events failed\n");
}

static void json_has_every_part(void **state)
{
    static const struct {
        const char *path;
        const char *value;
    } table[] = {
        {"strategy", "\"brk\""},
        {"ram_bytes", "33554432"},
        {"failures", "1200"},
        {"number", "7"},
        {"failure.cause", "\"no_run\""},
        {"failure.blocker.kind", "\"user\""},
        {"failure.blocker.age_events", "600"},
        {"asked.event", "\"pages\""},
        {"asked.site", "\"second\""},
        {"asked.class", "\"user\""},
        {"asked.order", "3"},
        {"asked.address", "null"},
        {"zones[1].zone", "\"LOW\""},
        {"zones[1].free_frames", "5"},
        {"zones[1].largest_run_frame", "4352"},
        {"zones[1].free_blocks[2]", "1"},
        {"heap.span_bytes", "1048576"},
        {"heap.first_frame", "1024"},
        {"heap.last_frame", "1279"},
        {"frames.total", "4096"},
        {"frames.user", "3000"},
        {"frames.free_in_heap", "12"},
        {"picture.start_frame", "4096"},
        {"picture.frames_per_cell", "1"},
        {"ram.least_bytes", "34603008"},
        {"ram.verified", "true"},
        {"strategies[0].result", "\"passed\""},
        {"strategies[0].verified", "true"},
        {"strategies[1].result", "\"failed\""},
        {"strategies[1].cause", "\"no_frames\""},
        {"strategies[2].result", "\"skipped\""},
        {"strategies[3].result", "\"lost\""},
        {"strategies[3].verified", "false"},
        {"freeing.owners", "1"},
        {"freeing.enough", "true"},
        {"freeing.result", "\"passed\""},
    };

    (void)state;
    print(true);
    assert_null(json_error(text));
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (!json_equals(text, table[i].path, table[i].value))
            fail_msg("expected that %s is %s in %s", table[i].path, table[i].value, text);
}

static void json_has_null_for_missing_parts(void **state)
{
    (void)state;
    explained.snapshot.asked =
        (struct explain_asked){.kind = EVENT_TOUCH, .address = 5, .write = true};
    explained.snapshot.picture.per_cell = 0;
    explained.snapshot.heap_first = explained.snapshot.heap_last = 0;
    explained.ram.tried = false;
    explained.freeing.enough = false;
    print(true);
    assert_null(json_error(text));
    assert_true(json_equals(text, "asked.site", "null"));
    assert_true(json_equals(text, "asked.address", "5"));
    assert_true(json_equals(text, "picture", "null"));
    assert_true(json_equals(text, "heap.first_frame", "null"));
    assert_true(json_equals(text, "ram", "null"));
    assert_true(json_equals(text, "freeing.result", "null"));
    explained.ram = (struct explain_ram){.tried = true};
    explained.snapshot.asked.kind = EVENT_PROCESS;
    print(true);
    assert_true(json_equals(text, "asked.address", "null"));
    assert_true(json_equals(text, "ram.least_bytes", "null"));
    assert_true(json_equals(text, "ram.verified", "false"));
}

static void no_two_marks_share_a_character(void **state)
{
    (void)state;
    for (uint32_t mark = 0; mark < FRAME_STATE_COUNT; mark++)
        for (uint32_t other = 0; other < mark; other++)
            assert_int_not_equal(frame_looks[mark].letter, frame_looks[other].letter);
}

#define EXPLANATION_TEST(name)                                                                     \
    cmocka_unit_test_setup_teardown(name, open_explanation, close_explanation)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EXPLANATION_TEST(the_report_shows_every_part),
        EXPLANATION_TEST(each_kind_of_request_is_described),
        EXPLANATION_TEST(each_cause_is_described),
        EXPLANATION_TEST(each_kind_of_culprit_is_described),
        EXPLANATION_TEST(a_cell_of_the_picture_may_stand_for_several_frames),
        EXPLANATION_TEST(changes_that_do_not_help_are_reported),
        EXPLANATION_TEST(a_search_for_owners_that_gives_up_is_explained),
        EXPLANATION_TEST(a_failure_number_that_does_not_occur_is_reported),
        EXPLANATION_TEST(json_has_every_part),
        EXPLANATION_TEST(json_has_null_for_missing_parts),
        cmocka_unit_test(no_two_marks_share_a_character),
    };

    setenv("COLUMNS", "100", 1); /* tests/cli/test_terminal.c has other widths */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
