/* Probes of strategies whose design determines the result. Times are not checked. */
#include <mm/strategy.h>

#include "lab/probe.h"
#include "support/lab.h"
#include "support/on_machine.h"
#include "support/strategy_double.h"
#include "support/test.h"

#include "machine/machine.h"

#include <string.h>

#define KIB UINT64_C(0x400)
#define MIB UINT64_C(0x100000)

static const struct measured not_measured;

/* Runs a probe of a strategy. Fails the test if the probe fails. */
static void probe(struct measured value[2], probe_body *body, uint32_t argument,
                  const struct strategy *strategy, uint64_t ram_bytes)
{
    struct memmap map = lab_map(ram_bytes);
    char reason[256] = "";

    value[0] = value[1] = not_measured;
    if (!probe_run(body, argument, strategy, &map, value, reason, sizeof reason))
        fail_msg("%s: %s", strategy->name, reason);
    assert_null(machine_current);
}

static struct measured probe_one(probe_body *body, uint64_t argument, const char *strategy,
                                 uint64_t ram_bytes)
{
    struct measured value[2];

    probe(value, body, (uint32_t)argument, mm_strategy_find(strategy), ram_bytes);
    return value[0];
}

static void assert_between(struct measured share, uint32_t least_percent, uint32_t most_percent)
{
    assert_true(share.whole != 0);
    assert_in_range(100u * share.part / share.whole, least_percent, most_percent);
}

static bool is_window(const struct strategy *strategy)
{
    return strcmp(strategy->name, "window") == 0;
}

/* ---- the heap ---- */

TEST(the_window_limits_its_heap)
{
    static const uint64_t ram[] = {128 * MIB, 1024 * MIB};
    struct measured value[2];

    for (size_t i = 0; i < 2; i++) {
        probe(value, probe_heap_limit, 64 * KIB, mm_strategy_find("window"), ram[i]);
        assert_in_range(value[0].part, 63 * MIB, 64 * MIB);
        assert_in_range(value[0].whole, ram[i] - 6 * MIB, ram[i]);
        assert_int_equal(value[1].part, MM_NO_ADDRESS_SPACE);
        assert_int_equal(value[1].whole, 1);
    }
}

/* RAM is smaller than the window, so the heap gets nearly all of RAM. */
TEST(the_heap_gets_all_of_a_small_ram)
{
    struct measured value[2];

    for (uint32_t i = 0; mm_strategies[i] != NULL; i++) {
        probe(value, probe_heap_limit, 64 * KIB, mm_strategies[i], 32 * MIB);
        assert_between(value[0], 85, 100);
        assert_true(value[1].part != MM_OK && value[1].part != MM_NO_ADDRESS_SPACE);
    }
}

/* Twice as much RAM gives about twice the heap. */
TEST(other_heaps_grow_with_memory)
{
    struct measured small[2];
    struct measured large[2];

    for (uint32_t i = 0; mm_strategies[i] != NULL; i++) {
        if (is_window(mm_strategies[i]))
            continue;
        probe(small, probe_heap_limit, 64 * KIB, mm_strategies[i], 128 * MIB);
        probe(large, probe_heap_limit, 64 * KIB, mm_strategies[i], 256 * MIB);
        assert_in_range(large[0].part, small[0].part * 3 / 2, small[0].part * 3);
    }
}

TEST(primary_has_the_largest_heap_below_16_mib)
{
    assert_int_equal(probe_one(probe_heap_dma, 64 * KIB, "window", 64 * MIB).part, 0);
    struct measured brk = probe_one(probe_heap_dma, 64 * KIB, "brk", 64 * MIB);
    struct measured primary = probe_one(probe_heap_dma, 64 * KIB, "primary", 64 * MIB);
    assert_true(brk.part < primary.part);
    assert_int_equal(primary.whole, 12 * MIB);
    assert_between(primary, 90, 100);
}

