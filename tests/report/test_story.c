/* The finding in words, for results that are made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <mm/strategy.h>

#include "report/remedies.h"
#include "report/story.h"
#include "report/text_file.h"
#include "support/json.h"
#include "support/made_results.h"
#include "support/model_effort.h"
#include "support/printing.h"
#include "support/prose_checks.h"

#include <stdlib.h>
#include <string.h>

#define MIB UINT64_C(0x100000)
#define KIB UINT64_C(1024)

static struct story story;

/* Makes the story of the made facts, which is well formed. */
static void tell(void)
{
    story_free(&story);
    story_make(&story, &made);
    assert_prose_is_well_formed(&story.headline, false);
    if (story.text.span_count != 0)
        assert_prose_is_well_formed(&story.text, true);
}

static void assert_headline(const char *expected)
{
    assert_string_equal(prose_paragraph_text(&story.headline, 0), expected);
}

static void assert_says(const char *part)
{
    const char *text = prose_whole_text(&story.text);

    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is not in: %s", part, text);
}

static void assert_is_silent_about(const char *part)
{
    const char *text = prose_whole_text(&story.text);

    if (strstr(text, part) != NULL)
        fail_msg("\"%s\" is in: %s", part, text);
}

/* ---- one failing strategy, by reason ---- */

static const char *const none[] = {NULL};
static const char *const jump_helps[] = {"jump", NULL};

struct headline_case {
    struct made_failures failures;
    uint32_t freed; /* pages whose release lets the request pass */
    const char *headline;
    const char *says;
};

static const struct headline_case headline_cases[] = {
    {{MM_BRK_BLOCKED, REQUEST_KMALLOC, 8922, 37148, 62 * MIB, 33485, false, false},
     1,
     "brk fails with 62 MiB free, because one page will not go away",
     "brk fails 8,922 of 200,000 requests (4.5 %), all of them because a used page stands in the "
     "heap's way. The first of these is a kmalloc of 32.7 KiB by an unnamed site at event "
     "37,148: "},
    {{MM_BRK_BLOCKED, REQUEST_KMALLOC, 2, 5, 62 * MIB, 8, false, false},
     12,
     "brk fails with 62 MiB free, because 12 pages will not go away",
     "lets the request at event 5 pass, as a replay has verified: freeing the 12 pages in the way "
     "before."},
    {{MM_BRK_BLOCKED, REQUEST_KMALLOC, 2, 5, 62 * MIB, 8, false, false},
     0,
     "brk fails with 62 MiB free, because a used page stands in the heap's way",
     "brk fails 2 of 200,000 requests (less than 0.1 %), all of them because"},
    {{MM_NO_RUN, REQUEST_PAGES, 1, 5, 12 * MIB, 4 << 20, false, false},
     0,
     "brk fails with 12 MiB free, because no 4 MiB of it is in one piece",
     "brk fails 1 of 200,000 requests (less than 0.1 %), because the free memory is in pieces that "
     "are too small. It is a request for 1,024 contiguous pages by an unnamed site "
     "at event 5: 12 MiB are free."},
    {{MM_NO_ADDRESS_SPACE, REQUEST_KMALLOC, 3, 5, 12 * MIB, 4096, false, false},
     0,
     "brk fails with 12 MiB free, because the addresses for the heap are used up",
     "all of them because the addresses for the heap are used up."},
    {{MM_NO_ADDRESS_SPACE, REQUEST_VMALLOC, 3, 5, 12 * MIB, 4096, true, false},
     0,
     "brk fails with 12 MiB free, because the addresses for vmalloc are used up",
     "The first of these is a vmalloc of 4 KiB by an unnamed site"},
    {{MM_NO_ADDRESS_SPACE, REQUEST_MAP, 3, 5, 12 * MIB, 4096, true, false},
     0,
     "brk fails with 12 MiB free, because the process has already taken that range",
     "The first of these is a map by process 7 at event 5: 12 MiB are free."},
    {{MM_ZONE, REQUEST_PAGES, 3, 5, 12 * MIB, 4096, false, false},
     0,
     "brk fails with 12 MiB free, because too little low memory is free",
     "a request for one page by an unnamed site at event 5"},
    {{MM_UNSUPPORTED, REQUEST_PAGES, 333, 5, 12 * MIB, 8192, false, false},
     0,
     "brk can't serve requests for 2 contiguous pages, however much is free",
     "all of them because requests for 2 contiguous pages can't be served at all."},
    {{MM_UNSUPPORTED, REQUEST_KMALLOC, 333, 5, 12 * MIB, 8192, false, false},
     0,
     "brk can't serve a kmalloc of 8 KiB, however much is free",
     "because a kmalloc of 8 KiB can't be served at all."},
    {{MM_NO_FRAMES, REQUEST_KMALLOC, 90, 5, 0, 8192, true, false},
     0,
     "80 MiB is too little for made under brk, and enough under jump",
     "The first of these is a kmalloc of 8 KiB by an unnamed site at event 5: nothing is free."},
    {{MM_BAD_ACCESS, REQUEST_TOUCH, 90, 5, 0, 4096, true, false},
     0,
     "Processes of made make accesses that no region allows",
     "The first of these is a read of process 7 at 0x00000000 at event 5: the page at address 0 is "
     "never mapped."},
};

