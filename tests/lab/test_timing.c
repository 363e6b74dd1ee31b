/* Times of strategies: how the rounds are summarised, and that each strategy is timed. */
#include "lab/timing.h"
#include "support/lab.h"
#include "support/test.h"

#include <string.h>
#include <sys/wait.h>

TEST(rounds_give_their_median_and_their_spread)
{
    uint64_t ns[] = {50, 10, 40, 30, 20, 90, 80, 70, 60};
    struct timing timing = timing_of_rounds(ns, 9);

    assert_int_equal(timing.rounds, 9);
    assert_int_equal(timing.median_ns, 50);
    assert_int_equal(timing.least_ns, 10);
    assert_int_equal(timing.most_ns, 90);
    assert_int_equal(timing.spread_ns, 20); /* from 30 to 70 */
}

TEST(rounds_without_a_result_do_not_count)
{
    uint64_t some[] = {0, 7, 0, 5, 6};
    uint64_t none[] = {0, 0};
    struct timing timing = timing_of_rounds(some, 5);

    assert_int_equal(timing.rounds, 3);
    assert_int_equal(timing.median_ns, 6);
    assert_int_equal(timing.least_ns, 5);
    assert_int_equal(timing_of_rounds(none, 2).rounds, 0);
    assert_int_equal(timing_of_rounds(none, 0).rounds, 0);
}

TEST(events_per_second_are_computed_from_the_median)
{
    struct timing timing = {.median_ns = 0};

    assert_int_equal(timing_events_per_second(&timing, 10), 0);
    timing.median_ns = 4000;
    assert_int_equal(timing_events_per_second(&timing, 10), 2500000);
    timing.median_ns = UINT64_C(400000000000);
    assert_int_equal(timing_events_per_second(&timing, UINT64_C(4000000000)), 10000000);
}

TEST(every_strategy_is_timed)
{
    struct trace trace = lab_trace_text("kmalloc 1 100\npages 2 0\nkfree 1\nfree_pages 2\n");
    const struct memmap map = lab_map(32u << 20);
    struct timing timings[2];
    const struct strategy *strategies[] = {mm_strategy_find("brk"), mm_strategy_find("zoned")};

    memset(timings, 0xa5, sizeof timings);
    timing_run(timings, &trace, strategies, 2, &map, NULL);
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(timings[i].rounds, TIMING_ROUNDS);
        assert_true(timings[i].least_ns > 0);
        assert_true(timings[i].least_ns <= timings[i].median_ns);
        assert_true(timings[i].median_ns <= timings[i].most_ns);
        assert_true(timings[i].spread_ns <= timings[i].most_ns - timings[i].least_ns);
    }
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child process is left */
    trace_close(&trace);
}

/* The map has no RAM, so no round reaches its end. */
TEST(a_replay_that_does_not_start_has_no_time)
{
    struct trace trace = lab_trace_text("kmalloc 1 100\n");
    const struct memmap none = {0};
    const struct strategy *strategy = mm_strategy_find("zoned");
    struct timing timing = {.rounds = 7};

    timing_run(&timing, &trace, &strategy, 1, &none, NULL);
    assert_int_equal(timing.rounds, 0);
    trace_close(&trace);
}
