/* The notes of the page of `mmsim report`: what the page leaves out, it tells. */
#include "report/made_page.h"

TEST_FIXTURES(NULL, release)

int main(void)
{
    return made_page_tests();
}

static bool notes_say(const char *words)
{
    size_t bytes;
    const char *notes = json_find(head, "notes", &bytes);

    assert_non_null(notes);
    return strstr(notes, words) != NULL;
}

TEST(dropped_owners_leave_the_page_and_are_told_of)
{
    size_t bytes;

    make_usual();
    assert_true(json_equals(head, "strategies[0].owners", "true"));
    assert_false(notes_say("does not say whose each frame is"));
    repack(HISTORY_OWNERS_NONE);
    assert_true(json_equals(head, "strategies[0].owners", "false"));
    assert_true(notes_say("does not say whose each frame is"));
    assert_null(data_of("owners", 0, &bytes));
    assert_null(data_of("owner-list", 1, &bytes));
    assert_data("kinds", 1, evidence.run[1].history.kinds,
                evidence.run[1].history.counts.kinds_bytes);
}

TEST(owners_that_are_not_told_apart_are_told_of)
{
    make_usual();
    assert_true(json_equals(head, "strategies[0].owners_each", "true"));
    assert_false(notes_say("does not tell the allocations of one site apart"));
    repack(HISTORY_OWNERS_ALIKE);
    assert_true(json_equals(head, "strategies[0].owners", "true"));
    assert_true(json_equals(head, "strategies[0].owners_each", "false"));
    assert_true(notes_say("does not tell the allocations of one site apart"));
    assert_data("owners", 0, evidence.run[0].history.owners,
                evidence.run[0].history.counts.owner_bytes);
}

TEST(owners_are_not_called_dropped_where_no_frame_has_one)
{
    const struct strategy *brk = mm_strategy_find("brk");

    trace = lab_trace_text("mark 1\n");
    make(&brk, 1);
    assert_true(json_equals(head, "strategies[0].owners", "true"));
    assert_false(notes_say("does not say whose each frame is"));
    assert_data("owners", 0, NULL, 0);
}

TEST(only_moments_that_were_dropped_are_told_of)
{
    make_usual(); /* it has fewer events than moments are wanted */
    assert_false(notes_say("fewer moments than usual"));
    report_page_free(&page);
    pack(4, HISTORY_OWNERS_EACH);
    put();
    assert_true(notes_say("fewer moments than usual"));
    report.moments_wanted = 4;
    put();
    assert_false(notes_say("fewer moments than usual"));
}

TEST(thinned_failures_are_told_of)
{
    make_usual();
    assert_false(notes_say("failures under"));
    evidence.run[0].history.counts.failures = 250001;
    put();
    assert_true(notes_say("of the 250,001 failures under ") ||
                notes_say("of the 250\\u00a0001 failures under "));
    assert_head("strategies[0].failures_all", 250001);
}

TEST(remedies_that_were_not_looked_for_are_told_of)
{
    const struct strategy *brk = mm_strategy_find("brk");

    make_usual();
    assert_true(notes_say("--quick"));
    assert_true(json_equals(head, "strategies[0].groups[0].remedies", "[]"));
    (void)release(NULL);
    trace = lab_trace_text(EVENTS);
    gather(&brk, 1, false);
    pack(300, HISTORY_OWNERS_EACH);
    put();
    assert_false(notes_say("--quick"));
    assert_false(json_equals(head, "strategies[0].groups[0].remedies", "[]"));
}
