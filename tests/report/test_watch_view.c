/* What keys do in `mmsim watch`, without a terminal and without a replay. */
#include "report/watch_view.h"
#include "support/test.h"

#include <string.h>

#define EVENTS 6000u
#define NONE   UINT64_MAX

static struct watch_view view;
static struct worker_view shown;
static struct worker_order order;
static uint64_t now;

static int begin(void **state)
{
    (void)state;
    view = watch_begin(EVENTS, 0);
    shown = (struct worker_view){.event = 1};
    now = 1000;
    watch_take(&view, &shown);
    return 0;
}

TEST_FIXTURES(begin, NULL)

static void press(const char *keys)
{
    for (; *keys != '\0'; keys++)
        watch_press(&view, &shown, *keys);
}

/* The answer of a worker that has replayed everything before the event. */
static void answer_between(uint64_t event)
{
    shown.state = event > EVENTS ? WORKER_AT_END : WORKER_BETWEEN;
    shown.event = event;
    shown.replayed = event - 1u;
    watch_take(&view, &shown);
}

/* The answer of one whose event fails. */
static void answer_failure(uint64_t event)
{
    shown.state = WORKER_AT_FAILURE;
    shown.event = shown.replayed = event;
    shown.recent[shown.failures++ % WORKER_FAILURES].failure.event = event;
    watch_take(&view, &shown);
}

static void pause_at(uint64_t event)
{
    press(" ");
    answer_between(event);
    assert_int_equal(view.mode, WATCH_PAUSED);
}

static void assert_order(uint64_t until, uint64_t failure_from)
{
    assert_int_equal(watch_next(&view, now, &order), WATCH_ORDER);
    assert_true(order.until == until);
    assert_true(order.failure_from == failure_from);
}

static void assert_waits(void)
{
    assert_int_equal(watch_next(&view, now, &order), WATCH_WAIT);
}

static void assert_restarts_and_orders(uint64_t until, uint64_t failure_from)
{
    assert_int_equal(watch_next(&view, now, &order), WATCH_RESTART);
    shown.failures = 0;
    answer_between(1);
    assert_order(until, failure_from);
}

static void assert_state(const char *text)
{
    assert_string_equal(watch_state_text(&view).text, text);
}

/* ---- running ---- */

TEST(it_runs_so_fast_that_a_trace_takes_a_minute)
{
    assert_int_equal(view.mode, WATCH_RUNNING);
    assert_true(view.speed == EVENTS / 60u);
    assert_true(watch_begin(3, 0).speed == 10 && watch_begin(3, 7).speed == 7);
    assert_state("100 events/s");
}

TEST(events_are_ordered_when_they_are_due)
{
    assert_waits();
    now += WATCH_TICK_MS - 1u;
    assert_waits();
    now += 1;
    assert_order(6, NONE);
    answer_between(6);
    assert_waits();
    now += 1000;
    assert_order(106, NONE);
}

/* The events of a second are replayed in a second, however few are due at a tick. */
TEST(slow_speeds_lose_no_event)
{
    uint64_t event = 1;

    view.speed = 3;
    for (unsigned tick = 0; tick <= 200; tick++, now += WATCH_TICK_MS) {
        if (watch_next(&view, now, &order) != WATCH_ORDER)
            continue;
        event = order.until;
        answer_between(event);
    }
    assert_in_range(event, 30, 31);
}

TEST(a_slow_worker_is_not_ordered_further_than_time_has_gone)
{
    assert_waits();
    now += 10000;
    assert_order(1001, NONE);
    answer_between(50);
    now += WATCH_TICK_MS;
    assert_order(55, NONE);
}

TEST(it_stops_at_the_end)
{
    assert_waits();
    now += 1000000;
    assert_order(EVENTS + 1u, NONE);
    answer_between(EVENTS + 1u);
    assert_int_equal(view.mode, WATCH_PAUSED);
    assert_state("end of the trace");
    press(" ");
    assert_int_equal(view.mode, WATCH_PAUSED);
    assert_waits();
}

TEST(space_pauses_and_runs_without_a_jump)
{
    pause_at(50);
    assert_state("paused, 100 events/s");
    now += 100000;
    assert_waits();
    press(" ");
    assert_waits();
    now += 1000;
    assert_order(150, NONE);
}

TEST(plus_and_minus_change_the_speed_within_limits)
{
    press("++");
    assert_true(view.speed == 400);
    press("---");
    assert_true(view.speed == 50);
    press("--------------------");
    assert_true(view.speed == 1);
    assert_state("1 event/s");
    press("+++++++++++++++++++++++++++++++++++++++++++");
    assert_true(view.speed == WATCH_SPEED_MAX);
}

