/* Tests the map of physical memory. Each case of the table draws its ranges and what is left of
 * them. */
#include "support/on_machine.h"
#include "support/test.h"

#include <mm/memmap.h>

#define MIB(n) ((uint64_t)(n) << 20)
#define KIB(n) ((uint64_t)(n) << 10)
#define RANGES 4
#define RANGES 4

struct range {
    uint64_t first;
    uint64_t end; /* exclusive; 0: to the end of 64 bits */
    bool usable;
};

struct build_case {
    const char *name;
    struct range range[RANGES];   /* ends with the first empty range */
    uint32_t expected[RANGES][2]; /* frames [first, end); ends with the first empty range */
};

static const struct build_case cases[] = {
    /*   |4M ####### 8M|  */
    {"one range", {{MIB(4), MIB(8), true}}, {{0x400, 0x800}}},
    /*   |0 ####### 8M|  the first 4 MiB are reserved */
    {"from zero", {{0, MIB(8), true}}, {{0x400, 0x800}}},
    /*   |0 ## 640K|   |1M ## 4M|  all of it reserved */
    {"below the end of the reserved frames", {{0, KIB(640), true}, {MIB(1), MIB(4), true}}, {{0}}},
    /*   |5M ####|         any order:
     *                |7M ##|  comes first */
    {"unsorted",
     {{MIB(7), MIB(8), true}, {MIB(5), MIB(6), true}},
     {{0x500, 0x600}, {0x700, 0x800}}},
    /*   |4M ########### 12M|
     *          |8M xxxx 12M|    unusable overlaps the top */
    {"hole at the top", {{MIB(4), MIB(12), true}, {MIB(8), MIB(12), false}}, {{0x400, 0x800}}},
    /*   |4M ########### 12M|
     *          |8M xxxxxxxxxx 14M|   and beyond */
    {"hole over the top", {{MIB(4), MIB(12), true}, {MIB(8), MIB(14), false}}, {{0x400, 0x800}}},
    /*   |5M ########### 12M|
     *|4M xxxx 6M|   unusable overlaps the bottom */
    {"hole over the bottom", {{MIB(5), MIB(12), true}, {MIB(4), MIB(6), false}}, {{0x600, 0xc00}}},
    /*   |4M ########### 12M|
     *        |6M xx 8M|      within */
    {"hole within",
     {{MIB(4), MIB(12), true}, {MIB(6), MIB(8), false}},
     {{0x400, 0x600}, {0x800, 0xc00}}},
    /*   |4M ########### 12M|
     *   |4M xxxxxxxxxxx 12M|  unusable wins, whichever comes first */
    {"hole over all", {{MIB(4), MIB(12), false}, {MIB(4), MIB(12), true}}, {{0}}},
    /*   |4M ####### 8M|
     *   |4M ####### 8M|       twice */
    {"twice", {{MIB(4), MIB(8), true}, {MIB(4), MIB(8), true}}, {{0x400, 0x800}}},
    /*   |4M ####### 8M|
     *        |6M ####### 10M| */
    {"usable overlap", {{MIB(4), MIB(8), true}, {MIB(6), MIB(10), true}}, {{0x400, 0xa00}}},
    /*   |4M #### 8M|8M #### 12M|  touching ranges are one range */
    {"touching", {{MIB(8), MIB(12), true}, {MIB(4), MIB(8), true}}, {{0x400, 0xc00}}},
    /*   |8M ######### 16M ############ 768M ######### 1G|  a range ends with its zone */
    {"across the zones",
     {{MIB(8), MIB(1024), true}},
     {{0x800, 0x1000}, {0x1000, 0x30000}, {0x30000, 0x40000}}},
    /*   |4M+1 ########## 8M-1|   usable is rounded inward */
    {"usable not on frames", {{MIB(4) + 1, MIB(8) - 1, true}}, {{0x401, 0x7ff}}},
    /*   |4M ################# 8M|
     *       |6M-1 x 6M+1|       unusable is rounded outward: two frames */
    {"unusable not on frames",
     {{MIB(4), MIB(8), true}, {MIB(6) - 1, MIB(6) + 1, false}},
     {{0x400, 0x5ff}, {0x601, 0x800}}},
    /*   |5M+1 # 5M+4095|   less than a frame */
    {"a part of a frame", {{MIB(5) + 1, MIB(5) + 4095, true}}, {{0}}},
    /*   |5M+100 ## 5M+8K-100|   parts of two frames, and none whole */
    {"parts of two frames", {{MIB(5) + 100, MIB(5) + KIB(8) - 100, true}}, {{0}}},
    /*   |4095M ### 4G|   the last byte below 4 GiB */
    {"to 4 GiB", {{MIB(4095), MIB(4096), true}}, {{0xfff00, 0x100000}}},
    /*   |4095M ### 4G-1|   and one less */
    {"to one below 4 GiB", {{MIB(4095), MIB(4096) - 1, true}}, {{0xfff00, 0xfffff}}},
    /*   |4095M ########## 4G ########## 5G|   cut off */
    {"over 4 GiB", {{MIB(4095), MIB(5120), true}}, {{0xfff00, 0x100000}}},
    /*   |4095M ########## 4G ########## 4G+1| */
    {"one byte over 4 GiB", {{MIB(4095), MIB(4096) + 1, true}}, {{0xfff00, 0x100000}}},
    /*                     |4G ########## 5G|   left out */
    {"beyond 4 GiB", {{MIB(4096), MIB(5120), true}}, {{0}}},
    /*   |4G-1 # 4G|   rounded inward past the end */
    {"the last byte", {{MIB(4096) - 1, MIB(4096), true}}, {{0}}},
    /*   |4092M #### 4G|
     *        |4094M xxxxxx end of 64 bits| */
    {"hole to the end of 64 bits",
     {{MIB(4092), MIB(4096), true}, {MIB(4094), 0, false}},
     {{0xffc00, 0xffe00}}},
    /*   |8M > 6M|   the first is after the last: such a range is ignored, usable or not */
    {"backwards",
     {{MIB(4), MIB(12), true}, {MIB(8), MIB(6), false}, {MIB(20), MIB(18), true}},
     {{0x400, 0xc00}}},
    /*   |4M ####################### 12M|
     *     |5M x 6M|    |7M x 8M|
     *         |5.5M xxxx 7.5M|     holes that overlap */
    {"overlapping holes",
     {{MIB(4), MIB(12), true},
      {MIB(5), MIB(6), false},
      {MIB(7), MIB(8), false},
      {MIB(5) + KIB(512), MIB(7) + KIB(512), false}},
     {{0x400, 0x500}, {0x800, 0xc00}}},
    /*   nothing */
    {"no range", {{0, 0, false}}, {{0}}},
};

