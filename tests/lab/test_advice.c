/* Which strategy to take: rules over results that are made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lab/advice.h"
#include "support/lab.h"
#include "support/made_advice.h"
#include "support/model_effort.h"

#include <mm/strategy.h>

#define MIB UINT64_C(0x100000)

/* Two strategies that differ in one measure only. */
#define ALIKE(name)                                                                                \
    {                                                                                              \
        name, {900, 50, 0}, 75, 4000000, 1000, 128, 0                                              \
    }

struct pair_case {
    const char *what;
    struct made_strategy other; /* compared with ALIKE("brk") */
    enum advice_aim aim;
    bool matters;
    bool dominated; /* the other one */
};

static const struct pair_case pair_cases[] = {
    {"the same", ALIKE("jump"), AIM_LEAST_RAM, false, false},
    {"one step more RAM",
     {"jump", {900, 50, 0}, 76, 4000000, 1000, 128, 0},
     AIM_LEAST_RAM,
     false,
     false},
    {"two steps more RAM",
     {"jump", {900, 50, 0}, 77, 4000000, 1000, 128, 0},
     AIM_LEAST_RAM,
     true,
     true},
    {"no RAM is enough",
     {"jump", {900, 50, 1}, 0, 4000000, 1000, 128, 0},
     AIM_LEAST_RAM,
     true,
     true},
    {"less than half a point more failures",
     {"jump", {1399, 50, 0}, 75, 4000000, 1000, 128, 0},
     AIM_FEWEST_FAILURES,
     false,
     false},
    {"half a point more failures",
     {"jump", {1400, 50, 0}, 75, 4000000, 1000, 128, 0},
     AIM_FEWEST_FAILURES,
     true,
     true},
    {"within a tenth of the time",
     {"jump", {900, 50, 0}, 75, 4400000, 1000, 128, 0},
     AIM_SPEED,
     false,
     false},
    {"more than a tenth of the time",
     {"jump", {900, 50, 0}, 75, 4400001, 1000, 128, 0},
     AIM_SPEED,
     true,
     true},
    {"within the spreads",
     {"jump", {900, 50, 0}, 75, 5000000, 1000000, 128, 0},
     AIM_SPEED,
     false,
     false},
    {"a thousandth of RAM, 81.92 KiB, for metadata",
     {"jump", {900, 50, 0}, 75, 4000000, 1000, 209, 0},
     AIM_METADATA,
     false,
     false},
    {"more than a thousandth of RAM for metadata",
     {"jump", {900, 50, 0}, 75, 4000000, 1000, 210, 0},
     AIM_METADATA,
     true,
     true},
    {"late failures", {"jump", {900, 50, 0}, 75, 4000000, 1000, 128, 1}, AIM_NO_LATE, true, true},
    {"no room with the least RAM",
     {"jump", {UINT64_MAX, 50, 0}, 75, 4000000, 1000, 128, 0},
     AIM_FEWEST_FAILURES,
     true,
     true},
};

static void a_difference_matters_from_a_bound_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pair_cases / sizeof pair_cases[0]; i++) {
        const struct pair_case *expected = &pair_cases[i];
        const struct made_strategy both[] = {ALIKE("brk"), expected->other};
        const struct advice *advice = made_advice(both, 2);
        const struct advice_choice choice = advice_choose(advice, expected->aim);
        if (choice.matters != expected->matters ||
            advice_matters(advice, expected->aim, 1, 0) != expected->matters ||
            choice.takes != (expected->matters ? 1u : 3u) || choice.best != 0)
            fail_msg("%s: matters %d, takes %u", expected->what, choice.matters, choice.takes);
        if (advice_dominators(advice, 1) != (expected->dominated ? 1u : 0u))
            fail_msg("%s: is dominated by %u", expected->what, advice_dominators(advice, 1));
        assert_int_equal(advice_dominators(advice, 0), 0);
    }
}