static void a_failing_strategy_has_a_headline_for_its_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof headline_cases / sizeof headline_cases[0]; i++) {
        const struct headline_case *expected = &headline_cases[i];
        made_clear();
        struct made_run *run = made_add("brk", 200000);
        made_fail(run, &expected->failures);
        made_add("jump", 200000);
        if (expected->freed != 0)
            made_explain(run, expected->freed, 0, none);
        tell();
        assert_headline(expected->headline);
        assert_says(expected->says);
        assert_says("jump serves every request.");
    }
}

/* ---- all strategies together ---- */

static const struct made_failures blocked = {MM_BRK_BLOCKED, REQUEST_KMALLOC, 100,  37148, 62 * MIB,
                                             8192,           false,           false};
static const struct made_failures full = {
    MM_NO_FRAMES, REQUEST_KMALLOC, 2000, 500, 4096, 8192, true, false};

static void nothing_fails(void **state)
{
    (void)state;
    made_clear();
    struct made_run *migrate = made_add("migrate", 1234);
    tell();
    assert_headline("With 80 MiB nothing fails under migrate");
    made_add("jump", 1234);
    migrate->outcome.result.moves = 1;
    migrate->outcome.result.moves_bytes = 4096;
    tell();
    assert_headline("With 80 MiB nothing fails: choose by what else matters");
    assert_says("migrate and jump serve all 1,234 requests. migrate moves 1 block of pages out of "
                "its heap's way (4 KiB copied).");
}

static void too_little_for_all_tells_every_share_and_what_is_enough(void **state)
{
    (void)state;
    made_clear();
    struct made_run *brk = made_add("brk", 100000);
    struct made_run *jump = made_add("jump", 100000);
    struct made_run *window = made_add("window", 100000);
    made_fail(brk, &full);
    made_fail(jump, &full);
    made_fail(window, &(struct made_failures){MM_UNSUPPORTED, REQUEST_PAGES, 9000, 3, MIB, 8192,
                                              false, false});
    made_least(brk, 90 * MIB);
    made_least(jump, 91 * MIB);
    made_least(window, 0);
    tell();
    assert_headline("80 MiB is too little for made, whatever the strategy");
    assert_says("Of 100,000 requests, brk and jump each fail 2.0 %, and window fails 9.0 %. The "
                "trace has 44 MiB live at its peak. At 30.8 % of the failures, memory is used up:");
    assert_says("window can't serve 9,000 of the requests at all, however much is free.");
    assert_says("Nothing fails from 90 MiB on under brk and 91 MiB on under jump. Under window "
                "even 128 MiB are too little.");
}

static void the_first_request_is_remedied_where_the_least_ram_is_not_known(void **state)
{
    (void)state;
    made_clear();
    struct made_run *brk = made_add("brk", 100000);
    made_fail(brk, &full);
    made_explain(brk, 0, 64 * KIB, none);
    tell();
    assert_headline("80 MiB is too little for made under brk");
    assert_says("The request that brk fails at event 500 passes with 64 KiB more RAM (the smallest "
                "step of the search), as a replay has verified; later ones may need more.");
    made_least(brk, 90 * MIB);
    tell();
    assert_is_silent_about("later ones may need more");
}