static uint32_t case_ranges(const struct build_case *c, struct memmap_range *ranges)
{
    uint32_t count = 0;

    while (count < RANGES && (c->range[count].first | c->range[count].end) != 0) {
        const struct range *range = &c->range[count];
        ranges[count++] = (struct memmap_range){range->first, range->end - 1u, range->usable};
    }
    return count;
}

TEST(builds_as_drawn)
{
    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct memmap_range ranges[RANGES];
        struct memmap map;
        uint32_t count = 0;

        assert_true(memmap_build(&map, ranges, case_ranges(&cases[i], ranges)));
        assert_null(memmap_check(&map));
        for (; count < RANGES && cases[i].expected[count][1] != 0; count++)
            if (count >= map.count || map.range[count].start.value != cases[i].expected[count][0] ||
                map.range[count].end.value != cases[i].expected[count][1])
                fail_msg("%s: range %u is wrong", cases[i].name, count);
        if (map.count != count)
            fail_msg("%s: %u ranges, not %u", cases[i].name, map.count, count);
    }
}

TEST(measures_a_map)
{
    const struct memmap map = {3,
                               {{{0x400}, {0x410}}, {{0x1000}, {0x1003}}, {{0x30000}, {0x100000}}}};
    const struct memmap empty = {0};

    assert_int_equal(memmap_frames(&map), 0x10 + 3 + 0xd0000);
    assert_int_equal(memmap_end(&map).value, FRAMES_MAX);
    assert_int_equal(memmap_frames(&empty), 0);
    assert_int_equal(memmap_end(&empty).value, 0);
}