static void a_strategy_that_is_better_in_one_measure_is_not_dominated(void **state)
{
    static const struct made_strategy both[] = {
        ALIKE("brk"), {"jump", {2000, 2000, 2000}, 0, 2000000, 1000, 128, 0}};

    (void)state;
    assert_int_equal(advice_dominators(made_advice(both, 2), 1), 0);
}

/* More failures at one size, by less than matters, are worse all the same. */
static void a_dominating_strategy_is_worse_at_no_size(void **state)
{
    static const struct made_strategy both[] = {ALIKE("brk"),
                                                {"jump", {900, 49, 0}, 79, 4000000, 1000, 128, 0}};

    (void)state;
    assert_int_equal(advice_dominators(made_advice(both, 2), 1), 0);
}

static void a_strategy_without_a_result_is_taken_for_no_aim(void **state)
{
    static const struct made_strategy both[] = {ALIKE("brk"), ALIKE("jump")};
    struct advice *advice = made_advice(both, 2);

    (void)state;
    made_advice_lose(advice, 0);
    assert_string_equal(advice_error(advice, 0), "panic: made");
    assert_null(advice_error(advice, 1));
    for (uint32_t aim = 0; aim < AIM_COUNT; aim++) {
        const struct advice_choice choice = advice_choose(advice, (enum advice_aim)aim);
        assert_int_equal(choice.takes, 2);
        assert_false(choice.matters);
    }
    assert_int_equal(advice_dominators(advice, 0), 0);
    made_advice_lose(advice, 1);
    assert_int_equal(advice_choose(advice, AIM_SPEED).best, 2);
    assert_int_equal(advice_choose(advice, AIM_SPEED).takes, 0);
}

static void the_telling_point_has_the_most_ram_with_a_failure_that_ram_cures(void **state)
{
    static const struct made_strategy both[] = {ALIKE("brk"), ALIKE("jump")};
    static const struct made_strategy none[] = {{"brk", {0, 0, 0}, 64, 4000000, 1000, 128, 0}};
    struct advice *advice = made_advice(both, 2);

    (void)state;
    assert_int_equal(advice_telling_point(advice), 1);
    for (uint32_t i = 0; i < 2; i++)
        advice->results[i].points[1].groups.group[0].first.cause = MM_UNSUPPORTED;
    assert_int_equal(advice_telling_point(advice), 0);
    assert_int_equal(advice_telling_point(made_advice(none, 1)), MADE_POINTS);
}

/* ---- real runs ---- */

static void the_range_lies_around_the_least_ram(void **state)
{
    const struct strategy *strategies[] = {mm_strategy_find("brk"), mm_strategy_find("zoned")};
    static struct advice advice;

    (void)state;
    if (RUNNING_ON_VALGRIND)
        skip(); /* time is measured for many rounds */
    struct trace trace = lab_trace_text("kmalloc 1 9000000\npages 2 10\n");
    const struct sweep_range range = advice_choose_range(&trace, strategies, 2);
    assert_true(range.points >= 2 && range.points <= ADVICE_POINTS_MAX);
    advice_run(&advice, &trace, strategies, 2, &range);
    assert_int_equal(advice.requests, 2);
    assert_true(advice_failed(&advice, 0, 0) != 0);
    assert_int_equal(advice_failed(&advice, 0, advice.points - 1u), 0);
    uint64_t least = advice_measure(&advice, AIM_LEAST_RAM, 0);
    assert_true(least > range.from_bytes && least <= range.to_bytes);
    assert_true(advice.results[0].timing.rounds != 0);
    assert_true(advice.results[0].metadata_bytes != 0);
    advice_free(&advice);
    trace_close(&trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_difference_matters_from_a_bound_on),
        cmocka_unit_test(a_strategy_that_is_better_in_one_measure_is_not_dominated),
        cmocka_unit_test(a_dominating_strategy_is_worse_at_no_size),
        cmocka_unit_test(a_strategy_without_a_result_is_taken_for_no_aim),
        cmocka_unit_test(the_telling_point_has_the_most_ram_with_a_failure_that_ram_cures),
        cmocka_unit_test(the_range_lies_around_the_least_ram),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