/* The heap fills the window, or vmalloc gets all of the window except the guard pages. */
TEST(the_window_is_free_where_the_heap_is_elsewhere)
{
    struct measured value[2];

    for (uint32_t i = 0; mm_strategies[i] != NULL; i++) {
        probe(value, probe_window_left, 64 * KIB, mm_strategies[i], 1024 * MIB);
        assert_int_equal(value[0].whole, 64 * MIB);
        if (is_window(mm_strategies[i]))
            assert_int_equal(value[0].part, 0);
        else
            assert_int_equal(value[0].part, 63 * MIB);
    }
}

/* Of a block that nobody touches, only the page of its header is in memory under `window`. */
TEST(only_window_allocates_memory_at_the_first_touch)
{
    struct measured taken[2];
    struct measured late[2];

    for (uint32_t i = 0; mm_strategies[i] != NULL; i++) {
        probe(taken, probe_untouched, MIB, mm_strategies[i], 64 * MIB);
        probe(late, probe_late, 64 * KIB, mm_strategies[i], 64 * MIB);
        assert_true(late[0].whole != 0);
        if (is_window(mm_strategies[i])) {
            assert_in_range(taken[0].part, 4 * KIB, 8 * KIB);
            assert_between(late[0], 50, 99);
        } else {
            assert_in_range(taken[0].part, MIB, 2 * MIB);
            assert_int_equal(late[0].part, 0);
        }
    }
}

TEST(a_block_larger_than_the_heap_is_not_measured)
{
    assert_int_equal(probe_one(probe_untouched, 32 * MIB, "brk", 32 * MIB).whole, 0);
}

/* ---- the heap among pages ---- */

/* A used frame stops the heap of brk. The heap of `window` can use any free frame. */
TEST(scattered_pages_stop_brk)
{
    static probe_body *const bodies[] = {probe_growth_kernel, probe_growth_user};

    for (size_t i = 0; i < 2; i++) {
        assert_between(probe_one(bodies[i], KIB, "window", 32 * MIB), 90, 100);
        assert_between(probe_one(bodies[i], 16 * KIB, "window", 32 * MIB), 90, 100);
        assert_between(probe_one(bodies[i], KIB, "brk", 32 * MIB), 0, 2);
    }
}

/* `brk` allocates pages from the high end, which keeps the low end free for the heap. */
TEST(churned_pages_leave_brk_room)
{
    assert_between(probe_one(probe_growth_churned, 16 * KIB, "brk", 64 * MIB), 90, 100);
    assert_between(probe_one(probe_growth_churned, 16 * KIB, "window", 64 * MIB), 90, 100);
}

TEST(the_growth_probe_leaves_half_of_low_memory_free)
{
    struct measured value[2];

    for (uint32_t i = 0; mm_strategies[i] != NULL; i++) {
        probe(value, probe_growth_kernel, KIB, mm_strategies[i], 32 * MIB);
        assert_in_range(value[0].whole, 12 * MIB, 22 * MIB); /* `primary` also has gaps */
        assert_true(value[0].part <= value[0].whole);
    }
}

/* The probe fills HIGH and frees nothing there. */
TEST(high_memory_is_not_counted_as_free)
{
    struct measured kernel = probe_one(probe_growth_kernel, KIB, "brk", 1024 * MIB);

    assert_in_range(kernel.whole, 370 * MIB, 384 * MIB);
}

/* The two regions of the process hold 1.5 GiB together. */
TEST(user_growth_is_not_measured_with_3_gib)
{
    assert_int_equal(probe_one(probe_growth_user, KIB, "brk", 3072 * MIB).whole, 0);
}

/* ---- pages ---- */

TEST(window_and_brk_need_no_memory_for_a_page)
{
    static const char *const names[] = {"window", "brk"};
    struct measured value[2];

    for (size_t i = 0; i < 2; i++) {
        probe(value, probe_page_overhead, 0, mm_strategy_find(names[i]), 64 * MIB);
        assert_int_equal(value[0].part, 0);
        assert_in_range(value[0].whole, 3800, 4096);
    }
}

/* Each page costs at most one more page, and one is lost at the end of the span. */
TEST(a_page_of_primary_costs_at_most_another_page)
{
    struct measured value = probe_one(probe_page_overhead, 0, "primary", 64 * MIB);

    assert_true(value.whole != 0 && value.part <= (value.whole + 1u) * PAGE_SIZE);
}

