/* Tests the sorted frame allocator: each function and each panic. The checker is tested in
 * test_frames_sorted_check.c, random runs against the naive model in test_frames_sorted_random.c.
 */
#include "mm/sorted_three_zones.h"
#include "support/on_machine.h"
#include "support/test.h"

MACHINE_TEST(is_empty_at_first)
{
    struct frames_sorted sorted;

    assert_int_equal(frames_sorted_bytes(pfn(1)), 133);
    assert_int_equal(frames_sorted_bytes(pfn(1024)), 133);
    assert_int_equal(frames_sorted_bytes(pfn(1025)), 266);
    assert_int_equal(frames_sorted_bytes(pfn(FRAMES_MAX)), 1024 * 133);
    frames_sorted_init(&sorted, ARRAYS, pfn(FRAMES_MAX));
    assert_null(frames_sorted_check(&sorted));
    for (uint32_t order = 0; order <= ORDER_MAX; order++)
        assert_true(pfn_is_none(frames_sorted_alloc_block(&sorted, order, ZONE_HIGH)));
    assert_true(pfn_is_none(frames_sorted_alloc_highest(&sorted, ZONE_HIGH)));
    assert_true(pfn_is_none(frames_sorted_alloc_lowest(&sorted, pfn(0))));
    assert_int_equal(frames_sorted_free_to(&sorted, ZONE_HIGH), 0);
}

MACHINE_TEST(gives_the_highest_of_the_zones)
{
    struct frames_sorted sorted;

    sorted_three_zones(&sorted);
    assert_int_equal(frames_sorted_alloc_highest(&sorted, ZONE_HIGH).value, 0x303ff);
    assert_int_equal(frames_sorted_alloc_highest(&sorted, ZONE_LOW).value, 0x1bff);
    assert_int_equal(frames_sorted_alloc_highest(&sorted, ZONE_DMA).value, 0xbff);
    for (uint32_t i = 1; i < 0x400; i++)
        assert_int_equal(frames_sorted_alloc_highest(&sorted, ZONE_DMA).value, 0xbff - i);
    assert_true(pfn_is_none(frames_sorted_alloc_highest(&sorted, ZONE_DMA)));
    for (uint32_t i = 1; i < 0xc00; i++)
        assert_int_equal(frames_sorted_alloc_highest(&sorted, ZONE_LOW).value, 0x1bff - i);
    assert_true(pfn_is_none(frames_sorted_alloc_highest(&sorted, ZONE_LOW)));
    assert_null(frames_sorted_check(&sorted));
    frames_sorted_free(&sorted, pfn(0x810)); /* a lower zone serves it */
    assert_int_equal(frames_sorted_alloc_highest(&sorted, ZONE_LOW).value, 0x810);
    assert_int_equal(frames_sorted_free_to(&sorted, ZONE_HIGH), 0x3ff);
}

/* The highest word of a zone with a free frame is far below the last one used. */
MACHINE_TEST(finds_the_highest_across_groups)
{
    struct frames_sorted sorted;

    frames_sorted_init(&sorted, ARRAYS, pfn(FRAMES_MAX));
    frames_sorted_add(&sorted, pfn(0x30005), pfn(0x30006));
    frames_sorted_add(&sorted, pfn(0x300c5), pfn(0x300c6));
    frames_sorted_add(&sorted, pfn(FRAMES_MAX - 1), pfn(FRAMES_MAX));
    assert_int_equal(frames_sorted_alloc_highest(&sorted, ZONE_HIGH).value, FRAMES_MAX - 1);
    assert_int_equal(frames_sorted_alloc_highest(&sorted, ZONE_HIGH).value, 0x300c5);
    assert_int_equal(frames_sorted_alloc_highest(&sorted, ZONE_HIGH).value, 0x30005);
    assert_true(pfn_is_none(frames_sorted_alloc_highest(&sorted, ZONE_HIGH)));
    assert_null(frames_sorted_check(&sorted));
}

