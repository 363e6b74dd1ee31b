/* The advice in words, as a table and as JSON, for results that are made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <mm/strategy.h>

#include "report/advice_report.h"
#include "report/advice_words.h"
#include "support/json.h"
#include "support/made_advice.h"
#include "support/model_effort.h"
#include "support/printing.h"
#include "support/prose_checks.h"

#include <stdlib.h>
#include <string.h>

static struct advice_words words;

static void say(const struct advice *advice)
{
    advice_words_free(&words);
    advice_words_make(&words, advice);
    assert_prose_is_well_formed(&words.headline, false);
    for (uint32_t aim = 0; aim < AIM_COUNT; aim++)
        assert_prose_is_well_formed(&words.aim[aim], true);
    if (words.dominated.span_count != 0)
        assert_prose_is_well_formed(&words.dominated, true);
}

static void assert_headline(const char *expected)
{
    assert_string_equal(prose_paragraph_text(&words.headline, 0), expected);
}

static void assert_aim(enum advice_aim aim, const char *expected)
{
    assert_string_equal(prose_paragraph_text(&words.aim[aim], 0), expected);
}

/* ---- words ---- */

#define BRK                                                                                        \
    {                                                                                              \
        "brk", {4000, 300, 0}, 75, 4400000, 100000, 128, 0                                         \
    }
#define BRK_JUMP                                                                                   \
    {                                                                                              \
        "jump", {3900, 200, 0}, 74, 4300000, 100000, 128, 0                                        \
    }
#define ZONED                                                                                      \
    {                                                                                              \
        "zoned", {2000, 700, 0}, 78, 3600000, 50000, 540, 0                                        \
    }
#define WINDOW                                                                                     \
    {                                                                                              \
        "window", {700, 600, 500}, 0, 20000000, 50000, 196, 9                                      \
    }

static void where_all_are_alike_it_does_not_matter(void **state)
{
    static const struct made_strategy both[] = {BRK, BRK_JUMP};

    (void)state;
    say(made_advice(both, 2));
    assert_headline("It does not matter which strategy you take for made");
    assert_aim(AIM_LEAST_RAM, "it does not matter: nothing fails from 74 MiB on; 1 MiB more is one "
                              "step of the search.");
    assert_aim(AIM_FEWEST_FAILURES,
               "it does not matter: 3.90 % to 4.00 % of the requests fail with 64 MiB; differences "
               "below 0.5 points do not matter.");
    assert_aim(AIM_SPEED, "it does not matter: 43 ns of CPU time an event, and half of the rounds "
                          "within 1.0 ns of that; differences within the spreads or below 10 % do "
                          "not matter.");
    assert_aim(AIM_METADATA, "it does not matter: 128 KiB with 80 MiB.");
    assert_aim(AIM_NO_LATE,
               "it does not matter: no call succeeds whose memory is missing at first use.");
    assert_int_equal(words.dominated.span_count, 0);
}

static void each_aim_has_its_strategies(void **state)
{
    static const struct made_strategy all[] = {WINDOW, BRK, ZONED, BRK_JUMP};

    (void)state;
    say(made_advice(all, 4));
    assert_headline("No strategy is the best for every aim with made");
    assert_aim(AIM_LEAST_RAM, "take brk or jump: nothing fails from 74 MiB on; 1 MiB more is one "
                              "step of the search, and does not matter.");
    assert_aim(AIM_FEWEST_FAILURES, "take window: 0.70 % of the requests fail with 64 MiB.");
    assert_aim(AIM_SPEED,
               "take zoned: 36 ns of CPU time an event, and half of the rounds within 0.5 ns of "
               "that.");
    assert_aim(AIM_METADATA,
               "take any strategy except zoned: 128 KiB to 196 KiB with 80 MiB; differences below "
               "a thousandth of RAM do not matter.");
    assert_aim(AIM_NO_LATE, "take any strategy except window: no call succeeds whose memory is "
                            "missing at first use, which in a kernel would be a crash.");
}

static void the_best_for_all_is_told_and_whom_it_dominates(void **state)
{
    static const struct made_strategy all[] = {
        BRK, {"jump", {100, 0, 0}, 65, 4300000, 100000, 128, 0}, ZONED};
    static const struct made_strategy two[] = {
        BRK, {"jump", {100, 0, 0}, 65, 3600000, 100000, 128, 0}, ZONED};

    (void)state;
    say(made_advice(all, 3));
    assert_headline("No strategy is the best for every aim with made");
    say(made_advice(two, 3));
    assert_headline("Take jump for made: no other strategy is better for any aim");
    assert_string_equal(
        prose_paragraph_text(&words.dominated, 0),
        "brk and zoned are dominated by jump. A strategy is dominated by one that is no worse in "
        "any measure with any of these sizes, and better in at least one by a difference that "
        "matters.");
}

