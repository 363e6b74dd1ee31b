/*
 * Compares the treap with a sorted array over long seeded random runs, and tests the depth of large
 * trees and the pool of their nodes.
 */
#include <mm/frame_owner.h>

#include "replay/random.h"
#include "support/model_effort.h"
#include "support/model_mm.h"
#include "support/model_region.h"
#include "support/test.h"

#define OPERATIONS  800000u
#define CHECK_EVERY 97u
#define ASCENDING   10000u

/* As many first nodes as a process's control page has. */
#define NODES       vaddr(0xc0400000u)
#define NODES_BYTES 4000u
#define NODES_COUNT (NODES_BYTES / (uint32_t)sizeof(struct region))
#define FRAME_NODES ((PAGE_SIZE - 4u) / (uint32_t)sizeof(struct region))

static struct mm mm;
static struct region_tree tree;
static struct model_regions model;
static uint32_t seed;

static uint32_t random_below(uint32_t bound)
{
    return random32_below(&seed, bound);
}

/* The nodes of the tree's first page lie in a frame that the memory manager does not own. */
static void start(const struct strategy *strategy)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1400)}}};

    assert_true(mm_init(&mm, strategy, &map));
    region_tree_init(&tree, NODES, NODES_BYTES);
    model.count = 0;
    seed = 7;
}

static void stop(void)
{
    region_pool_release(&mm, &tree);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* ---- the pool ---- */

static void count_frame(void *context, pfn_t frame)
{
    assert_true(frame.value != paddr_to_pfn(direct_map_inverse(NODES)).value);
    assert_int_equal(mm_frame_kind(&mm, frame), FRAME_PAGE_TABLE);
    ++*(uint32_t *)context;
}

/* The pool takes a frame when all nodes are used, and no earlier. That frame belongs to the pool,
 * and no other does. */
MM_TEST(the_pool_grows_by_frames)
{
    start(strategy);
    uint32_t used = mm.counters.frames_used;
    for (uint32_t i = 0; i < NODES_COUNT + FRAME_NODES + 1; i++) {
        assert_true(region_pool_reserve(&mm, &tree));
        assert_true(region_pool_reserve(&mm, &tree)); /* a second reservation takes nothing */
        region_add(&tree, (i + 1) << PAGE_SHIFT, (i + 2) << PAGE_SHIFT, REGION_ANONYMOUS, false);
        uint32_t frames = i < NODES_COUNT ? 0 : i < NODES_COUNT + FRAME_NODES ? 1 : 2;
        if (!strategy_is(strategy, "primary")) /* a page of primary may reach into two frames */
            assert_int_equal(mm.counters.frames_used, used + frames);
    }
    assert_null(region_check(&tree, USER_END));
    uint32_t held = 0;
    region_pool_for_each_frame(&tree, count_frame, &held);
    assert_int_equal(held, 2);
    region_cut(&tree, USER_START, USER_END);
    assert_int_equal(tree.unused_count, NODES_COUNT + 2 * FRAME_NODES); /* the pool keeps them */
    stop();
}

/* ---- depth ---- */

static uint32_t depth_of_row(uint32_t from, uint32_t step)
{
    for (uint32_t i = 0; i < ASCENDING; i++) {
        uint32_t at = (from + i * step) << PAGE_SHIFT;
        assert_true(region_pool_reserve(&mm, &tree));
        region_add(&tree, at, at + PAGE_SIZE, REGION_ANONYMOUS, true);
    }
    assert_null(region_check(&tree, USER_END));
    return model_region_depth(&tree);
}

/* These orders turn a plain search tree into a list. The bound is 3.5 log2(10,000). */
MACHINE_TEST(rows_make_no_deep_tree)
{
    start(mm_strategy_find("brk"));
    assert_true(depth_of_row(1, 2) < 46);
    assert_int_equal(tree.count, ASCENDING);
    region_cut(&tree, USER_START, USER_END);
    assert_true(depth_of_row(2 * ASCENDING, (uint32_t)-1) < 46); /* in descending order */
    region_cut(&tree, USER_START, USER_END);
    assert_int_equal(tree.count, 0);
    /* With nodes that were used before, in the order of their use. */
    assert_true(depth_of_row(1, 1) < 46);
    stop();
}

/* ---- random runs ---- */

/* Returns a range of pages in so small a space that many ranges overlap. */
static void random_range(uint32_t pages, uint32_t *start_out, uint32_t *end_out)
{
    uint32_t first = 1u + random_below(pages);
    uint32_t count = 1u + random_below(random_below(8) == 0 ? pages : 1u + pages / 256u);

    *start_out = first << PAGE_SHIFT;
    *end_out = (first + count < 0xc0000u ? first + count : 0xc0000u) << PAGE_SHIFT;
}

static void step_add(uint32_t pages)
{
    uint32_t from;
    uint32_t to;
    enum region_kind kind = (enum region_kind)random_below(REGION_KIND_COUNT);
    bool writable = random_below(2) != 0;

    random_range(pages, &from, &to);
    assert_int_equal(region_overlaps(&tree, from, to), model_regions_overlap(&model, from, to));
    if (model_regions_overlap(&model, from, to) || model.count > MODEL_REGIONS_MAX - 8u)
        return;
    assert_true(region_pool_reserve(&mm, &tree));
    region_add(&tree, from, to, kind, writable);
    model_regions_add(&model, from, to, kind, writable);
}

static void step_cut(uint32_t pages)
{
    uint32_t before = model.count;
    uint32_t from;
    uint32_t to;

    random_range(pages, &from, &to);
    bool splits = region_cut_splits(&tree, from, to);
    assert_true(region_pool_reserve(&mm, &tree));
    region_cut(&tree, from, to);
    model_regions_cut(&model, from, to);
    assert_int_equal(splits, model.count > before);
}

static void step_find(uint32_t pages)
{
    uint32_t va = random_below(pages + 2u) << PAGE_SHIFT;

    va -= random_below(2); /* also the last byte of the page before, and of 4 GiB at 0 */
    uint32_t at = model_regions_find(&model, va);
    const struct region *found = region_find(&tree, va);
    if (at == model.count)
        assert_null(found);
    else
        assert_int_equal(found->start, model.region[at].start);
}

static void run(uint32_t pages, uint32_t operations)
{
    start(mm_strategy_find("brk"));
    for (uint32_t i = 0; i < operations; i++) {
        uint32_t kind = random_below(8);
        if (kind < 4)
            step_add(pages);
        else if (kind < 6)
            step_cut(pages);
        else
            step_find(pages);
        if (i % CHECK_EVERY == 0)
            assert_regions_agree(&tree, &model);
    }
    assert_regions_agree(&tree, &model);
    stop();
}

MACHINE_TEST(agrees_with_an_array_of_few_pages)
{
    run(64, effort_operations(OPERATIONS / 2));
}

MACHINE_TEST(agrees_with_an_array_of_some_thousand_pages)
{
    run(8192, effort_operations(OPERATIONS / 4));
}

MACHINE_TEST(agrees_with_an_array_of_all_of_user_space)
{
    run(0xbffff, effort_operations(OPERATIONS / 4));
}
