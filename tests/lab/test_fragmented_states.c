/* Traces that leave a fragmented state of memory to order. Each trace is replayed, and what it
   leaves is compared with the order. */
#include <string.h>

#include "lab/left_memory.h"
#include "lab/memory_states.h"
#include "support/scratch.h"
#include "support/test.h"
#include "trace/generate/generate.h"

static bool generate(const struct fragmented_order *order, const char *strategy, uint64_t ram_bytes,
                     struct fragmented_result *result, struct sim_error *error)
{
    struct state_lab lab = {.strategy = mm_strategy_find(strategy)};
    struct state_machine machine = state_lab_machine(&lab, ram_bytes);

    return generate_fragmented(order, &machine, scratch_path("ordered.mmb"), result, error);
}

/* Replays the trace, and compares with what was ordered. */
static void assert_ordered(const struct fragmented_order *order, const char *strategy,
                           uint64_t ram_bytes)
{
    struct fragmented_result result;
    struct sim_error error;

    if (!generate(order, strategy, ram_bytes, &result, &error))
        fail_msg("%s", error.text);
    replay_trace(scratch_path("ordered.mmb"), strategy, ram_bytes);
    assert_int_equal(left.result.failures[REQUEST_PAGES], 0);
    for (uint32_t k = 0; k < ORDER_COUNT; k++)
        if (order->given[k])
            assert_in_range(left.result.end.unusable_index[k] + 20,
                            (order->unusable[k] + 999) / 1000, order->unusable[k] / 1000 + 40);
    assert_in_range(result.left.pinned * UINT64_C(1000) / result.left.held + 20,
                    order->pinned / 1000, order->pinned / 1000 + 40);
}

TEST(states_come_out_as_ordered)
{
    static const struct {
        uint32_t first, index, second, second_index; /* 0: there is no second order */
    } indices[] = {{4, 500000, 0, 0},     {1, 1000000, 0, 0},     {1, 0, 0, 0},
                   {10, 1000000, 0, 0},   {10, 0, 0, 0},          {0, 0, 9, 250000},
                   {3, 333000, 0, 0},     {2, 100000, 8, 900000}, {1, 500000, 10, 500000},
                   {5, 10000, 7, 990000}, {6, 980000, 0, 0}};
    static const char *const strategies[] = {"zoned", "migrate"};
    static const uint32_t pinned[] = {0, 300000, 1000000};
    uint32_t turn = 0;

    for (size_t i = 0; i < sizeof indices / sizeof indices[0]; i++)
        for (size_t p = 0; p < 3; p++, turn++) {
            struct fragmented_order order = {
                .pinned = pinned[p], .occupancy = UINT32_MAX, .seed = turn};

            order.given[indices[i].first] = true;
            order.unusable[indices[i].first] = indices[i].index;
            order.given[indices[i].second] |= indices[i].second != 0;
            order.unusable[indices[i].second] =
                indices[i].second != 0 ? indices[i].second_index : order.unusable[0];
            assert_ordered(&order, strategies[turn % 2], (turn % 3 == 0 ? 64 : 32) * MIB);
        }
}

TEST(the_occupancy_is_as_ordered)
{
    for (uint32_t tenth = 2; tenth <= 9; tenth++) {
        struct fragmented_order order = {
            .pinned = 500000, .occupancy = tenth * 100000, .seed = tenth};
        struct fragmented_result result;
        struct sim_error error;

        order.given[5] = true;
        order.unusable[5] = 400000;
        if (!generate(&order, "zoned", 48 * MIB, &result, &error))
            fail_msg("%s", error.text);
        assert_in_range(result.left.held * UINT64_C(1000) / result.frames, tenth * 100 - 20,
                        tenth * 100 + 20);
    }
}

TEST(the_seed_decides_the_bytes)
{
    static char text[2][1 << 20];
    struct fragmented_order order = {.pinned = 500000, .occupancy = UINT32_MAX, .seed = 3};
    struct fragmented_result result;
    struct sim_error error;
    size_t bytes[3];

    order.given[3] = true;
    order.unusable[3] = 500000;
    for (uint32_t i = 0; i < 3; i++) {
        order.seed = i < 2 ? 3 : 4;
        assert_true(generate(&order, "zoned", 24 * MIB, &result, &error));
        bytes[i] = scratch_read(scratch_path("ordered.mmb"), text[i % 2], sizeof text[0]);
        if (i == 1)
            assert_memory_equal(text[0], text[1], bytes[0]);
    }
    assert_int_equal(bytes[0], bytes[1]);
    assert_true(bytes[2] != bytes[1] || memcmp(text[0], text[1], bytes[1]) != 0);
}

TEST(states_that_there_are_not_are_refused)
{
    static const struct {
        uint32_t k, index, other, other_index, pinned, occupancy, ram_mib;
        const char *strategy;
        const char *error;
    } rows[] = {
        {0, 100000, 0, 100000, 0, UINT32_MAX, 32, "zoned", "at order 0 the index is always 0"},
        {4, 500000, 7, 400000, 0, UINT32_MAX, 32, "zoned",
         "--unusable 4=0.5,7=0.4: the index "
         "cannot fall"},
        {1, 1000000, 1, 1000000, 0, 200000, 32, "zoned",
         "no state with these indices at this "
         "--occupancy"},
        {10, 900000, 10, 900000, 0, UINT32_MAX, 16, "zoned", "16 MiB of RAM have no state"},
        {4, 500000, 4, 500000, 1000000, UINT32_MAX, 1024, "zoned", "--pinned 1: at most 0.7"},
        {4, 500000, 4, 500000, 0, UINT32_MAX, 2048, "zoned", "--pinned 0: under zoned at least"},
        {4, 500000, 4, 500000, 0, UINT32_MAX, 64, "primary",
         "under primary the index at order 4 comes out as"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fragmented_order order = {
            .pinned = rows[i].pinned, .occupancy = rows[i].occupancy, .seed = 1};
        struct fragmented_result result;
        struct sim_error error;

        order.given[rows[i].k] = true;
        order.given[rows[i].other] = true;
        order.unusable[rows[i].k] = rows[i].index;
        order.unusable[rows[i].other] = rows[i].other_index;
        if (generate(&order, rows[i].strategy, rows[i].ram_mib * MIB, &result, &error))
            fail_msg("row %zu is not refused", i);
        if (strstr(error.text, rows[i].error) == NULL)
            assert_string_equal(error.text, rows[i].error);
    }
}
