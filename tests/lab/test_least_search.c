/* The sizes of a sweep. The search for the least size is compared with a scan of all sizes. */
#include "lab/sweep_range.h"
#include "replay/random.h"
#include "support/test.h"

#include <string.h>

#define MIB       UINT64_C(0x100000)
#define SIZES_MAX 200u

static struct sweep_range settled_range(uint64_t from, uint64_t to, uint64_t step, uint32_t points)
{
    struct sweep_range range = {from, to, step, points};

    assert_null(sweep_range_settle(&range));
    return range;
}

/* ---- sizes ---- */

TEST(sizes_are_steps_and_the_end)
{
    struct sweep_range range = settled_range(16 * MIB, 21 * MIB, 2 * MIB, 9);

    assert_int_equal(sweep_range_sizes(&range), 4);
    assert_int_equal(sweep_range_bytes(&range, 0), 16 * MIB);
    assert_int_equal(sweep_range_bytes(&range, 2), 20 * MIB);
    assert_int_equal(sweep_range_bytes(&range, 3), 21 * MIB);
    assert_int_equal(range.points, 4);
}

TEST(points_are_even_and_have_both_ends)
{
    for (uint32_t sizes = 1; sizes < SIZES_MAX; sizes++)
        for (uint32_t points = 2; points < 12; points++) {
            struct sweep_range range =
                settled_range(16 * MIB, 16 * MIB + (sizes - 1u) * MIB, MIB, points);
            uint32_t least = sizes;
            uint32_t most = 0;

            assert_int_equal(range.points, points < sizes ? points : sizes);
            assert_int_equal(sweep_range_point(&range, 0), 0);
            assert_int_equal(sweep_range_point(&range, range.points - 1u), sizes - 1u);
            for (uint32_t i = 1; i < range.points; i++) {
                uint32_t gap = sweep_range_point(&range, i) - sweep_range_point(&range, i - 1u);
                least = gap < least ? gap : least;
                most = gap > most ? gap : most;
            }
            assert_true(range.points == 1 || (least >= 1 && most - least <= 1));
        }
}

TEST(the_largest_machine_fits_in_the_range)
{
    struct sweep_range range = settled_range(8 * MIB, 63 * 1024 * MIB, 8192, 1u << 30);

    assert_int_equal(sweep_range_sizes(&range), (63 * 1024 - 8) * 128 + 1);
    assert_int_equal(sweep_range_bytes(&range, sweep_range_sizes(&range) - 1u), 63 * 1024 * MIB);
    range.points = 9;
    assert_int_equal(sweep_range_point(&range, 8), sweep_range_sizes(&range) - 1u);
}

TEST(an_impossible_range_is_refused)
{
    const struct {
        struct sweep_range range;
        const char *reason;
    } cases[] = {
        {{7 * MIB, 16 * MIB, MIB, 9}, "8 MiB to 63 GiB"},
        {{16 * MIB, 63 * 1024 * MIB + 8192, MIB, 9}, "8 MiB to 63 GiB"},
        {{32 * MIB, 16 * MIB, MIB, 9}, "ends before it starts"},
        {{16 * MIB + 4096, 32 * MIB, MIB, 9}, "multiples of 8 KiB"},
        {{16 * MIB, 32 * MIB + 4096, MIB, 9}, "multiples of 8 KiB"},
        {{16 * MIB, 32 * MIB, 4096, 9}, "multiples of 8 KiB"},
        {{16 * MIB, 32 * MIB, 0, 9}, "multiples of 8 KiB"},
        {{16 * MIB, 32 * MIB, MIB, 1}, "two points"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sweep_range range = cases[i].range;
        const char *reason = sweep_range_settle(&range);
        if (reason == NULL || strstr(reason, cases[i].reason) == NULL)
            fail_msg("case %zu: expected \"%s\", got \"%s\"", i, cases[i].reason,
                     reason != NULL ? reason : "nothing");
    }
}

/* ---- the search ---- */

struct sizes_tried {
    bool passes[SIZES_MAX];
    uint32_t tries;
};

static uint64_t search(struct sizes_tried *tried, const struct sweep_range *range)
{
    struct least_search search;
    uint32_t size;

    tried->tries = 0;
    least_search_start(&search, range);
    while (least_search_next(&search, &size)) {
        assert_true(size < sweep_range_sizes(range));
        assert_true(tried->tries++ < SIZES_MAX);
        least_search_take(&search, tried->passes[size]);
    }
    return least_search_bytes(&search);
}

/* All sizes from `first` upwards pass, so a scan from below finds `first`. */
TEST(the_search_finds_the_size_that_a_scan_finds)
{
    for (uint32_t sizes = 1; sizes < 60; sizes++)
        for (uint32_t points = 2; points < 9; points++)
            for (uint32_t first = 0; first <= sizes; first++) {
                struct sweep_range range =
                    settled_range(16 * MIB, 16 * MIB + (sizes - 1u) * MIB, MIB, points);
                struct sizes_tried tried = {{false}, 0};

                for (uint32_t i = first; i < sizes; i++)
                    tried.passes[i] = true;
                assert_int_equal(search(&tried, &range), first < sizes ? (16 + first) * MIB : 0);
                assert_true(tried.tries <= range.points + least_search_steps(&range));
            }
}

/* Checks by scans what sweep_range.h promises about the least size. */
static void assert_promise_holds(const struct sizes_tried *tried, const struct sweep_range *range,
                                 uint64_t least)
{
    uint32_t size = 0;

    if (least == 0) {
        assert_false(tried->passes[sweep_range_sizes(range) - 1u]);
        return;
    }
    while (sweep_range_bytes(range, size) != least)
        size++;
    assert_true(tried->passes[size]);
    assert_true(size == 0 || !tried->passes[size - 1u]);
    for (uint32_t i = 0; i < range->points; i++)
        assert_true(sweep_range_point(range, i) < size ||
                    tried->passes[sweep_range_point(range, i)]);
}

TEST(the_promise_holds_where_more_ram_does_not_always_help)
{
    uint32_t random = RANDOM32_SEED;

    for (uint32_t round = 0; round < 20000; round++) {
        struct sizes_tried tried;
        uint32_t sizes = 1u + round % 70u;
        struct sweep_range range =
            settled_range(16 * MIB, 16 * MIB + (sizes - 1u) * MIB, MIB, 2u + round % 7u);

        for (uint32_t i = 0; i < sizes; i++)
            tried.passes[i] = random32(&random) % 8u < 1u + round % 7u;
        assert_promise_holds(&tried, &range, search(&tried, &range));
    }
}