/* ---- steps ---- */

TEST(a_step_forward_replays_one_event_and_shows_its_failure)
{
    pause_at(50);
    press(".");
    assert_order(51, 50);
    answer_failure(50);
    assert_true(view.mode == WATCH_PAUSED && view.at_failure && view.event == 50);
    press(".");
    assert_order(51, 51);
    answer_between(51);
    assert_true(view.mode == WATCH_PAUSED && !view.at_failure);
    press(">");
    assert_order(51 + EVENTS / 200u + 1u, NONE);
}

TEST(a_step_goes_on_until_the_worker_is_there)
{
    pause_at(50);
    press(">");
    assert_order(81, NONE);
    answer_between(60);
    assert_order(81, NONE);
    answer_between(81);
    assert_waits();
}

TEST(a_step_back_starts_again)
{
    pause_at(50);
    press(",");
    assert_restarts_and_orders(49, NONE);
    answer_between(20);
    assert_order(49, NONE);
    answer_between(49);
    assert_waits();
    press("<");
    assert_restarts_and_orders(18, NONE);
}

TEST(the_start_and_the_end_are_a_key_away)
{
    pause_at(50);
    press("e");
    assert_order(EVENTS + 1u, NONE);
    answer_between(EVENTS + 1u);
    press(".");
    assert_order(EVENTS + 1u, EVENTS + 1u);
    answer_between(EVENTS + 1u);
    assert_null(view.message);
    press("0");
    assert_int_equal(watch_next(&view, now, &order), WATCH_RESTART);
    answer_between(1);
    assert_waits();
    press(",");
    assert_order(1, NONE);
}

/* ---- failures ---- */

TEST(n_goes_from_failure_to_failure)
{
    pause_at(50);
    press("n");
    assert_state("looking for a failure");
    assert_order(EVENTS + 1u, 50);
    answer_between(3000);
    assert_order(EVENTS + 1u, 50);
    answer_failure(4000);
    assert_waits();
    press("n");
    assert_order(EVENTS + 1u, 4001);
    answer_between(EVENTS + 1u);
    assert_string_equal(view.message, "no further failure");
    press(".");
    assert_null(view.message);
}

TEST(p_goes_back_to_the_failure_before)
{
    pause_at(50);
    press("p");
    assert_string_equal(view.message, "no earlier failure");
    assert_waits();
    press("n");
    assert_order(EVENTS + 1u, 50);
    answer_failure(4000);
    press("n");
    assert_order(EVENTS + 1u, 4001);
    answer_failure(4007);
    press("p");
    assert_restarts_and_orders(4001, 4000);
    answer_failure(4000);
    assert_true(view.mode == WATCH_PAUSED && view.event == 4000);
}

/* Just behind a failure, that failure is the previous one. */
TEST(p_shows_the_failure_of_the_event_that_was_just_replayed)
{
    pause_at(50);
    press(".");
    answer_failure(50);
    press(".");
    answer_between(51);
    press("p");
    assert_restarts_and_orders(51, 50);
}

/* ---- the prompt and the help ---- */

TEST(g_asks_for_an_event)
{
    pause_at(50);
    press("g12x3\x7f");
    assert_true(view.prompting);
    assert_string_equal(view.prompt, "12");
    press("00\n");
    assert_false(view.prompting);
    assert_order(1200, NONE);
    press("g1\033");
    assert_false(view.prompting);
    press("g\n");
    assert_waits();
    press("g999999999999999999999\n");
    assert_order(EVENTS + 1u, NONE);
}

TEST(any_key_ends_the_help)
{
    press("?");
    assert_true(view.help);
    press("q");
    assert_false(view.help || view.quit);
    press("q");
    assert_true(view.quit);
}

TEST(keys_without_a_meaning_do_nothing)
{
    struct watch_view before = view;

    press("xyz\033\n\x7f");
    assert_memory_equal(&before, &view, sizeof view);
}

/* ---- a replay that ends ---- */

TEST(a_lost_replay_can_be_looked_at_again)
{
    shown.state = WORKER_LOST;
    watch_take(&view, &shown);
    assert_state("the replay has ended");
    press(" ");
    assert_waits();
    press("n");
    assert_restarts_and_orders(EVENTS + 1u, 1);
    assert_false(view.lost);
}

TEST(an_empty_trace_is_at_its_end)
{
    view = watch_begin(0, 0);
    shown = (struct worker_view){.state = WORKER_AT_END, .event = 1};
    watch_take(&view, &shown);
    assert_state("end of the trace");
    assert_waits();
    press("n");
    assert_order(1, 1);
}