static void differences_that_do_not_matter_are_said_not_to(void **state)
{
    struct made_failures few = full;

    (void)state;
    made_clear();
    made_fail(made_add("brk", 100000), &full);
    few.count = 1501;
    made_fail(made_add("jump", 100000), &few);
    tell();
    assert_says("The differences between brk and jump are below 0.5 points, and do not matter.");
    made_clear();
    made_fail(made_add("brk", 100000), &full);
    few.count = 1500;
    made_fail(made_add("jump", 100000), &few);
    tell();
    assert_is_silent_about("do not matter");
}

static void strategies_that_fail_alike_share_a_headline_and_a_sentence(void **state)
{
    (void)state;
    made_clear();
    made_fail(made_add("zoned", 1000), &blocked);
    made_fail(made_add("kseg0", 1000), &blocked);
    made_add("jump", 1000);
    tell();
    assert_headline(
        "zoned and kseg0 fail with 62 MiB free, because a used page stands in the heap's way");
    assert_says("zoned and kseg0 each fail 100 of 1,000 requests (10.0 %)");
}

static void all_changes_that_help_are_told(void **state)
{
    (void)state;
    made_clear();
    struct made_run *brk = made_add("brk", 1000);
    made_fail(brk, &blocked);
    made_explain(brk, 2, 256 * KIB, jump_helps);
    tell();
    assert_headline("brk fails with 62 MiB free, because two pages will not go away");
    assert_says("Each of these changes lets the request at event 37,148 pass, as a replay has "
                "verified: 256 KiB more RAM (found in steps of 64 KiB); freeing the two pages in "
                "the way before; and another strategy (jump).");
}

static void late_failures_and_what_the_heap_left_are_told(void **state)
{
    struct made_failures late = full;

    (void)state;
    made_clear();
    late.late = true;
    late.count = 1;
    struct made_run *window = made_add("window", 1000);
    made_fail(window, &late);
    window->outcome.result.heap_left_peak_bytes = 4096;
    made_add("brk", 1000);
    tell();
    assert_says("1 failure of window strikes late: the call succeeds");
    assert_says("window steps over used pages, and leaves at most 4 KiB behind in its heap.");
}

static void a_strategy_without_a_result_is_named_with_the_reason(void **state)
{
    (void)state;
    made_clear();
    made_add_lost("brk", "panic: kfree: frame 0x1 is free");
    tell();
    assert_headline("No strategy has a result for made with 80 MiB");
    made_fail(made_add("jump", 1000), &blocked);
    tell();
    assert_says("brk has no result: panic: kfree: frame 0x1 is free.");
}

static void a_mixture_names_each_reason(void **state)
{
    (void)state;
    made_clear();
    struct made_run *primary = made_add("primary", 1000);
    made_fail(primary, &(struct made_failures){MM_NO_RUN, REQUEST_PAGES, 50, 9, 2 * MIB, 8192,
                                               false, false});
    made_fail(primary,
              &(struct made_failures){MM_NO_FRAMES, REQUEST_PAGES, 20, 19, 0, 8192, true, false});
    made_fail(made_add("brk", 1000), &blocked);
    tell();
    assert_headline("brk fails with 62 MiB free, because a used page stands in the heap's way");
    assert_says("primary fails 70 (7.0 %), 50 of them because the free memory is in pieces that "
                "are too small.");
}

/* ---- any results ---- */

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t bound)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)random_state * bound >> 32);
}

static uint64_t random_size(void)
{
    return ((uint64_t)random_below(UINT32_MAX) << 32 | random_below(UINT32_MAX)) >>
           (8u + random_below(56));
}

static void make_random_run(const char *strategy)
{
    if (random_below(8) == 0) {
        made_add_lost(strategy, "panic: x");
        return;
    }
    struct made_run *run = made_add(strategy, 0);
    for (uint32_t i = random_below(6); i > 0; i--) {
        enum request_class request = (enum request_class)random_below(REQUEST_COUNT);
        made_fail(run, &(struct made_failures){
                           (enum mm_cause)(1u + random_below(MM_CAUSE_COUNT - 1u)), request,
                           1u + (random_size() >> 24), 1u + (random_size() >> 16), random_size(),
                           (1u + random_below(64)) * 4096u, random_below(2) == 0,
                           request == REQUEST_KMALLOC && random_below(2) == 0});
    }
    run->outcome.result.requests[REQUEST_KMALLOC] =
        run->outcome.result.failures[REQUEST_KMALLOC] + (random_size() >> 24);
    run->outcome.result.moves = random_below(3);
    run->outcome.result.moves_bytes = run->outcome.result.moves * 4096u;
    run->outcome.result.heap_left_peak_bytes = random_below(2) * 8192u;
    if (random_below(2) == 0)
        made_least(run, random_below(3) * 64 * MIB);
    if (run->groups.count != 0 && random_below(2) == 0)
        made_explain(run, random_below(20), random_below(3) * 64 * KIB,
                     random_below(2) == 0 ? jump_helps : none);
}

