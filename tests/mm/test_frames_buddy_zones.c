/* Tests the zones of the buddy allocator: which zone serves a request, which frames it must leave,
 * and where zones end. */
#include "support/on_machine.h"
#include "support/test.h"

#include <mm/frames_buddy.h>

#define ARRAYS direct_map(paddr(0x400000))
#define LOW    0x1000u /* the first frame of the pictures */

/*      DMA |800 ## 1000|    LOW |1000 ## 1800|    HIGH |30000 ## 30800|
 */
static void start_three_zones(struct frames_buddy *buddy)
{
    frames_buddy_init(buddy, ARRAYS, pfn(0x30800), pfn(LOW_END_PFN));
    frames_buddy_add(buddy, pfn(0x800), pfn(0x1800));
    frames_buddy_add(buddy, pfn(0x30000), pfn(0x30800));
}

MACHINE_TEST(falls_back_on_lower_zones)
{
    struct frames_buddy buddy;

    start_three_zones(&buddy);
    assert_int_equal(frames_buddy_alloc(&buddy, 10, ZONE_HIGH).value, 0x30000);
    assert_int_equal(frames_buddy_alloc(&buddy, 10, ZONE_HIGH).value, 0x30400);
    assert_int_equal(frames_buddy_alloc(&buddy, 10, ZONE_HIGH).value, 0x1000);
    assert_int_equal(frames_buddy_alloc(&buddy, 10, ZONE_LOW).value, 0x1400);
    assert_int_equal(frames_buddy_alloc(&buddy, 10, ZONE_HIGH).value, 0x800);
    assert_int_equal(frames_buddy_alloc(&buddy, 10, ZONE_DMA).value, 0xc00);
    frames_buddy_free(&buddy, pfn(0x30000), 10);
    assert_true(pfn_is_none(frames_buddy_alloc(&buddy, 0, ZONE_LOW)));
    assert_int_equal(frames_buddy_alloc(&buddy, 0, ZONE_HIGH).value, 0x30000);
    assert_null(frames_buddy_check(&buddy));
}

/* DMA's last group and LOW's first would be buddies, but are in different zones. */
MACHINE_TEST(never_merges_across_zones)
{
    const struct free_blocks six = {.frames = 0x1800, .count = {[ORDER_MAX] = 6}};
    struct free_blocks blocks = {0};
    struct frames_buddy buddy;

    start_three_zones(&buddy);
    frames_buddy_free_blocks(&buddy, &blocks);
    assert_memory_equal(&blocks, &six, sizeof six);
    assert_int_equal(frames_buddy_free_to(&buddy, ZONE_DMA), 0x800);
    assert_int_equal(frames_buddy_free_to(&buddy, ZONE_LOW), 0x1000);
    assert_int_equal(frames_buddy_free_to(&buddy, ZONE_HIGH), 0x1800);
}

/* Each zone has 2,048 frames. DMA keeps 8 from requests for LOW and 16 from requests for HIGH, LOW
 * keeps 64 from requests for HIGH. */
MACHINE_TEST(keeps_a_reserve_from_general_requests)
{
    struct frames_buddy buddy;

    start_three_zones(&buddy);
    assert_int_equal(frames_buddy_reserve(&buddy, ZONE_DMA, ZONE_DMA), 0);
    assert_int_equal(frames_buddy_reserve(&buddy, ZONE_DMA, ZONE_LOW), 8);
    assert_int_equal(frames_buddy_reserve(&buddy, ZONE_DMA, ZONE_HIGH), 16);
    assert_int_equal(frames_buddy_reserve(&buddy, ZONE_LOW, ZONE_HIGH), 64);
    assert_int_equal(frames_buddy_available(&buddy, ZONE_HIGH, NULL), 0x1800 - 16 - 64);
    for (uint32_t i = 0; i < 0x1800 - 16 - 64; i++)
        assert_false(pfn_is_none(frames_buddy_alloc(&buddy, 0, ZONE_HIGH)));
    assert_true(pfn_is_none(frames_buddy_alloc(&buddy, 0, ZONE_HIGH)));
    assert_int_equal(frames_buddy_available(&buddy, ZONE_HIGH, NULL), 0);
    assert_int_equal(frames_buddy_available(&buddy, ZONE_LOW, NULL), 64 + 8);
    for (uint32_t i = 0; i < 64 + 8; i++)
        assert_false(pfn_is_none(frames_buddy_alloc(&buddy, 0, ZONE_LOW)));
    assert_true(pfn_is_none(frames_buddy_alloc(&buddy, 0, ZONE_LOW)));
    for (uint32_t i = 0; i < 8; i++)
        assert_false(pfn_is_none(frames_buddy_alloc(&buddy, 0, ZONE_DMA)));
    assert_true(pfn_is_none(frames_buddy_alloc(&buddy, 0, ZONE_DMA)));
    assert_null(frames_buddy_check(&buddy));
}

