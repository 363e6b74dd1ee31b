/* Each profile of generated traces has the effect on the strategies that it is made for. */
#include <mm/strategy.h>

#include "lab/experiment.h"
#include "support/lab.h"
#include "support/scratch.h"
#include "support/test.h"
#include "trace/generate/generate.h"

#define MIB UINT64_C(0x100000)

static struct trace generate_trace(const char *profile, uint64_t events, uint64_t live_bytes)
{
    const char *path = scratch_path("generated.mmb");
    struct generate_request request = {
        .profile = profile, .events = events, .seed = 1, .live_bytes = live_bytes, .out = path};
    struct sim_error error;

    if (!trace_generate(&request, &error))
        fail_msg("%s", error.text);
    return lab_trace(path);
}

static struct replay_result result_of(const struct trace *trace, const struct strategy *strategy,
                                      uint64_t ram_bytes)
{
    struct memmap map = lab_map(ram_bytes);
    struct run_outcome outcome;

    experiment_run(&outcome, trace, strategy, &map, NULL);
    if (outcome.status != RUN_DONE)
        fail_msg("%s: %s", strategy->name, outcome.reason);
    assert_true(outcome.result.events == trace->header.events);
    return outcome.result;
}

static struct replay_result result_by_name(const struct trace *trace, const char *name,
                                           uint64_t ram_bytes)
{
    return result_of(trace, mm_strategy_find(name), ram_bytes);
}

static uint64_t failures(const struct replay_result *result)
{
    uint64_t sum = 0;

    for (uint32_t request = 0; request < REQUEST_COUNT; request++)
        sum += result->failures[request];
    return sum;
}

/* No other cause occurs, except the one for several pages, which `window` does not support. */
static void assert_fails_for(const struct replay_result *result, enum mm_cause cause)
{
    assert_true(result->failures_by_cause[cause] > 0);
    assert_true(result->failures_by_cause[cause] + result->failures_by_cause[MM_UNSUPPORTED] ==
                failures(result));
}

static void assert_serves_all(const struct replay_result *result)
{
    assert_true(result->failures_by_cause[MM_UNSUPPORTED] == failures(result));
}

/* Returns the share of the heap's peak payload in its peak span. */
static uint64_t utilisation_permille(const struct replay_result *result)
{
    return result->heap_payload_peak_bytes * 1000 / result->heap_span_peak_bytes;
}

TEST(churn_is_served_with_the_chosen_ram)
{
    struct trace trace = generate_trace("churn", 30000, 2 * MIB);

    for (const struct strategy *const *strategy = mm_strategies; *strategy != NULL; strategy++) {
        struct replay_result result =
            result_of(&trace, *strategy, ram_choose(trace.header.peak_live_bytes));

        assert_serves_all(&result);
    }
    trace_close(&trace);
}

/* The heap's span of a trace with phases holds less payload than that of a steady mix. */
TEST(phases_use_the_heap_worse_than_a_steady_mix)
{
    struct trace churn = generate_trace("churn", 40000, 2 * MIB);
    struct trace phases = generate_trace("phases", 40000, 2 * MIB);

    for (const struct strategy *const *strategy = mm_strategies; *strategy != NULL; strategy++) {
        struct replay_result steady = result_of(&churn, *strategy, 32 * MIB);
        struct replay_result phased = result_of(&phases, *strategy, 32 * MIB);

        assert_serves_all(&phased);
        assert_true(utilisation_permille(&phased) + 50 < utilisation_permille(&steady));
    }
    trace_close(&churn);
    trace_close(&phases);
}

/* Each strategy fails in the end, and none before event 25,000. */
TEST(a_leak_makes_every_strategy_fail_late)
{
    struct trace trace = generate_trace("leak", 80000, MIB);

    for (const struct strategy *const *strategy = mm_strategies; *strategy != NULL; strategy++) {
        struct replay_result result = result_of(&trace, *strategy, 8 * MIB);
        uint64_t first = UINT64_MAX;

        assert_true(failures(&result) > 1000);
        for (uint32_t cause = MM_OK + 1; cause < MM_UNSUPPORTED; cause++)
            if (result.first_by_cause[cause].event != 0 &&
                result.first_by_cause[cause].event < first)
                first = result.first_by_cause[cause].event;
        assert_in_range(first, 25000, 80000);
    }
    trace_close(&trace);
}

/* All strategies get the same requests, and no access violates the rights of its region. */
TEST(a_fork_storm_is_served_alike_by_all)
{
    struct trace trace = generate_trace("fork-storm", 30000, 6 * MIB);
    struct replay_result first = result_of(&trace, mm_strategies[0], 32 * MIB);

    for (const struct strategy *const *strategy = mm_strategies; *strategy != NULL; strategy++) {
        struct replay_result result = result_of(&trace, *strategy, 32 * MIB);

        assert_serves_all(&result);
        assert_memory_equal(result.requests, first.requests, sizeof(first.requests));
        assert_true(result.process_events_skipped == 0);
        for (uint32_t request = 0; request < REQUEST_COUNT; request++)
            assert_true(result.requests[request] > 0);
    }
    trace_close(&trace);
}

/* A page stops the heap of `brk`. `jump` steps over the page, and `migrate` moves it. */
TEST(a_page_in_the_way_stops_only_brk)
{
    static const char *const unaffected[] = {"window", "primary", "jump", "migrate"};
    struct trace trace = generate_trace("page-in-the-way", 24000, 8 * MIB);
    struct replay_result result = result_by_name(&trace, "brk", 16 * MIB);

    assert_fails_for(&result, MM_BRK_BLOCKED);
    assert_true(result.failures_while_free > 0);
    assert_int_equal(result.first_by_cause[MM_BRK_BLOCKED].blocker.kind, FRAME_USER);
    for (uint32_t i = 0; i < sizeof(unaffected) / sizeof(unaffected[0]); i++) {
        result = result_by_name(&trace, unaffected[i], 16 * MIB);
        assert_serves_all(&result);
    }
    assert_true(result.moves > 0);
    trace_close(&trace);
}

/* `zoned` rounds sizes up to powers of two, which nearly doubles the memory of this trace. */
TEST(sizes_above_powers_of_two_waste_memory_under_zoned)
{
    struct trace trace = generate_trace("power-of-two", 60000, 4 * MIB);
    struct replay_result zoned = result_by_name(&trace, "zoned", 32 * MIB);
    struct replay_result brk = result_by_name(&trace, "brk", 32 * MIB);

    assert_true(utilisation_permille(&zoned) < 600);
    assert_true(utilisation_permille(&brk) > 850);
    trace_close(&trace);
}

/* The window runs out of addresses while most of the memory is free. */
TEST(window_filler_uses_up_only_the_addresses_of_window)
{
    struct trace trace = generate_trace("window-filler", 8000, 48 * MIB);
    struct replay_result result = result_by_name(&trace, "window", 160 * MIB);

    assert_fails_for(&result, MM_NO_ADDRESS_SPACE);
    assert_true(result.failures_while_free == failures(&result));
    for (const struct strategy *const *strategy = mm_strategies; *strategy != NULL; strategy++) {
        result = result_of(&trace, *strategy, 160 * MIB);
        if (*strategy != mm_strategy_find("window"))
            assert_serves_all(&result);
    }
    trace_close(&trace);
}
