/* Tests the checker of the buddy allocator: each rule is broken alone, by one bit or one number. */
#include "support/on_machine.h"
#include "support/test.h"

#include "mm/frames_buddy_layout.h"

#define ARRAYS direct_map(paddr(0x400000))
#define GROUP  4u /* the group of frame 0x1000 */

/*
 * DMA |800 .... c00|    LOW |1000 ..#. 1400|    HIGH |30000 #... 30400|    end 30402
 *                           1002 is used            30000 is given from the open block
 */
static void start(struct frames_buddy *buddy)
{
    frames_buddy_init(buddy, ARRAYS, pfn(0x30402), pfn(LOW_END_PFN));
    frames_buddy_add(buddy, pfn(0x800), pfn(0xc00));
    frames_buddy_add(buddy, pfn(0x1000), pfn(0x1002));
    frames_buddy_add(buddy, pfn(0x1003), pfn(0x1400));
    frames_buddy_add(buddy, pfn(0x30000), pfn(0x30400));
    frames_buddy_alloc(buddy, 0, ZONE_HIGH);
}

static struct buddy_group *group(struct frames_buddy *buddy)
{
    return &buddy_groups(buddy)[GROUP];
}

static struct frames_buddy_zone *open_zone(struct frames_buddy *buddy)
{
    return &buddy->zone[ZONE_HIGH];
}

static void break_with(struct frames_buddy *buddy)
{
    group(buddy)->with[2] ^= 1u << 7;
}

static void break_full(struct frames_buddy *buddy)
{
    group(buddy)->full ^= 1u << 9;
}

static void break_map(struct frames_buddy *buddy)
{
    zone_maps(&buddy->zone[ZONE_LOW])->with[3] ^= 1u << GROUP;
}

/* The map of LOW has room for DMA's groups, but must not list them. */
static void break_foreign_map(struct frames_buddy *buddy)
{
    zone_maps(&buddy->zone[ZONE_LOW])->with[10] ^= 1u << 2;
}

static void break_beyond_map(struct frames_buddy *buddy)
{
    zone_maps(&buddy->zone[ZONE_HIGH])[LOW_END_PFN / MAP_FRAMES].with[0] ^= 1u << 31;
}

static void break_maps_any(struct frames_buddy *buddy)
{
    buddy->zone[ZONE_LOW].maps_any[0] ^= 1u << 3;
}

static void break_zone_orders(struct frames_buddy *buddy)
{
    buddy->zone[ZONE_DMA].orders ^= 1u << 4;
}

static void break_orders_above(struct frames_buddy *buddy)
{
    buddy->zone[ZONE_DMA].orders |= 1u << ORDER_COUNT;
}

static void break_none_open(struct frames_buddy *buddy)
{
    buddy->zone[ZONE_LOW].open_left = 1;
    buddy->zone[ZONE_LOW].free_frames++;
}

static void break_open_order(struct frames_buddy *buddy)
{
    open_zone(buddy)->open_order = ORDER_MAX + 1u;
}

static void break_open_alignment(struct frames_buddy *buddy)
{
    open_zone(buddy)->open_first++;
    open_zone(buddy)->open_next++;
}

static void break_open_end(struct frames_buddy *buddy)
{
    open_zone(buddy)->open_first = 0x30800;
    open_zone(buddy)->open_next = 0x30801;
}

/* The open block starts with the reserved frames, which belong to DMA, too. */
static void break_open_reserved(struct frames_buddy *buddy)
{
    buddy->zone[ZONE_DMA].open_first = 0x200;
    buddy->zone[ZONE_DMA].open_next = 0x201;
}

static void break_open_zone(struct frames_buddy *buddy)
{
    open_zone(buddy)->open_first = 0x1c00;
    open_zone(buddy)->open_next = 0x1c01;
}

static void break_open_left(struct frames_buddy *buddy)
{
    open_zone(buddy)->open_left = 0x401;
    open_zone(buddy)->open_next = 0x2ffff;
    open_zone(buddy)->free_frames += 2;
}

static void break_open_next(struct frames_buddy *buddy)
{
    open_zone(buddy)->open_next++;
}

/* The open block moves to a block that is all free. */
static void break_open_used(struct frames_buddy *buddy)
{
    struct frames_buddy_zone *zone = &buddy->zone[ZONE_DMA];

    zone->open_first = 0x800;
    zone->open_next = 0x801;
    zone->open_left = 1;
    zone->open_order = 1;
    zone->free_frames++;
    zone->added_frames++;
}