/* Adds `count` single frames from 8 MiB on, with a hole behind each. */
static bool build_combs(struct memmap *map, uint32_t count)
{
    struct memmap_range ranges[MEMMAP_RANGES_MAX + 1];

    for (uint32_t i = 0; i < count; i++)
        ranges[i] = (struct memmap_range){MIB(8) + KIB(8) * i, MIB(8) + KIB(8) * i + 4095, true};
    return memmap_build(map, ranges, count);
}

TEST(refuses_too_many_ranges)
{
    struct memmap map;

    assert_true(build_combs(&map, MEMMAP_RANGES_MAX));
    assert_int_equal(map.count, MEMMAP_RANGES_MAX);
    assert_null(memmap_check(&map));
    assert_false(build_combs(&map, MEMMAP_RANGES_MAX + 1));
    assert_int_equal(map.count, 0);
}

/*
 *   DMA |400 ## 410|   LOW |1000 # 1003|   |2000 ##### 2010|   HIGH |30000 ####
 */
static struct memmap scattered(void)
{
    return (struct memmap){
        4,
        {{{0x400}, {0x410}}, {{0x1000}, {0x1003}}, {{0x2000}, {0x2010}}, {{0x30000}, {0x31000}}}};
}

TEST(carves_low_before_dma)
{
    const pfn_t low_end = pfn(LOW_END_PFN);
    struct memmap map = scattered();

    /* The top of the highest range of LOW. */
    assert_int_equal(memmap_carve(&map, low_end, 2).value, 0x200e);
    assert_int_equal(memmap_carve(&map, low_end, 13).value, 0x2001);
    /* A range keeps at least one frame. */
    assert_int_equal(memmap_carve(&map, low_end, 1).value, 0x1002);
    assert_int_equal(memmap_carve(&map, low_end, 1).value, 0x1001);
    assert_int_equal(memmap_carve(&map, low_end, 15).value, 0x401);
    assert_int_equal(memmap_frames(&map), 1 + 1 + 1 + 0x1000);
    assert_null(memmap_check(&map));
    assert_true(pfn_is_none(memmap_carve(&map, low_end, 1))); /* HIGH is never carved */
    assert_null(memmap_check(&map));
}

/*
 * LOW ends at 20000:
 *
 *   |1000 # 1800|   |1ff00 ############## 20100|   ->   |1000 # 1800|   |1ff00 # 1fff0|   |20000 #
 * 20100|
 */
TEST(carves_below_the_end_of_low)
{
    const pfn_t low_end = pfn(0x20000);
    const struct memmap across = {
        3, {{{0x1000}, {0x1800}}, {{0x1ff00}, {0x20100}}, {{0x20200}, {0x30000}}}};
    struct memmap map = across;

    assert_int_equal(memmap_carve(&map, low_end, 0x10).value, 0x1fff0);
    assert_int_equal(map.count, 4);
    assert_int_equal(map.range[1].start.value, 0x1ff00);
    assert_int_equal(map.range[1].end.value, 0x1fff0);
    assert_int_equal(map.range[2].start.value, 0x20000);
    assert_int_equal(map.range[2].end.value, 0x20100);
    assert_int_equal(map.range[3].start.value, 0x20200);
    assert_int_equal(memmap_frames(&map), memmap_frames(&across) - 0x10);
    assert_null(memmap_check(&map));
    /* The range is cut at the end of LOW only once. */
    assert_int_equal(memmap_carve(&map, low_end, 0x10).value, 0x1ffe0);
    assert_int_equal(map.count, 4);
    map = across;
    assert_int_equal(memmap_carve(&map, low_end, 0xff).value, 0x1ff01);
    map = across;
    /* More than the part below 20000 has. */
    assert_int_equal(memmap_carve(&map, low_end, 0x100).value, 0x1700);
    assert_int_equal(map.count, 3);
    map.range[1].end = low_end; /* the range ends there without a cut */
    assert_int_equal(memmap_carve(&map, low_end, 0x10).value, 0x1fff0);
    assert_int_equal(map.count, 3);
}