static void a_single_strategy_is_told_its_measures(void **state)
{
    static const struct made_strategy brk[] = {BRK};
    static const struct made_strategy window[] = {WINDOW};

    (void)state;
    say(made_advice(brk, 1));
    assert_headline("brk needs 75 MiB for made");
    assert_aim(AIM_LEAST_RAM, "nothing fails from 75 MiB on.");
    assert_aim(AIM_FEWEST_FAILURES, "4.00 % of the requests fail with 64 MiB.");
    assert_aim(AIM_METADATA, "128 KiB with 80 MiB.");
    say(made_advice(window, 1));
    assert_headline("window fails requests of made even with 80 MiB");
    assert_aim(AIM_LEAST_RAM, "with no strategy is 80 MiB enough.");
    assert_aim(AIM_NO_LATE, "calls succeed whose memory is missing at first use, which in a kernel "
                            "is a crash.");
}

static void nothing_is_taken_without_a_result(void **state)
{
    static const struct made_strategy brk[] = {BRK};
    struct advice *advice = made_advice(brk, 1);

    (void)state;
    made_advice_lose(advice, 0);
    say(advice);
    assert_headline("No strategy has a result for made");
    assert_aim(AIM_SPEED, "not measured.");
}

static void times_have_a_unit_that_people_read(void **state)
{
    static const struct {
        uint64_t ns;
        uint64_t events;
        const char *text;
    } cases[] = {
        {0, 0, "0.0 ns"},
        {440, 100, "4.4 ns"},
        {99400, 10000, "9.9 ns"},
        {1000, 100, "10 ns"},
        {999940, 100, "9,999 ns"},
        {99990000, 100, "1,000 us"},
        {UINT64_MAX, 1, "18,446,744,073,709,552 us"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(advice_time_text(cases[i].ns, cases[i].events).text, cases[i].text);
}

/* ---- any results, in every form ---- */

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t bound)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)random_state * bound >> 32);
}

static struct made_strategy random_strategy(const char *name)
{
    struct made_strategy made = {name, {0}, random_below(3) * 8u, 0, 0, random_below(600), 0};

    for (uint32_t i = 0; i < MADE_POINTS; i++)
        made.failed[i] = random_below(6) == 0 ? UINT64_MAX : random_below(3) * random_below(30000);
    made.least_mib += made.least_mib != 0 ? 56u : 0;
    made.median_ns = random_below(5) == 0 ? 0 : 1u + random_below(UINT32_MAX);
    made.spread_ns = made.median_ns / (1u + random_below(100));
    made.late = random_below(3) == 0 ? random_below(9) : 0;
    return made;
}

static char *print(void (*put)(const struct advice *advice, FILE *out), const struct advice *advice)
{
    struct printing printing;
    FILE *out = printing_start(&printing);

    put(advice, out);
    return printing_end(&printing);
}

static void put_text(const struct advice *advice, FILE *out)
{
    advice_print(advice, "--ram", out);
}

static void assert_lines_fit(const char *text, size_t columns)
{
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1u)
        if (strcspn(line, "\n") > columns)
            fail_msg("longer than %zu columns: %.*s", columns, (int)strcspn(line, "\n"), line);
}

static void any_results_make_an_advice_in_every_form(void **state)
{
    static const char *const widths[] = {"40", "60", "80", "200"};
    struct made_strategy strategies[7];

    (void)state;
    for (uint32_t round = 0; round < effort_operations(400); round++) {
        uint32_t count = 1u + random_below(7);
        for (uint32_t i = 0; i < count; i++)
            strategies[i] = random_strategy(mm_strategies[i]->name);
        struct advice *advice = made_advice(strategies, count);
        if (random_below(4) == 0)
            made_advice_lose(advice, random_below(count));
        say(advice);
        char *json = print(advice_print_json, advice);
        if (json_error(json) != NULL)
            fail_msg("round %u: %s in %s", round, json_error(json), json);
        free(json);
        setenv("COLUMNS", widths[round % 4u], 1);
        char *text = print(put_text, advice);
        assert_lines_fit(text, (size_t)atoi(widths[round % 4u]));
        free(text);
    }
    unsetenv("COLUMNS");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_all_are_alike_it_does_not_matter),
        cmocka_unit_test(each_aim_has_its_strategies),
        cmocka_unit_test(the_best_for_all_is_told_and_whom_it_dominates),
        cmocka_unit_test(a_single_strategy_is_told_its_measures),
        cmocka_unit_test(nothing_is_taken_without_a_result),
        cmocka_unit_test(times_have_a_unit_that_people_read),
        cmocka_unit_test(any_results_make_an_advice_in_every_form),
    };

    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    advice_words_free(&words);
    return failed;
}