/* `window` has 4 bytes of links and 1 byte for the owner of each frame, and 24 KiB for the pages of
   its heap. `brk` needs about a bit for the links of a frame. */
TEST(metadata_is_measured_per_frame)
{
    struct measured window[2];
    struct measured brk[2];

    probe(window, probe_page_overhead, 0, mm_strategy_find("window"), 64 * MIB);
    probe(brk, probe_page_overhead, 0, mm_strategy_find("brk"), 64 * MIB);
    assert_int_equal(window[1].whole, brk[1].whole);
    assert_in_range(window[1].part, 5 * window[1].whole, 6 * window[1].whole + 24 * 1024);
    assert_true(brk[1].part < window[1].part);
}

TEST(dma_left_is_measured_of_the_ram_below_16_mib)
{
    struct measured value[2];

    for (uint32_t i = 0; mm_strategies[i] != NULL; i++) {
        probe(value, probe_dma_left, 0, mm_strategies[i], 64 * MIB);
        assert_int_equal(value[0].whole, 12 * MIB);
        assert_true(value[0].part <= value[0].whole);
    }
    assert_int_equal(probe_one(probe_dma_left, 0, "window", 64 * MIB).part, 0);
    assert_int_equal(probe_one(probe_dma_left, 0, "brk", 64 * MIB).part, 0);
}

static struct measured cost(uint32_t order, const struct strategy *strategy)
{
    struct memmap map = lab_map(32 * MIB);
    struct measured value = not_measured;
    char reason[256] = "";

    if (!probe_page_cost(order, strategy, &map, &value, reason, sizeof reason))
        fail_msg("%s: %s", strategy->name, reason);
    return value;
}

TEST(pages_have_a_cost_under_every_strategy)
{
    for (uint32_t i = 0; mm_strategies[i] != NULL; i++) {
        struct measured page = cost(0, mm_strategies[i]);
        assert_true(page.part != 0 && page.whole != 0);
    }
    /* `window` has no blocks of several pages */
    assert_int_equal(cost(4, mm_strategy_find("window")).whole, 0);
    assert_true(cost(4, mm_strategy_find("brk")).whole != 0);
}

/* ---- probes that fail ---- */

static void assert_fails(probe_body *body, const struct strategy *strategy, const char *expected)
{
    struct memmap map = lab_map(32 * MIB);
    struct measured value[2];
    char reason[256] = "";

    assert_false(probe_run(body, 64 * KIB, strategy, &map, value, reason, sizeof reason));
    if (strstr(reason, expected) == NULL)
        fail_msg("expected %s in: %s", expected, reason);
}

TEST(a_panic_and_a_broken_rule_are_reported)
{
    assert_fails(probe_heap_limit, strategy_double(DOUBLE_PANICS),
                 "panic: double_kmalloc: was told to panic");
    assert_null(machine_current);
    assert_fails(probe_heap_limit, strategy_double(DOUBLE_BREAKS_RULE),
                 "rule broken: brk: frames_used");
    assert_null(machine_current);
}

TEST(a_second_machine_is_refused)
{
    struct memmap map = lab_map(32 * MIB);
    struct machine *machine = machine_create(&machine_unwatched);
    struct measured value = not_measured;
    char reason[256] = "";

    assert_fails(probe_heap_limit, mm_strategy_find("brk"), "machine");
    assert_false(probe_page_cost(0, mm_strategy_find("brk"), &map, &value, reason, sizeof reason));
    assert_string_equal(reason, machine_error());
    machine_destroy(machine);
}

TEST(a_map_without_room_is_not_measured)
{
    struct memmap map = {1, {{pfn(0x1000), pfn(0x1004)}}};
    struct measured value[2] = {{0, 0}, {0, 0}};
    char reason[256] = "";

    assert_true(probe_run(probe_heap_limit, 64 * KIB, mm_strategy_find("brk"), &map, value, reason,
                          sizeof reason));
    assert_int_equal(value[0].whole, 0);
}
