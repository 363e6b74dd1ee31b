/* Tests fragmentation indices on examples worked out by hand, and how a run is cut into blocks
 * against a model that frees one frame at a time and merges buddies. */
#include "replay/random.h"
#include "support/on_machine.h"
#include "support/test.h"

#include <mm/fragmentation.h>

#include <string.h>

TEST(the_index_is_0_without_free_memory)
{
    const struct free_blocks none = {0};

    for (uint32_t order = 0; order <= ORDER_MAX; order++) {
        assert_int_equal(fragmentation_unusable_index(&none, order), 1000);
        assert_int_equal(fragmentation_index(&none, order), 0);
    }
}

/* 8 single pages and an order-3 request: 1000 - (1000 + 1000 * 8 / 8) / 8 = 750, mostly
 * fragmentation. */
TEST(eight_single_pages_are_mostly_fragmentation)
{
    const struct free_blocks blocks = {.frames = 8, .count = {8}};

    assert_int_equal(fragmentation_index(&blocks, 0), -1000);
    assert_int_equal(fragmentation_index(&blocks, 3), 750);
    assert_int_equal(fragmentation_index(&blocks, 10), 875); /* 1000 - (1000 + 7) / 8 */
    assert_int_equal(fragmentation_unusable_index(&blocks, 0), 0);
    assert_int_equal(fragmentation_unusable_index(&blocks, 1), 1000);
}

/* One block of 4 pages and an order-3 request: 1000 - (1000 + 1000 * 4 / 8) / 1 = -500. */
TEST(one_block_of_four_lacks_memory)
{
    const struct free_blocks blocks = {.frames = 4, .count = {0, 0, 1}};

    assert_int_equal(fragmentation_index(&blocks, 3), -500);
    assert_int_equal(fragmentation_index(&blocks, 2), -1000);
    assert_int_equal(fragmentation_index(&blocks, 0), -1000);
    assert_int_equal(fragmentation_unusable_index(&blocks, 2), 0);
}

/* 3 single pages, a block of 2 and one of 8 make 13 pages. Order 1 can use 10 of them, order 3 can
 * use 8. */
TEST(a_mixture_counts_only_large_enough_blocks)
{
    const struct free_blocks blocks = {.frames = 13, .count = {3, 1, 0, 1}};

    assert_int_equal(fragmentation_unusable_index(&blocks, 0), 0);
    assert_int_equal(fragmentation_unusable_index(&blocks, 1), 3000 / 13);
    assert_int_equal(fragmentation_unusable_index(&blocks, 2), 5000 / 13);
    assert_int_equal(fragmentation_unusable_index(&blocks, 3), 5000 / 13);
    assert_int_equal(fragmentation_unusable_index(&blocks, 4), 1000);
    assert_int_equal(fragmentation_index(&blocks, 4), 1000 - (1000 + 13000 / 16) / 5);
}

/* The products for all of 4 GiB still fit in 32 bits. */
TEST(all_of_4_gib_fits_in_32_bits)
{
    struct free_blocks blocks = {0};

    free_blocks_add_range(&blocks, pfn(0), pfn(FRAMES_MAX));
    assert_int_equal(blocks.frames, FRAMES_MAX);
    assert_int_equal(blocks.count[ORDER_MAX], FRAMES_MAX >> ORDER_MAX);
    for (uint32_t order = 0; order <= ORDER_MAX; order++) {
        assert_int_equal(fragmentation_unusable_index(&blocks, order), 0);
        assert_int_equal(fragmentation_index(&blocks, order), -1000);
    }
    const struct free_blocks singles = {.frames = FRAMES_MAX / 2, .count = {FRAMES_MAX / 2}};
    assert_int_equal(fragmentation_index(&singles, 1), 500);
    assert_int_equal(fragmentation_index(&singles, ORDER_MAX), 1000);
    assert_int_equal(fragmentation_unusable_index(&singles, 1), 1000);
}

/*
 *   |. 1|2 3|4 5 6 7|8 . .    [1, 9) is 1 + 2 + 4 + 1
 */
TEST(a_run_is_cut_into_aligned_blocks)
{
    struct free_blocks blocks = {0};

    free_blocks_add_range(&blocks, pfn(1), pfn(9));
    assert_int_equal(blocks.frames, 8);
    assert_int_equal(blocks.count[0], 2);
    assert_int_equal(blocks.count[1], 1);
    assert_int_equal(blocks.count[2], 1);
    free_blocks_add_range(&blocks, pfn(FRAMES_MAX - 1), pfn(FRAMES_MAX));
    assert_int_equal(blocks.frames, 9);
    assert_int_equal(blocks.count[0], 3);
}

/* ---- the model ---- */

#define MODEL_FRAMES 4096u

/* free_at[order][i]: the block of 2^order frames at i << order is free, and no larger one is. */
static bool free_at[ORDER_COUNT][MODEL_FRAMES];

static void buddy_free(uint32_t frame)
{
    uint32_t order = 0;

    for (; order < ORDER_MAX && free_at[order][frame ^ 1u]; order++) {
        free_at[order][frame ^ 1u] = false;
        frame >>= 1;
    }
    free_at[order][frame] = true;
}

static void model_count(const bool *is_free, struct free_blocks *blocks)
{
    memset(free_at, 0, sizeof free_at);
    memset(blocks, 0, sizeof *blocks);
    for (uint32_t frame = 0; frame < MODEL_FRAMES; frame++) {
        blocks->frames += is_free[frame];
        if (is_free[frame])
            buddy_free(frame);
    }
    for (uint32_t order = 0; order <= ORDER_MAX; order++)
        for (uint32_t i = 0; i < MODEL_FRAMES >> order; i++)
            blocks->count[order] += free_at[order][i];
}

static void add_runs(const bool *is_free, struct free_blocks *blocks)
{
    memset(blocks, 0, sizeof *blocks);
    for (uint32_t start = 0; start < MODEL_FRAMES;) {
        uint32_t end = start;
        while (end < MODEL_FRAMES && is_free[end])
            end++;
        if (end != start)
            free_blocks_add_range(blocks, pfn(start), pfn(end));
        start = end + 1u;
    }
}

/* Random sets of free frames, from nearly all free to nearly all used, with pieces of all lengths.
 */
TEST(agrees_with_buddy_merging)
{
    static bool is_free[MODEL_FRAMES];
    uint32_t seed = 2006;

    for (uint32_t round = 0; round < 200; round++) {
        struct free_blocks expected;
        struct free_blocks counted;
        uint32_t changes = round % 50u * 4u;

        memset(is_free, round % 2u == 0, sizeof is_free);
        for (uint32_t i = 0; i < changes; i++) {
            uint32_t at = random32(&seed) % MODEL_FRAMES;
            uint32_t length = 1u << random32(&seed) % 8u;
            length = at + length < MODEL_FRAMES ? length : MODEL_FRAMES - at;
            memset(&is_free[at], (int)(random32(&seed) % 2u), length);
        }
        model_count(is_free, &expected);
        add_runs(is_free, &counted);
        assert_memory_equal(&expected, &counted, sizeof expected);
    }
}
