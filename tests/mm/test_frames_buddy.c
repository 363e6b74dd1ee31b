/* Draws how the buddy allocator splits and merges blocks. Zones, panics and the checker's rules are
 * tested in test_frames_buddy_{zones,panics,check}.c, random runs in test_frames_buddy_random.c. */
#include "support/on_machine.h"
#include "support/test.h"

#include <mm/frames_buddy.h>

#include <stdio.h>
#include <string.h>

#define ARRAYS direct_map(paddr(0x400000))
#define LOW    0x1000u /* the first frame of the pictures */

/* Starts LOW at its first frame, as drawn: '.' is free, '#' is used. */
static void start(struct frames_buddy *buddy, const char *picture)
{
    frames_buddy_init(buddy, ARRAYS, pfn(0x1800), pfn(LOW_END_PFN));
    for (uint32_t i = 0; picture[i] != '\0'; i++)
        if (picture[i] == '.')
            frames_buddy_add(buddy, pfn(LOW + i), pfn(LOW + i + 1));
}

static void assert_picture(const struct frames_buddy *buddy, const char *expected)
{
    char drawn[65] = {0};

    for (uint32_t i = 0; i < strlen(expected); i++)
        drawn[i] = frames_buddy_is_free(buddy, pfn(LOW + i)) ? '.' : '#';
    assert_string_equal(drawn, expected);
    assert_null(frames_buddy_check(buddy));
}

/* Fails the test unless these are the numbers of free blocks, from order 0 on: "2 0 1" is two
 * blocks of order 0 and one of order 2. */
static void assert_blocks(const struct frames_buddy *buddy, const char *expected)
{
    struct free_blocks blocks = {0};
    char counts[ORDER_COUNT * 11] = "";
    uint32_t largest = 0;

    frames_buddy_free_blocks(buddy, &blocks);
    for (uint32_t order = 0; order <= ORDER_MAX; order++)
        largest = blocks.count[order] != 0 ? order : largest;
    for (uint32_t order = 0; order <= largest; order++)
        snprintf(counts + strlen(counts), 12, order == 0 ? "%u" : " %u", blocks.count[order]);
    assert_string_equal(counts, expected);
}

static uint32_t alloc(struct frames_buddy *buddy, uint32_t order)
{
    pfn_t got = frames_buddy_alloc(buddy, order, ZONE_LOW);

    return pfn_is_none(got) ? UINT32_MAX : got.value - LOW;
}

static void give(struct frames_buddy *buddy, uint32_t first, uint32_t order)
{
    frames_buddy_free(buddy, pfn(LOW + first), order);
}

MACHINE_TEST(is_empty_at_first)
{
    struct frames_buddy buddy;

    assert_int_equal(frames_buddy_bytes(pfn(1)), 128 + 24 + 2 * 44);
    assert_int_equal(frames_buddy_bytes(pfn(1024)), 128 + 24 + 2 * 44);
    assert_int_equal(frames_buddy_bytes(pfn(1025)), 2 * (128 + 24) + 2 * 44);
    assert_int_equal(frames_buddy_bytes(pfn(FRAMES_MAX)), 1024 * (128 + 24) + 33 * 44);
    frames_buddy_init(&buddy, ARRAYS, pfn(FRAMES_MAX), pfn(LOW_END_PFN));
    assert_null(frames_buddy_check(&buddy));
    for (uint32_t order = 0; order <= ORDER_MAX; order++)
        assert_true(pfn_is_none(frames_buddy_alloc(&buddy, order, ZONE_HIGH)));
    assert_int_equal(frames_buddy_free_to(&buddy, ZONE_HIGH), 0);
    assert_int_equal(frames_buddy_available(&buddy, ZONE_HIGH, NULL), 0);
    assert_blocks(&buddy, "0");
}

/* The content of memory before the start does not matter. */
MACHINE_TEST(starts_on_any_memory)
{
    struct frames_buddy buddy;

    memset(machine_pointer(ARRAYS), 0xff, frames_buddy_bytes(pfn(0x2000)));
    memset(&buddy, 0xff, sizeof(buddy));
    frames_buddy_init(&buddy, ARRAYS, pfn(0x2000), pfn(LOW_END_PFN));
    assert_null(frames_buddy_check(&buddy));
    assert_blocks(&buddy, "0");
}

MACHINE_TEST(adds_a_run_in_aligned_blocks)
{
    struct frames_buddy buddy;

    frames_buddy_init(&buddy, ARRAYS, pfn(0x2000), pfn(LOW_END_PFN));
    frames_buddy_add(&buddy, pfn(LOW + 1), pfn(LOW + 0xc05));
    assert_null(frames_buddy_check(&buddy));
    assert_blocks(&buddy, "2 1 2 1 1 1 1 1 1 1 2");
    frames_buddy_add(&buddy, pfn(LOW + 0xd00), pfn(LOW + 0xd00)); /* an empty range */
    assert_int_equal(frames_buddy_free_to(&buddy, ZONE_LOW), 0xc04);
}