static void any_results_make_a_well_formed_story_that_is_valid_json(void **state)
{
    struct printing printing;

    (void)state;
    for (uint32_t round = 0; round < effort_operations(2000); round++) {
        made_clear();
        for (uint32_t i = 0; mm_strategies[i] != NULL && i <= random_below(7); i++)
            make_random_run(mm_strategies[i]->name);
        tell();
        assert_true(story.text.span_count != 0);
        FILE *out = printing_start(&printing);
        struct json json = json_begin_file(out);
        story_put_json(&story, &json, "story");
        json_end_file(&json);
        char *text = printing_end(&printing);
        if (json_error(text) != NULL)
            fail_msg("round %u: %s in %s", round, json_error(text), text);
        free(text);
    }
}

/* ---- forms ---- */

static void spans_carry_strategies_events_and_remedies(void **state)
{
    struct printing printing;

    (void)state;
    made_clear();
    struct made_run *brk = made_add("brk", 1000);
    struct failure_group *group = made_fail(brk, &blocked);
    group->first.blocker = (struct replay_culprit){
        .frame = pfn(4032), .owned = true, .process = 12, .since_event = 37147, .frames = 1};
    made_explain(brk, 1, 0, jump_helps);
    tell();
    assert_says("and can't grow past a page of process 12 that has been there for 1 event.");
    FILE *out = printing_start(&printing);
    struct json json = json_begin_file(out);
    story_put_json(&story, &json, "story");
    json_end_file(&json);
    char *text = printing_end(&printing);
    assert_non_null(strstr(text, "{\"text\": \"brk\", \"strategy\": \"brk\"}"));
    assert_non_null(strstr(text, "{\"text\": \"event 37,148\", \"event\": 37148}"));
    assert_non_null(strstr(text, "{\"text\": \"a page\", \"frame\": 4032}"));
    assert_non_null(strstr(text, "{\"text\": \"jump\", \"remedy\": true, \"strategy\": \"jump\"}"));
    free(text);
}

/* No line is longer, and no number is apart from its unit. */
static void the_text_is_broken_at_blanks(void **state)
{
    struct printing printing;
    struct prose prose = {0};

    (void)state;
    setenv("COLUMNS", "40", 1);
    prose_paragraph(&prose);
    prose_put(&prose, "This sentence has a size at its end: 62.7 MiB, and more words after it.");
    FILE *out = printing_start(&printing);
    prose_print(&prose, out);
    char *text = printing_end(&printing);
    assert_string_equal(text, "This sentence has a size at its end:\n"
                              "62.7 MiB, and more words after it.\n");
    free(text);
    setenv("COLUMNS", "70", 1);
    out = printing_start(&printing);
    prose_print_labelled(&prose, "label", 10, out);
    text = printing_end(&printing);
    assert_string_equal(text, "label     This sentence has a size at its end: 62.7 MiB, and more\n"
                              "          words after it.\n");
    free(text);
    unsetenv("COLUMNS");
    prose_free(&prose);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failing_strategy_has_a_headline_for_its_reason),
        cmocka_unit_test(nothing_fails),
        cmocka_unit_test(too_little_for_all_tells_every_share_and_what_is_enough),
        cmocka_unit_test(the_first_request_is_remedied_where_the_least_ram_is_not_known),
        cmocka_unit_test(differences_that_do_not_matter_are_said_not_to),
        cmocka_unit_test(strategies_that_fail_alike_share_a_headline_and_a_sentence),
        cmocka_unit_test(all_changes_that_help_are_told),
        cmocka_unit_test(late_failures_and_what_the_heap_left_are_told),
        cmocka_unit_test(a_strategy_without_a_result_is_named_with_the_reason),
        cmocka_unit_test(a_mixture_names_each_reason),
        cmocka_unit_test(any_results_make_a_well_formed_story_that_is_valid_json),
        cmocka_unit_test(spans_carry_strategies_events_and_remedies),
        cmocka_unit_test(the_text_is_broken_at_blanks),
    };

    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    story_free(&story);
    return failed;
}