MACHINE_TEST(gives_the_lowest_from_a_frame_on)
{
    struct frames_sorted sorted;

    sorted_three_zones(&sorted);
    assert_int_equal(frames_sorted_alloc_lowest(&sorted, pfn(0)).value, 0x800);
    assert_int_equal(frames_sorted_alloc_lowest(&sorted, pfn(0x810)).value, 0x810);
    assert_int_equal(frames_sorted_alloc_lowest(&sorted, pfn(0x810)).value, 0x811);
    assert_int_equal(frames_sorted_take(&sorted, pfn(0x820), pfn(0xbe0)).value, UINT32_MAX);
    assert_int_equal(frames_sorted_alloc_lowest(&sorted, pfn(0x830)).value, 0xbe0);
    assert_int_equal(frames_sorted_alloc_lowest(&sorted, pfn(0xc00)).value, 0x1000);
    assert_int_equal(frames_sorted_alloc_lowest(&sorted, pfn(0x303ff)).value, 0x303ff);
    assert_true(pfn_is_none(frames_sorted_alloc_lowest(&sorted, pfn(0x303ff))));
    assert_true(pfn_is_none(frames_sorted_alloc_lowest(&sorted, pfn(0x30800))));
    assert_true(pfn_is_none(frames_sorted_alloc_lowest(&sorted, pfn(UINT32_MAX))));
    assert_null(frames_sorted_check(&sorted));
}

MACHINE_TEST(lowest_at_the_end_of_4_gib)
{
    struct frames_sorted sorted;

    frames_sorted_init(&sorted, ARRAYS, pfn(FRAMES_MAX));
    frames_sorted_add(&sorted, pfn(FRAMES_MAX - 1), pfn(FRAMES_MAX));
    assert_int_equal(frames_sorted_alloc_lowest(&sorted, pfn(FRAMES_MAX - 1)).value,
                     FRAMES_MAX - 1);
    assert_true(pfn_is_none(frames_sorted_alloc_lowest(&sorted, pfn(FRAMES_MAX - 1))));
    assert_true(pfn_is_none(frames_sorted_alloc_lowest(&sorted, pfn(FRAMES_MAX))));
}

MACHINE_TEST(gives_blocks_of_every_order)
{
    struct frames_sorted sorted;

    sorted_three_zones(&sorted);
    frames_sorted_alloc_highest(&sorted, ZONE_LOW); /* 1bff: splits the highest blocks */
    for (uint32_t order = 1; order <= ORDER_MAX; order++)
        assert_int_equal(frames_sorted_alloc_block(&sorted, order, ZONE_LOW).value,
                         0x1c00 - (2u << order));
    assert_null(frames_sorted_check(&sorted));
}

MACHINE_TEST(blocks_fall_back_on_lower_zones)
{
    struct frames_sorted sorted;

    sorted_three_zones(&sorted);
    assert_int_equal(frames_sorted_alloc_block(&sorted, 10, ZONE_HIGH).value, 0x30000);
    assert_int_equal(frames_sorted_alloc_block(&sorted, 10, ZONE_HIGH).value, 0x1800);
    assert_int_equal(frames_sorted_alloc_block(&sorted, 10, ZONE_DMA).value, 0x800);
    assert_true(pfn_is_none(frames_sorted_alloc_block(&sorted, 10, ZONE_DMA)));
    assert_int_equal(frames_sorted_alloc_block(&sorted, 9, ZONE_HIGH).value, 0x1600);
    frames_sorted_free_block(&sorted, pfn(0x30000), 10);
    assert_int_equal(frames_sorted_alloc_block(&sorted, 0, ZONE_HIGH).value, 0x303ff);
    assert_null(frames_sorted_check(&sorted));
}

/* All memory above the reserved frames is added and freed whole, across all groups. */
MACHINE_TEST(adds_and_frees_all_memory)
{
    struct frames_sorted sorted;

    frames_sorted_init(&sorted, ARRAYS, pfn(FRAMES_MAX));
    for (uint32_t round = 0; round < 2; round++) {
        frames_sorted_free_range(&sorted, pfn(RESERVED_END_PFN), pfn(FRAMES_MAX));
        assert_null(frames_sorted_check(&sorted));
        assert_int_equal(frames_sorted_free_to(&sorted, ZONE_DMA), DMA_END_PFN - RESERVED_END_PFN);
        assert_int_equal(frames_sorted_free_to(&sorted, ZONE_LOW), LOW_END_PFN - RESERVED_END_PFN);
        assert_int_equal(frames_sorted_alloc_block(&sorted, ORDER_MAX, ZONE_HIGH).value,
                         FRAMES_MAX - GROUP_FRAMES);
        frames_sorted_free_block(&sorted, pfn(FRAMES_MAX - GROUP_FRAMES), ORDER_MAX);
        assert_true(
            pfn_is_none(frames_sorted_take(&sorted, pfn(RESERVED_END_PFN), pfn(FRAMES_MAX))));
        assert_null(frames_sorted_check(&sorted));
    }
}

