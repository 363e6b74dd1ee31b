/* What results amount to: rules over results that are made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <mm/strategy.h>

#include "support/made_results.h"

#define MIB UINT64_C(0x100000)

/* ---- one run ---- */

struct reason_case {
    enum mm_cause cause;
    bool full;
    enum finding_reason reason;
};

static const struct reason_case reason_cases[] = {
    {MM_NO_FRAMES, false, REASON_USED_UP},
    {MM_NO_FRAMES, true, REASON_USED_UP},
    {MM_NO_RUN, false, REASON_PIECES},
    {MM_NO_RUN, true, REASON_USED_UP},
    {MM_BRK_BLOCKED, false, REASON_BLOCKED},
    {MM_BRK_BLOCKED, true, REASON_USED_UP},
    {MM_ZONE, false, REASON_ZONE},
    {MM_ZONE, true, REASON_USED_UP},
    {MM_NO_ADDRESS_SPACE, false, REASON_ADDRESSES},
    {MM_NO_ADDRESS_SPACE, true, REASON_ADDRESSES},
    {MM_UNSUPPORTED, true, REASON_UNSUPPORTED},
    {MM_BAD_ACCESS, true, REASON_ACCESS},
};

static struct made_run *add_failing(const char *strategy, enum mm_cause cause, uint64_t count,
                                    bool full)
{
    struct made_run *run = made_add(strategy, 1000);

    made_fail(run, &(struct made_failures){.cause = cause,
                                           .count = count,
                                           .event = 10,
                                           .full = full,
                                           .bytes = 4096,
                                           .free_bytes = MIB});
    return run;
}

static void a_cause_and_how_full_memory_is_make_the_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof reason_cases / sizeof reason_cases[0]; i++) {
        const struct reason_case *expected = &reason_cases[i];
        made_clear();
        add_failing("brk", expected->cause, 3, expected->full);
        assert_int_equal(finding_main_reason(&made_runs[0]), expected->reason);
        assert_int_equal(finding_reasons(&made_runs[0]).failed[expected->reason], 3);
        made_runs[0].groups = NULL;
        if (!expected->full)
            assert_int_equal(finding_main_reason(&made_runs[0]), expected->reason);
    }
}

static void the_main_reason_is_that_of_most_failures_and_is_explained_by_its_first(void **state)
{
    struct made_failures more = {.cause = MM_NO_RUN, .count = 5, .event = 40};

    (void)state;
    made_clear();
    struct made_run *run = add_failing("brk", MM_BRK_BLOCKED, 7, false);
    made_fail(run, &more);
    more.event = 50;
    made_fail(run, &more);
    assert_int_equal(finding_main_reason(&made_runs[0]), REASON_PIECES);
    assert_int_equal(finding_group(&made_runs[0])->first.event, 40);
    assert_int_equal(finding_explains(&made_runs[0]), 8);
}

static void a_run_without_failures_or_result_has_no_reason(void **state)
{
    (void)state;
    made_clear();
    made_add("brk", 10);
    made_add_lost("jump", "panic: x");
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(finding_main_reason(&made_runs[i]), REASON_NONE);
        assert_null(finding_group(&made_runs[i]));
        assert_int_equal(finding_explains(&made_runs[i]), 0);
        assert_int_equal(finding_failed(&made_runs[i]), 0);
    }
    assert_int_equal(finding_requests(&made_runs[0]), 10);
    assert_int_equal(finding_requests(&made_runs[1]), 0);
}

/* ---- differences ---- */