/* The used frame 1002 becomes a whole open block, although its buddy 1003 is free. */
static void break_open_whole(struct frames_buddy *buddy)
{
    struct frames_buddy_zone *zone = &buddy->zone[ZONE_LOW];

    zone->open_first = 0x1002;
    zone->open_next = 0x1002;
    zone->open_left = 1;
    zone->free_frames++;
}

static void break_reserved(struct frames_buddy *buddy)
{
    frames_buddy_add(buddy, pfn(RESERVED_END_PFN - 1u), pfn(RESERVED_END_PFN));
}

/* A frame behind the end is free, in the last group. */
static void break_beyond(struct frames_buddy *buddy)
{
    buddy->end = pfn(0x30403);
    frames_buddy_add(buddy, pfn(0x30402), pfn(0x30403));
    buddy->end = pfn(0x30402);
}

/* A frame behind the end is free, in a later word. */
static void break_far_beyond(struct frames_buddy *buddy)
{
    buddy->end = pfn(0x30500);
    frames_buddy_add(buddy, pfn(0x304ff), pfn(0x30500));
    buddy->end = pfn(0x30402);
}

static void break_free_frames(struct frames_buddy *buddy)
{
    buddy->zone[ZONE_LOW].free_frames--;
}

/* Frames come back that were never added. */
static void break_added(struct frames_buddy *buddy)
{
    frames_buddy_free(buddy, pfn(0xc00), 10);
}

static void break_reserve(struct frames_buddy *buddy)
{
    buddy->zone[ZONE_DMA].reserve[ZONE_LOW]++;
}

static void break_own_reserve(struct frames_buddy *buddy)
{
    buddy->zone[ZONE_HIGH].reserve[ZONE_HIGH] = 1;
}

MACHINE_TEST(checker_names_each_rule)
{
    static const struct {
        void (*break_it)(struct frames_buddy *buddy);
        const char *rule;
    } rules[] = {
        {break_with, "a group's words of an order disagree with the free bits"},
        {break_full, "a group's full words disagree with the free bits"},
        {break_map, "a map disagrees with its groups"},
        {break_foreign_map, "a map disagrees with its groups"},
        {break_beyond_map, "a map disagrees with its groups"},
        {break_maps_any, "maps_any disagrees with the maps"},
        {break_zone_orders, "a zone's orders disagree with maps_any"},
        {break_orders_above, "orders names an order above the largest"},
        {break_none_open, "there is no open block, but open_left or open_next is set"},
        {break_open_order, "the open block is not a block of its zone"},
        {break_open_alignment, "the open block is not a block of its zone"},
        {break_open_end, "the open block is not a block of its zone"},
        {break_open_reserved, "the open block is not a block of its zone"},
        {break_open_zone, "the open block is not a block of its zone"},
        {break_open_left, "open_left disagrees with the bounds of the open block"},
        {break_open_next, "open_left disagrees with the bounds of the open block"},
        {break_open_used, "a frame of the open block is in the index"},
        {break_open_whole, "the open block is free, and so is its buddy"},
        {break_reserved, "a free frame is reserved, or beyond the end"},
        {break_beyond, "a free frame is reserved, or beyond the end"},
        {break_far_beyond, "a free frame is reserved, or beyond the end"},
        {break_free_frames, "free_frames disagrees with the free bits"},
        {break_added, "more frames of a zone are free than were added"},
        {break_reserve, "a reserve disagrees with the frames above it"},
        {break_own_reserve, "a reserve disagrees with the frames above it"},
    };

    for (uint32_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        struct frames_buddy buddy;
        start(&buddy);
        assert_null(frames_buddy_check(&buddy));
        rules[i].break_it(&buddy);
        const char *broken = frames_buddy_check(&buddy);
        assert_non_null(broken);
        assert_string_equal(broken + sizeof "frames_buddy: " - 1, rules[i].rule);
    }
}

/* The buddy of a whole open block may be used, and the block may have the largest order. */
MACHINE_TEST(checker_allows_a_whole_open_block)
{
    struct frames_buddy buddy;

    start(&buddy);
    frames_buddy_free(&buddy, pfn(0x30000), 0);
    assert_int_equal(buddy.zone[ZONE_HIGH].open_left, 0x400);
    assert_null(frames_buddy_check(&buddy));
    frames_buddy_init(&buddy, ARRAYS, pfn(0x1800), pfn(LOW_END_PFN));
    frames_buddy_add(&buddy, pfn(0x1000), pfn(0x1010));
    frames_buddy_free(&buddy, frames_buddy_alloc(&buddy, 0, ZONE_LOW), 0);
    assert_int_equal(buddy.zone[ZONE_LOW].open_left, 16);
    assert_null(frames_buddy_check(&buddy));
}