/* The only free frames lie in the first group of LOW, which a summary shares with DMA. */
MACHINE_TEST(dma_takes_nothing_from_low)
{
    struct frames_sorted sorted;

    frames_sorted_init(&sorted, ARRAYS, pfn(0x2000));
    frames_sorted_add(&sorted, pfn(DMA_END_PFN), pfn(DMA_END_PFN + 4));
    assert_true(pfn_is_none(frames_sorted_alloc_block(&sorted, 1, ZONE_DMA)));
    assert_true(pfn_is_none(frames_sorted_alloc_highest(&sorted, ZONE_DMA)));
    assert_int_equal(frames_sorted_alloc_block(&sorted, 1, ZONE_LOW).value, DMA_END_PFN + 2);
}

/* Many frames are free, but every second one is used, so no block above order 0 is free. The bounds
 * sink to 0. */
MACHINE_TEST(finds_no_block_in_a_comb)
{
    struct frames_sorted sorted;

    frames_sorted_init(&sorted, ARRAYS, pfn(0x1000));
    for (uint32_t frame = 0x800; frame < 0x1000; frame += 2)
        frames_sorted_add(&sorted, pfn(frame), pfn(frame + 1));
    for (uint32_t order = ORDER_MAX; order > 0; order--)
        assert_true(pfn_is_none(frames_sorted_alloc_block(&sorted, order, ZONE_HIGH)));
    frames_sorted_free(&sorted, pfn(0x901));
    assert_int_equal(frames_sorted_alloc_block(&sorted, 1, ZONE_HIGH).value, 0x900);
    assert_null(frames_sorted_check(&sorted));
}

/*
 *     take [800, 8c0)      |800 ...... 8c0 # 900 ....
 */
MACHINE_TEST(takes_exactly_these_or_none)
{
    struct frames_sorted sorted;

    sorted_three_zones(&sorted);
    assert_true(pfn_is_none(frames_sorted_take(&sorted, pfn(0x81f), pfn(0x8c1))));
    assert_int_equal(frames_sorted_free_to(&sorted, ZONE_DMA), 0x400 - 0xa2);
    assert_int_equal(frames_sorted_take(&sorted, pfn(0x800), pfn(0xc00)).value, 0x81f);
    assert_int_equal(frames_sorted_take(&sorted, pfn(0x8c0), pfn(0x8c2)).value, 0x8c0);
    assert_int_equal(frames_sorted_take(&sorted, pfn(0xbff), pfn(0xc01)).value, 0xc00);
    assert_int_equal(frames_sorted_take(&sorted, pfn(0x303f0), pfn(0x30900)).value, 0x30400);
    assert_int_equal(frames_sorted_take(&sorted, pfn(0x30800), pfn(0x30801)).value, 0x30800);
    assert_int_equal(frames_sorted_free_to(&sorted, ZONE_DMA), 0x400 - 0xa2);
    assert_true(pfn_is_none(frames_sorted_take(&sorted, pfn(0x900), pfn(0x900)))); /* empty */
    assert_null(frames_sorted_check(&sorted));
}

MACHINE_TEST(names_the_first_used)
{
    struct frames_sorted sorted;

    sorted_three_zones(&sorted);
    assert_true(pfn_is_none(frames_sorted_first_used(&sorted, pfn(0x800), pfn(0xc00))));
    assert_int_equal(frames_sorted_first_used(&sorted, pfn(0x7ff), pfn(0xc00)).value, 0x7ff);
    assert_int_equal(frames_sorted_first_used(&sorted, pfn(0x800), pfn(0xc01)).value, 0xc00);
    assert_int_equal(frames_sorted_first_used(&sorted, pfn(0x30900), pfn(0x30901)).value, 0x30900);
    assert_int_equal(frames_sorted_first_used(&sorted, pfn(0x30000), pfn(UINT32_MAX)).value,
                     0x30400);
}

