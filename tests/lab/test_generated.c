/* Each profile of generated traces does to the strategies what it is for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <mm/strategy.h>

#include "lab/experiment.h"
#include "support/lab.h"
#include "support/scratch.h"
#include "trace/generate/generate.h"

#define MIB UINT64_C(0x100000)

static struct trace generated(const char *profile, uint64_t events, uint64_t live_bytes)
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

/* It failed for this cause alone; pages in a row, which `window` never has, aside. */
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

/* Peak payload of the heap, of its peak span. */
static uint64_t utilisation_permille(const struct replay_result *result)
{
    return result->heap_payload_peak_bytes * 1000 / result->heap_span_peak_bytes;
}

/* With the RAM that is chosen for it, everybody serves it. */
static void test_churn(void **state)
{
    struct trace trace = generated("churn", 30000, 2 * MIB);

    (void)state;
    for (const struct strategy *const *strategy = mm_strategies; *strategy != NULL; strategy++) {
        struct replay_result result =
            result_of(&trace, *strategy, ram_choose(trace.header.peak_live_bytes));

        assert_serves_all(&result);
    }
    trace_close(&trace);
}

/* Phases take more memory than a steady mix for what they have live, whoever serves them. */
static void test_phases(void **state)
{
    struct trace churn = generated("churn", 40000, 2 * MIB);
    struct trace phases = generated("phases", 40000, 2 * MIB);

    (void)state;
    for (const struct strategy *const *strategy = mm_strategies; *strategy != NULL; strategy++) {
        struct replay_result steady = result_of(&churn, *strategy, 32 * MIB);
        struct replay_result waves = result_of(&phases, *strategy, 32 * MIB);

        assert_serves_all(&waves);
        assert_true(utilisation_permille(&waves) + 50 < utilisation_permille(&steady));
    }
    trace_close(&churn);
    trace_close(&phases);
}

/* Nobody is spared in the end, and nobody fails long before it. */
static void test_leak(void **state)
{
    struct trace trace = generated("leak", 80000, MIB);

    (void)state;
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

/* The same requests of all, and no access that a region does not allow. */
static void test_fork_storm(void **state)
{
    struct trace trace = generated("fork-storm", 30000, 6 * MIB);
    struct replay_result first = result_of(&trace, mm_strategies[0], 32 * MIB);

    (void)state;
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

/* The heap cannot pass a page; to step over it helps, and to move it. */
static void test_page_in_the_way(void **state)
{
    static const char *const spared[] = {"window", "primary", "jump", "migrate"};
    struct trace trace = generated("page-in-the-way", 24000, 8 * MIB);
    struct replay_result result = result_by_name(&trace, "brk", 16 * MIB);

    (void)state;
    assert_fails_for(&result, MM_BRK_BLOCKED);
    assert_true(result.failures_while_free > 0);
    assert_int_equal(result.first_by_cause[MM_BRK_BLOCKED].blocker.kind, FRAME_USER);
    for (uint32_t i = 0; i < sizeof(spared) / sizeof(spared[0]); i++) {
        result = result_by_name(&trace, spared[i], 16 * MIB);
        assert_serves_all(&result);
    }
    assert_true(result.moves > 0);
    trace_close(&trace);
}

/* Rounding up to powers of two nearly doubles what is needed. */
static void test_power_of_two(void **state)
{
    struct trace trace = generated("power-of-two", 60000, 4 * MIB);
    struct replay_result zoned = result_by_name(&trace, "zoned", 32 * MIB);
    struct replay_result brk = result_by_name(&trace, "brk", 32 * MIB);

    (void)state;
    assert_true(utilisation_permille(&zoned) < 600);
    assert_true(utilisation_permille(&brk) > 850);
    trace_close(&trace);
}

/* Addresses end, with most of memory free. */
static void test_window_filler(void **state)
{
    struct trace trace = generated("window-filler", 8000, 48 * MIB);
    struct replay_result result = result_by_name(&trace, "window", 160 * MIB);

    (void)state;
    assert_fails_for(&result, MM_NO_ADDRESS_SPACE);
    assert_true(result.failures_while_free == failures(&result));
    for (const struct strategy *const *strategy = mm_strategies; *strategy != NULL; strategy++) {
        result = result_of(&trace, *strategy, 160 * MIB);
        if (*strategy != mm_strategy_find("window"))
            assert_serves_all(&result);
    }
    trace_close(&trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_churn),
        cmocka_unit_test(test_phases),
        cmocka_unit_test(test_leak),
        cmocka_unit_test(test_fork_storm),
        cmocka_unit_test(test_page_in_the_way),
        cmocka_unit_test(test_power_of_two),
        cmocka_unit_test(test_window_filler),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