/* If the map has no free range for the rest of a cut, another range is carved. */
TEST(cuts_no_run_when_the_map_is_full)
{
    struct memmap map;

    assert_true(build_combs(&map, MEMMAP_RANGES_MAX - 1));
    map.range[map.count++] = (struct frame_range){pfn(0x1fff0), pfn(0x20010)};
    assert_null(memmap_check(&map));
    assert_true(pfn_is_none(memmap_carve(&map, pfn(0x20000), 1)));
    map.range[0].start = pfn(0x700);
    assert_int_equal(memmap_carve(&map, pfn(0x20000), 1).value, 0x800);
    assert_int_equal(map.count, MEMMAP_RANGES_MAX);
}

TEST(finds_the_largest_range)
{
    struct memmap map = scattered();

    assert_int_equal(memmap_largest_range(&map, ZONE_DMA).start.value, 0x400);
    assert_int_equal(memmap_largest_range(&map, ZONE_LOW).start.value, 0x2000);
    assert_int_equal(memmap_largest_range(&map, ZONE_HIGH).end.value, 0x31000);
    map.range[2].end = pfn(0x2003); /* of two equal ranges, the lowest */
    assert_int_equal(memmap_largest_range(&map, ZONE_LOW).start.value, 0x1000);
    map.count = 1;
    struct frame_range none = memmap_largest_range(&map, ZONE_HIGH);
    assert_int_equal(none.start.value, 0);
    assert_int_equal(none.end.value, 0);
}

struct low_case {
    const char *name;
    struct memmap map;
    struct frame_range largest;
};

static const struct low_case low_cases[] = {
    /*   DMA |400 #### 1000|1000 ######## LOW 1800|   no hole between: one range */
    {"joined", {2, {{{0x400}, {0x1000}}, {{0x1000}, {0x1800}}}}, {{0x400}, {0x1800}}},
    /*   |800 #### 1000|1000 ## 1400|   |2000 ##### 2900|   more than either, but not than both */
    {"joined, the largest only together",
     {3, {{{0x800}, {0x1000}}, {{0x1000}, {0x1400}}, {{0x2000}, {0x2900}}}},
     {{0x800}, {0x1400}}},
    /*   |800 #### 1000|1000 ## 1400|   |2000 ####### 2d00| */
    {"joined, and there is a larger one",
     {3, {{{0x800}, {0x1000}}, {{0x1000}, {0x1400}}, {{0x2000}, {0x2d00}}}},
     {{0x2000}, {0x2d00}}},
    /*   |800 #### 1000|1000 ## 1400|   |2000 ###### 2c00|   the lowest of equal ranges */
    {"joined, and there is an equal one",
     {3, {{{0x800}, {0x1000}}, {{0x1000}, {0x1400}}, {{0x2000}, {0x2c00}}}},
     {{0x800}, {0x1400}}},
    /*   |400 ### 500|   |f00 # 1000|1000 # 1080|   the first of DMA joins nothing */
    {"only the last of DMA touches",
     {3, {{{0x400}, {0x500}}, {{0xf00}, {0x1000}}, {{0x1000}, {0x1080}}}},
     {{0xf00}, {0x1080}}},
    /*   |400 ######## fff|  |1000 #### 1800|   one frame is no RAM */
    {"a hole below the boundary, most in DMA",
     {2, {{{0x400}, {0xfff}}, {{0x1000}, {0x1800}}}},
     {{0x400}, {0xfff}}},
    /*   |c00 ## 1000|  |1001 ######### 2000| */
    {"a hole above the boundary, most in LOW",
     {2, {{{0xc00}, {0x1000}}, {{0x1001}, {0x2000}}}},
     {{0x1001}, {0x2000}}},
    /*   |400 ## 800|   and nothing else */
    {"DMA alone", {1, {{{0x400}, {0x800}}}}, {{0x400}, {0x800}}},
    /*   LOW |2ff00 # 30000|30000 ######## HIGH 40000|   HIGH joins nothing */
    {"touching HIGH",
     {2, {{{0x2ff00}, {0x30000}}, {{0x30000}, {0x40000}}}},
     {{0x2ff00}, {0x30000}}},
    /*   HIGH |30000 #### 40000| */
    {"none", {1, {{{0x30000}, {0x40000}}}}, {{0}, {0}}},
    {"no range at all", {0, {{{0}, {0}}}}, {{0}, {0}}},
};