/*      before   ...............#   order 0 at 14, 1 at 12, 2 at 8, 3 at 0
 *      alloc 2  ........####...#
 */
MACHINE_TEST(takes_the_smallest_that_is_large_enough)
{
    struct frames_buddy buddy;

    start(&buddy, "...............#");
    assert_blocks(&buddy, "1 1 1 1");
    assert_int_equal(alloc(&buddy, 2), 8);
    assert_picture(&buddy, "........####...#");
    assert_int_equal(alloc(&buddy, 0), 14);
    assert_int_equal(alloc(&buddy, 0), 12);
    assert_int_equal(alloc(&buddy, 0), 13);
    assert_picture(&buddy, "........########");
    assert_blocks(&buddy, "0 0 0 1");
}

/*      before   ................
 *      alloc 0  #...............    the rest: orders 0, 1, 2, 3
 *      alloc 1  #.##............
 *      alloc 3  #.##....########
 */
MACHINE_TEST(splits_a_block_from_its_start)
{
    struct frames_buddy buddy;

    start(&buddy, "................");
    assert_int_equal(alloc(&buddy, 0), 0);
    assert_blocks(&buddy, "1 1 1 1");
    assert_int_equal(alloc(&buddy, 1), 2);
    assert_int_equal(alloc(&buddy, 3), 8);
    assert_picture(&buddy, "#.##....########");
    assert_int_equal(alloc(&buddy, 0), 1);
    assert_int_equal(alloc(&buddy, 3), UINT32_MAX);
    assert_int_equal(alloc(&buddy, 2), 4);
    assert_int_equal(alloc(&buddy, 0), UINT32_MAX);
    assert_picture(&buddy, "################");
}

/*      free 5   #### #.## #### ####
 *      free 7   #### #.#. #### ####
 *      free 6   #### #... #### ####    6 and 7 merge
 *      free 4   #### .... #### ####    with 4 and 5
 *      free 0,2 .... .... #### ####
 */
MACHINE_TEST(merges_at_once)
{
    struct frames_buddy buddy;

    start(&buddy, "................");
    assert_int_equal(alloc(&buddy, 4), 0);
    give(&buddy, 5, 0);
    give(&buddy, 7, 0);
    assert_blocks(&buddy, "2");
    give(&buddy, 6, 0);
    assert_blocks(&buddy, "1 1");
    give(&buddy, 4, 0);
    assert_blocks(&buddy, "0 0 1");
    give(&buddy, 0, 1);
    give(&buddy, 2, 1);
    assert_blocks(&buddy, "0 0 0 1");
    assert_picture(&buddy, "........########");
}

/* The parts of a block come back in another order than they were given. */
MACHINE_TEST(closes_the_open_block_when_its_middle_comes_back)
{
    struct frames_buddy buddy;

    start(&buddy, "................");
    for (uint32_t frame = 0; frame < 5; frame++)
        assert_int_equal(alloc(&buddy, 0), frame);
    assert_picture(&buddy, "#####...........");
    assert_blocks(&buddy, "1 1 0 1");
    give(&buddy, 2, 0);
    assert_picture(&buddy, "##.##...........");
    assert_blocks(&buddy, "2 1 0 1");
    give(&buddy, 4, 0);
    assert_blocks(&buddy, "1 0 1 1");
    give(&buddy, 3, 0);
    give(&buddy, 0, 1);
    assert_blocks(&buddy, "0 0 0 0 1");
}

/* The last frames given come back first, until the block is whole and merges. */
MACHINE_TEST(takes_the_last_frames_back_into_the_open_block)
{
    struct frames_buddy buddy;

    start(&buddy, "................");
    give(&buddy, alloc(&buddy, 3) + 0, 3);
    assert_blocks(&buddy, "0 0 0 0 1");
    assert_int_equal(alloc(&buddy, 3), 0); /* opens 16 */
    assert_int_equal(alloc(&buddy, 3), 8);
    assert_blocks(&buddy, "0");
    give(&buddy, 0, 3);
    assert_int_equal(alloc(&buddy, 0), 0); /* opens 8 */
    assert_int_equal(alloc(&buddy, 1), 2);
    give(&buddy, 2, 1);
    assert_blocks(&buddy, "1 1 1");
    give(&buddy, 8, 3);
    assert_blocks(&buddy, "1 1 1 1");
    assert_int_equal(alloc(&buddy, 0), 1);
    give(&buddy, 1, 0);
    give(&buddy, 0, 0);
    assert_picture(&buddy, "................");
    assert_blocks(&buddy, "0 0 0 0 1");
}