static void half_a_point_matters_and_so_does_the_first_failure(void **state)
{
    static const struct {
        uint64_t failed;
        uint64_t other;
        uint64_t requests;
        bool matters;
    } cases[] = {
        {0, 0, 1000, false},  {0, 1, 1000000, true}, {1, 0, 1000000, true}, {10, 14, 1000, false},
        {10, 15, 1000, true}, {15, 10, 1000, true},  {7, 7, 7, false},      {1, 2, 10, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(finding_matters(cases[i].failed, cases[i].other, cases[i].requests),
                         cases[i].matters);
}

/* ---- all runs ---- */

struct finding_case {
    const char *what;
    struct {
        const char *strategy; /* NULL: no more */
        enum mm_cause cause;  /* MM_OK: it has no failure; MM_CAUSE_COUNT: no result */
        uint64_t count;
        bool full;
    } runs[4];
    enum finding_kind kind;
    const char *subject; /* NULL: any */
    enum finding_reason reason;
    uint32_t served;
};

#define SERVES(name)                                                                               \
    {                                                                                              \
        name, MM_OK, 0, false                                                                      \
    }
#define LOST(name)                                                                                 \
    {                                                                                              \
        name, MM_CAUSE_COUNT, 0, false                                                             \
    }
#define FAILS(name, cause, count, full)                                                            \
    {                                                                                              \
        name, cause, count, full                                                                   \
    }

static const struct finding_case finding_cases[] = {
    {"no result", {LOST("brk")}, FINDING_NO_RESULT, NULL, REASON_NONE, 0},
    {"nothing fails", {SERVES("brk"), SERVES("jump")}, FINDING_ALL_SERVED, NULL, REASON_NONE, 2},
    {"nothing fails, but one crashed",
     {LOST("brk"), SERVES("jump")},
     FINDING_ALL_SERVED,
     NULL,
     REASON_NONE,
     1},
    {"one is blocked",
     {FAILS("window", MM_UNSUPPORTED, 300, false), FAILS("brk", MM_BRK_BLOCKED, 20, false),
      SERVES("jump")},
     FINDING_SOME_FAIL,
     "brk",
     REASON_BLOCKED,
     1},
    {"of equal reasons the most failures",
     {FAILS("brk", MM_BRK_BLOCKED, 20, false), FAILS("migrate", MM_BRK_BLOCKED, 30, false),
      SERVES("jump")},
     FINDING_SOME_FAIL,
     "migrate",
     REASON_BLOCKED,
     1},
    {"too little for all",
     {FAILS("brk", MM_BRK_BLOCKED, 30, true), FAILS("zoned", MM_ZONE, 20, true)},
     FINDING_TOO_LITTLE,
     "zoned",
     REASON_USED_UP,
     0},
    {"too little, whatever one cannot serve",
     {FAILS("window", MM_UNSUPPORTED, 300, false), FAILS("brk", MM_NO_FRAMES, 20, false)},
     FINDING_TOO_LITTLE,
     "brk",
     REASON_USED_UP,
     0},
    {"too little for a single one",
     {FAILS("brk", MM_NO_FRAMES, 20, false)},
     FINDING_TOO_LITTLE,
     "brk",
     REASON_USED_UP,
     0},
    {"most failures are pieces",
     {FAILS("primary", MM_NO_RUN, 30, false), FAILS("brk", MM_NO_FRAMES, 20, false)},
     FINDING_ALL_DIFFER,
     "primary",
     REASON_PIECES,
     0},
    {"all alike",
     {FAILS("brk", MM_BAD_ACCESS, 6, false), FAILS("jump", MM_BAD_ACCESS, 6, false)},
     FINDING_ALL_ALIKE,
     "brk",
     REASON_ACCESS,
     0},
    {"alike, but the difference matters",
     {FAILS("brk", MM_UNSUPPORTED, 6, false), FAILS("jump", MM_UNSUPPORTED, 60, false)},
     FINDING_ALL_DIFFER,
     "jump",
     REASON_UNSUPPORTED,
     0},
};

static void make_runs(const struct finding_case *of)
{
    made_clear();
    for (uint32_t i = 0; i < 4 && of->runs[i].strategy != NULL; i++)
        if (of->runs[i].cause == MM_CAUSE_COUNT)
            made_add_lost(of->runs[i].strategy, "panic: x");
        else if (of->runs[i].cause == MM_OK)
            made_add(of->runs[i].strategy, 1000);
        else
            add_failing(of->runs[i].strategy, of->runs[i].cause, of->runs[i].count,
                        of->runs[i].full);
}

static void results_make_a_finding(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof finding_cases / sizeof finding_cases[0]; i++) {
        const struct finding_case *expected = &finding_cases[i];
        make_runs(expected);
        const struct finding finding = finding_of(&made);
        if (finding.kind != expected->kind || finding.reason != expected->reason ||
            finding.served != expected->served)
            fail_msg("%s: kind %d, reason %d, served %u", expected->what, (int)finding.kind,
                     (int)finding.reason, finding.served);
        if (expected->subject != NULL)
            assert_string_equal(made_runs[finding.subject].strategy->name, expected->subject);
    }
}

static void the_best_and_the_worst_have_results(void **state)
{
    (void)state;
    made_clear();
    made_add_lost("window", "panic: x");
    add_failing("brk", MM_NO_FRAMES, 20, false);
    add_failing("jump", MM_NO_FRAMES, 10, false);
    const struct finding finding = finding_of(&made);
    assert_int_equal(finding.with_result, 2);
    assert_int_equal(finding.best, 2);
    assert_int_equal(finding.worst, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cause_and_how_full_memory_is_make_the_reason),
        cmocka_unit_test(the_main_reason_is_that_of_most_failures_and_is_explained_by_its_first),
        cmocka_unit_test(a_run_without_failures_or_result_has_no_reason),
        cmocka_unit_test(half_a_point_matters_and_so_does_the_first_failure),
        cmocka_unit_test(results_make_a_finding),
        cmocka_unit_test(the_best_and_the_worst_have_results),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