/* A block that would reach into the reserve is refused; smaller blocks are not. */
MACHINE_TEST(counts_a_whole_block_against_the_reserve)
{
    struct frames_buddy buddy;

    frames_buddy_init(&buddy, ARRAYS, pfn(0x1800), pfn(LOW_END_PFN));
    frames_buddy_add(&buddy, pfn(0x800), pfn(0x810));
    frames_buddy_add(&buddy, pfn(0x1000), pfn(0x1400));
    assert_int_equal(frames_buddy_reserve(&buddy, ZONE_DMA, ZONE_LOW), 4);
    assert_int_equal(frames_buddy_alloc(&buddy, 10, ZONE_LOW).value, 0x1000);
    assert_true(pfn_is_none(frames_buddy_alloc(&buddy, 4, ZONE_LOW)));
    assert_int_equal(frames_buddy_cause(&buddy, 4, ZONE_LOW, NULL), MM_ZONE);
    assert_int_equal(frames_buddy_cause(&buddy, 4, ZONE_LOW, (uint32_t[]){4, 0}), MM_NO_RUN);
    assert_int_equal(frames_buddy_cause(&buddy, 5, ZONE_LOW, NULL), MM_NO_FRAMES);
    assert_int_equal(frames_buddy_cause(&buddy, 5, ZONE_LOW, (uint32_t[]){0, 16}), MM_ZONE);
    assert_int_equal(frames_buddy_alloc(&buddy, 3, ZONE_LOW).value, 0x800);
    assert_int_equal(frames_buddy_alloc(&buddy, 2, ZONE_LOW).value, 0x808);
    assert_true(pfn_is_none(frames_buddy_alloc(&buddy, 0, ZONE_LOW)));
    assert_int_equal(frames_buddy_alloc(&buddy, 2, ZONE_DMA).value, 0x80c);
}

/* All of 8 MiB is DMA, and every request may use it. */
MACHINE_TEST(reserves_nothing_on_a_tiny_machine)
{
    struct frames_buddy buddy;

    frames_buddy_init(&buddy, ARRAYS, pfn(0x800), pfn(LOW_END_PFN));
    frames_buddy_add(&buddy, pfn(0x400), pfn(0x800));
    assert_int_equal(frames_buddy_available(&buddy, ZONE_LOW, NULL), 0x400);
    assert_int_equal(frames_buddy_alloc(&buddy, 10, ZONE_HIGH).value, 0x400);
}

MACHINE_TEST(low_may_end_at_512_mib)
{
    struct frames_buddy buddy;

    frames_buddy_init(&buddy, ARRAYS, pfn(0x20800), pfn(0x20000));
    frames_buddy_add(&buddy, pfn(0x1fc00), pfn(0x20800));
    assert_int_equal(frames_buddy_free_to(&buddy, ZONE_LOW), 0x400);
    assert_int_equal(frames_buddy_alloc(&buddy, 10, ZONE_HIGH).value, 0x20000);
    assert_int_equal(frames_buddy_alloc(&buddy, 10, ZONE_LOW).value, 0x1fc00);
    assert_null(frames_buddy_check(&buddy));
}

MACHINE_TEST(serves_the_last_frames_below_4_gib)
{
    struct frames_buddy buddy;

    frames_buddy_init(&buddy, ARRAYS, pfn(FRAMES_MAX), pfn(LOW_END_PFN));
    frames_buddy_add(&buddy, pfn(FRAMES_MAX - 1024), pfn(FRAMES_MAX));
    assert_int_equal(frames_buddy_alloc(&buddy, 9, ZONE_HIGH).value, FRAMES_MAX - 1024);
    assert_int_equal(frames_buddy_alloc(&buddy, 9, ZONE_HIGH).value, FRAMES_MAX - 512);
    assert_true(pfn_is_none(frames_buddy_alloc(&buddy, 0, ZONE_HIGH)));
    frames_buddy_free(&buddy, pfn(FRAMES_MAX - 1), 0);
    assert_int_equal(frames_buddy_alloc(&buddy, 0, ZONE_HIGH).value, FRAMES_MAX - 1);
    assert_null(frames_buddy_check(&buddy));
}