/* An open block is whole, and its buddy comes back later. */
MACHINE_TEST(merges_with_an_open_block_that_is_whole)
{
    struct frames_buddy buddy;

    start(&buddy, "................");
    assert_int_equal(alloc(&buddy, 3), 0);
    assert_int_equal(alloc(&buddy, 3), 8);
    give(&buddy, 0, 3);
    assert_int_equal(alloc(&buddy, 0), 0);
    give(&buddy, 0, 0);
    assert_blocks(&buddy, "0 0 0 1");
    give(&buddy, 8, 3);
    assert_blocks(&buddy, "0 0 0 0 1");
}

/*
 * The open block is used up. The next frame that comes back without a merge becomes the open one:
 *
 *     free 6   ######.#########
 *     free 2   ##.###.#########    the open frame 6 is taken first, though 2 is lower
 *     free 3   ##..############    merges with 2
 */
MACHINE_TEST(opens_a_frame_that_comes_back_alone)
{
    struct frames_buddy buddy;

    start(&buddy, "................");
    assert_int_equal(alloc(&buddy, 4), 0);
    give(&buddy, 6, 0);
    assert_int_equal(buddy.zone[ZONE_LOW].open_left, 1);
    give(&buddy, 2, 0);
    assert_picture(&buddy, "##.###.#########");
    assert_blocks(&buddy, "2");
    assert_int_equal(alloc(&buddy, 0), 6);
    give(&buddy, 3, 0);
    assert_picture(&buddy, "##..############");
    assert_blocks(&buddy, "0 1");
}

/* A frame is open, and its buddy comes back later. */
MACHINE_TEST(merges_with_a_frame_that_is_open)
{
    struct frames_buddy buddy;

    start(&buddy, "................");
    assert_int_equal(alloc(&buddy, 4), 0);
    give(&buddy, 6, 0);
    give(&buddy, 7, 0);
    assert_picture(&buddy, "######..########");
    assert_blocks(&buddy, "0 1");
}

/* A larger block that contains the open one comes back. */
MACHINE_TEST(knows_an_open_block_inside_a_larger_one)
{
    struct frames_buddy buddy;

    frames_buddy_init(&buddy, ARRAYS, pfn(0x1800), pfn(LOW_END_PFN));
    frames_buddy_add(&buddy, pfn(LOW), pfn(LOW + 0x800));
    assert_int_equal(alloc(&buddy, 10), 0);
    assert_int_equal(alloc(&buddy, 10), 0x400);
    give(&buddy, 0x20, 1); /* a part of the block; another block is split */
    assert_int_equal(alloc(&buddy, 0), 0x20);
    assert_int_equal(alloc(&buddy, 0), 0x21); /* the open block is used up, but remembered */
    give(&buddy, 0, 10);
    assert_blocks(&buddy, "0 0 0 0 0 0 0 0 0 0 1");
    assert_null(frames_buddy_check(&buddy));
}

/* The large halves of the open block lie behind its small ones, so a large request closes it. */
MACHINE_TEST(takes_a_half_behind_smaller_ones)
{
    struct frames_buddy buddy;

    start(&buddy, "................");
    assert_int_equal(alloc(&buddy, 0), 0);
    assert_int_equal(alloc(&buddy, 2), 4);
    assert_picture(&buddy, "#...####........");
    assert_blocks(&buddy, "1 1 0 1");
}

MACHINE_TEST(gives_and_merges_blocks_of_every_order)
{
    for (uint32_t order = 0; order <= ORDER_MAX; order++) {
        struct frames_buddy buddy;
        frames_buddy_init(&buddy, ARRAYS, pfn(0x1800), pfn(LOW_END_PFN));
        frames_buddy_add(&buddy, pfn(LOW), pfn(LOW + 0x400));
        for (uint32_t i = 0; i < 0x400u >> order; i++)
            assert_int_equal(alloc(&buddy, order), i << order);
        assert_int_equal(alloc(&buddy, order), UINT32_MAX);
        for (uint32_t i = 0; i < 0x400u >> order; i += 2)
            give(&buddy, i << order, order);
        assert_null(frames_buddy_check(&buddy));
        for (uint32_t i = 1; i < 0x400u >> order; i += 2)
            give(&buddy, i << order, order);
        assert_null(frames_buddy_check(&buddy));
        assert_blocks(&buddy, "0 0 0 0 0 0 0 0 0 0 1");
    }
}

/* Among equal blocks the lowest is taken: across words, groups and maps. */
MACHINE_TEST(takes_the_lowest_of_equal_blocks)
{
    static const uint32_t frames[] = {0x1005, 0x1045, 0x1c45, 0x8000, 0x8400, 0x10005, 0x2ffff};
    struct frames_buddy buddy;

    frames_buddy_init(&buddy, ARRAYS, pfn(LOW_END_PFN), pfn(LOW_END_PFN));
    for (uint32_t i = sizeof frames / sizeof frames[0]; i-- > 0;)
        frames_buddy_add(&buddy, pfn(frames[i]), pfn(frames[i] + 1));
    for (uint32_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        assert_int_equal(frames_buddy_alloc(&buddy, 0, ZONE_LOW).value, frames[i]);
        assert_null(frames_buddy_check(&buddy));
    }
}