MACHINE_TEST(takes_the_last_frames_below_4_gib)
{
    struct frames_sorted sorted;

    frames_sorted_init(&sorted, ARRAYS, pfn(FRAMES_MAX));
    frames_sorted_add(&sorted, pfn(FRAMES_MAX - 1024), pfn(FRAMES_MAX));
    assert_int_equal(frames_sorted_take(&sorted, pfn(FRAMES_MAX - 8), pfn(FRAMES_MAX + 1)).value,
                     FRAMES_MAX);
    assert_true(pfn_is_none(frames_sorted_take(&sorted, pfn(FRAMES_MAX - 8), pfn(FRAMES_MAX))));
    frames_sorted_free_range(&sorted, pfn(FRAMES_MAX - 8), pfn(FRAMES_MAX));
    assert_int_equal(frames_sorted_alloc_block(&sorted, 10, ZONE_HIGH).value, FRAMES_MAX - 1024);
    assert_null(frames_sorted_check(&sorted));
}

MACHINE_TEST(counts_free_blocks)
{
    struct frames_sorted sorted;
    struct free_blocks blocks = {0};

    sorted_three_zones(&sorted);
    frames_sorted_take(&sorted, pfn(0x801), pfn(0x802));
    frames_sorted_free_blocks(&sorted, &blocks);
    assert_int_equal(blocks.frames, 0x400 + 0xc00 + 0x400 - 1);
    assert_int_equal(blocks.count[10], 4);
    for (uint32_t order = 0; order < 10; order++)
        assert_int_equal(blocks.count[order], 1);
    frames_sorted_add(&sorted, pfn(0x30400), pfn(0x30800)); /* a run that reaches the end */
    blocks = (struct free_blocks){0};
    frames_sorted_free_blocks(&sorted, &blocks);
    assert_int_equal(blocks.count[10], 5);
}

struct bad_free {
    struct frames_sorted *sorted;
    uint32_t first;
    uint32_t order_or_end;
};

static void run_free(void *context)
{
    const struct bad_free *bad = context;

    frames_sorted_free(bad->sorted, pfn(bad->first));
}

static void run_free_block(void *context)
{
    const struct bad_free *bad = context;

    frames_sorted_free_block(bad->sorted, pfn(bad->first), bad->order_or_end);
}

static void run_free_run(void *context)
{
    const struct bad_free *bad = context;

    frames_sorted_free_range(bad->sorted, pfn(bad->first), pfn(bad->order_or_end));
}

static void run_add(void *context)
{
    const struct bad_free *bad = context;

    frames_sorted_add(bad->sorted, pfn(bad->first), pfn(bad->order_or_end));
}

struct panic_case {
    void (*run)(void *context);
    uint32_t first;
    uint32_t order_or_end;
    const char *line;
};

MACHINE_TEST(panics_on_a_bad_free)
{
    static const struct panic_case cases[] = {
        {run_free, 0x800, 0, "frames_sorted_free: frame is free already: 0x800"},
        {run_free, 0x30800, 0, "frames_sorted_free: frame is beyond the end: 0x30800"},
        {run_free, UINT32_MAX, 0, "frames_sorted_free: frame is beyond the end: 0xffffffff"},
        {run_free_block, 0x801, 1, "frames_sorted_free_block: block is not aligned to its order"},
        {run_free_block, 0x400, 10, "frames_sorted_free_block: frame is free already: 0x7f0"},
        {run_free_block, 0x30800, 3, "frames_sorted_free_block: frame is beyond the end"},
        {run_free_block, 0xfffffc00, 10, "frames_sorted_free_block: frame is beyond the end"},
        {run_free_run, 0x600, 0x801, "frames_sorted_free_range: frame is free already: 0x7f0"},
        {run_free_run, 0x30700, 0x30801, "frames_sorted_free_range: frame is beyond the end"},
        {run_add, 0xbff, 0xc01, "frames_sorted_add: frame is free already: 0xbff"},
        {run_add, 0x30700, 0x30801, "frames_sorted_add: frame is beyond the end: 0x30801"},
    };

    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct frames_sorted sorted;
        sorted_three_zones(&sorted);
        frames_sorted_add(&sorted, pfn(0x7f0), pfn(0x7f1));
        assert_panics(cases[i].run,
                      &(struct bad_free){&sorted, cases[i].first, cases[i].order_or_end},
                      cases[i].line);
    }
}

/* The frame is in the open word, below the frame that was allocated last. */
MACHINE_TEST(panics_on_a_free_frame_of_the_open_word)
{
    struct frames_sorted sorted;

    sorted_three_zones(&sorted);
    assert_int_equal(frames_sorted_alloc_highest(&sorted, ZONE_HIGH).value, 0x303ff);
    assert_panics(run_free, &(struct bad_free){&sorted, 0x303f0, 0},
                  "frames_sorted_free: frame is free already: 0x303f0");
}