TEST(finds_the_largest_low_range)
{
    for (uint32_t i = 0; i < sizeof low_cases / sizeof low_cases[0]; i++) {
        const struct low_case *c = &low_cases[i];
        struct frame_range largest = memmap_largest_low_range(&c->map);

        assert_null(memmap_check(&c->map));
        if (largest.start.value != c->largest.start.value ||
            largest.end.value != c->largest.end.value)
            fail_msg("%s: the largest range is 0x%x to 0x%x", c->name, largest.start.value,
                     largest.end.value);
    }
}

TEST(checker_names_each_rule)
{
    struct memmap map = scattered();

    assert_null(memmap_check(&map));
    map.count = MEMMAP_RANGES_MAX + 1;
    assert_string_equal(memmap_check(&map), "memmap: more ranges than there is room for");
    map = scattered();
    map.range[1].end = map.range[1].start;
    assert_string_equal(memmap_check(&map), "memmap: a range is empty");
    map = scattered();
    map.range[0].start = pfn(RESERVED_END_PFN - 1);
    assert_string_equal(memmap_check(&map),
                        "memmap: a range starts below the end of the one before");
    map = scattered();
    map.range[2].start = pfn(0x1002);
    assert_string_equal(memmap_check(&map),
                        "memmap: a range starts below the end of the one before");
    map = scattered();
    map.range[2].start = map.range[1].end;
    assert_string_equal(memmap_check(&map), "memmap: two ranges of a zone touch");
    map = scattered();
    map.range[3].end = pfn(FRAMES_MAX + 1);
    assert_string_equal(memmap_check(&map), "memmap: a range ends beyond 4 GiB");
    map = scattered();
    map.range[2].end = pfn(LOW_END_PFN + 1);
    map.count = 3;
    assert_string_equal(memmap_check(&map), "memmap: a range crosses the end of a zone");
}

/* Ranges that touch at the boundary of two zones stay two ranges. */
TEST(zones_may_touch)
{
    const struct memmap map = {2, {{{0x800}, {0x1000}}, {{0x1000}, {0x2000}}}};

    assert_null(memmap_check(&map));
}

/*
 *     0        0x1000   0x2000   0x3000   0x4000
 *     | usable |
 *              | usable          |
 *                       | usable          |
 *                  |reserved|
 */
TEST(a_byte_of_ram_counts_once_and_not_if_it_is_reserved)
{
    const struct memmap_range ranges[] = {
        {0x2000, 0x3fff, true},
        {0x0000, 0x0fff, true},
        {0x1000, 0x2fff, true},
        {0x1800, 0x27ff, false},
        {UINT64_MAX - 0xfff, UINT64_MAX, false},
    };

    assert_true(memmap_ram_bytes(ranges, 0) == 0);
    assert_true(memmap_ram_bytes(ranges, 1) == 0x2000);
    assert_true(memmap_ram_bytes(ranges, 2) == 0x3000);
    assert_true(memmap_ram_bytes(ranges, 3) == 0x4000);
    assert_true(memmap_ram_bytes(ranges, 4) == 0x3000);
    assert_true(memmap_ram_bytes(ranges, 5) == 0x3000);
}
