/* Tests regions in a treap: the tree after each operation, and each rule of the checker. */
#include "support/model_region.h"
#include "support/on_machine.h"
#include "support/test.h"

#include <string.h>

#define NODES       vaddr(0xc1000000u) /* the nodes of the tests' trees */
#define NODES_COUNT 64u
#define PAGES(n)    ((uint32_t)(n) << PAGE_SHIFT)

static struct region_tree tree;

static void start(void)
{
    region_tree_init(&tree, NODES, NODES_COUNT * sizeof(struct region));
    assert_int_equal(tree.unused_count, NODES_COUNT);
    assert_regions(&tree, "");
}

/* Adds a region by page numbers. */
static void add(uint32_t first, uint32_t end)
{
    region_add(&tree, PAGES(first), PAGES(end), REGION_ANONYMOUS, true);
}

static void cut(uint32_t first, uint32_t end)
{
    region_cut(&tree, PAGES(first), PAGES(end));
}

static bool cut_splits(uint32_t first, uint32_t end)
{
    return region_cut_splits(&tree, PAGES(first), PAGES(end));
}

static struct region *find(uint32_t page)
{
    return region_find(&tree, PAGES(page));
}

static struct region *region_at(vaddr_t node)
{
    return machine_pointer(node);
}

/* ---- adding ---- */

MACHINE_TEST(adds_below_above_and_between)
{
    start();
    add(0x20, 0x30);
    assert_regions(&tree, "20-30M");
    add(0x40, 0x41);
    assert_regions(&tree, "20-30M 40-41M");
    add(0x10, 0x18);
    assert_regions(&tree, "10-18M 20-30M 40-41M");
    add(0x18, 0x20); /* regions that touch on both sides stay separate */
    assert_regions(&tree, "10-18M 18-20M 20-30M 40-41M");
    add(0x38, 0x40);
    assert_regions(&tree, "10-18M 18-20M 20-30M 38-40M 40-41M");
    assert_int_equal(tree.count, 5);
    assert_int_equal(tree.unused_count, NODES_COUNT - 5);
}

MACHINE_TEST(keeps_kinds_and_rights)
{
    static const struct {
        enum region_kind kind;
        const char *name;
    } kinds[] = {{REGION_TEXT, ".text"}, {REGION_DATA, ".data"},  {REGION_BSS, ".bss"},
                 {REGION_HEAP, "heap"},  {REGION_STACK, "stack"}, {REGION_ANONYMOUS, "map"}};

    start();
    for (uint32_t i = 0; i < REGION_KIND_COUNT; i++) {
        assert_string_equal(region_kind_name(kinds[i].kind), kinds[i].name);
        region_add(&tree, PAGES(i + 1), PAGES(i + 2), kinds[i].kind, i % 2 == 1);
    }
    assert_regions(&tree, "1-2t 2-3D 3-4b 4-5H 5-6s 6-7M");
}

/* A region may have the first page of user space, the last, and all of it. */
MACHINE_TEST(holds_the_ends_of_user_space)
{
    start();
    add(0xbffff, 0xc0000);
    add(1, 2);
    assert_regions(&tree, "1-2M bffff-c0000M");
    assert_int_equal(region_find(&tree, 0)->start, USER_START);
    assert_int_equal(region_find(&tree, USER_START)->start, USER_START);
    assert_int_equal(region_find(&tree, USER_END - 1)->end, USER_END);
    assert_null(region_find(&tree, USER_END));
    assert_null(region_find(&tree, UINT32_MAX));
    assert_true(region_overlaps(&tree, 0, USER_START + PAGE_SIZE));
    assert_false(region_overlaps(&tree, 0, USER_START));
    assert_false(region_overlaps(&tree, USER_END, UINT32_MAX));
    cut(1, 0xc0000);
    assert_regions(&tree, "");
    add(1, 0xc0000);
    assert_regions(&tree, "1-c0000M");
    cut(1, 2);
    cut(0xbffff, 0xc0000);
    assert_regions(&tree, "2-bffffM");
}

/* ---- finding ---- */

/*       | 20-30 |         | 40-41 | 41-50 |       */
MACHINE_TEST(finds_the_region_at_or_above_an_address)
{
    start();
    assert_null(find(0x20));
    assert_false(region_overlaps(&tree, 0, UINT32_MAX));
    add(0x40, 0x41);
    add(0x41, 0x50);
    add(0x20, 0x30);
    assert_int_equal(find(0x1f)->start, PAGES(0x20));
    assert_int_equal(find(0x20)->start, PAGES(0x20));
    assert_int_equal(region_find(&tree, PAGES(0x30) - 1)->start, PAGES(0x20));
    assert_int_equal(find(0x30)->start, PAGES(0x40));
    assert_int_equal(region_find(&tree, PAGES(0x41) - 1)->start, PAGES(0x40));
    assert_int_equal(find(0x41)->start, PAGES(0x41));
    assert_int_equal(region_find(&tree, PAGES(0x50) - 1)->start, PAGES(0x41));
    assert_null(find(0x50));
    assert_true(region_overlaps(&tree, PAGES(0x2f), PAGES(0x31)));
    assert_true(region_overlaps(&tree, PAGES(0x30), PAGES(0x40) + 1));
    assert_false(region_overlaps(&tree, PAGES(0x30), PAGES(0x40)));
    assert_false(region_overlaps(&tree, PAGES(0x10), PAGES(0x20)));
    assert_true(region_overlaps(&tree, PAGES(0x10), PAGES(0x20) + 1));
    assert_false(region_overlaps(&tree, PAGES(0x50), PAGES(0x60)));
}

/* ---- cutting ---- */

/* Each case has a tree of its own:   | 20 ... 30 |   | 40 ... 50 | 50 ... 60 |   | 70 ... 80 | */
static const struct {
    uint32_t first;
    uint32_t end;
    bool splits;
    const char *after;
} cuts[] = {
    /*  |///           |        ->      |           | */
    {0x20, 0x24, false, "24-30M 40-50M 50-60M 70-80M"},
    {0x18, 0x24, false, "24-30M 40-50M 50-60M 70-80M"},
    /*  |           ///|        ->  |           | */
    {0x2c, 0x30, false, "20-2cM 40-50M 50-60M 70-80M"},
    {0x2c, 0x38, false, "20-2cM 40-50M 50-60M 70-80M"},
    /*  |    ///       |        ->  |    |   |      | */
    {0x24, 0x28, true, "20-24M 28-30M 40-50M 50-60M 70-80M"},
    {0x21, 0x2f, true, "20-21M 2f-30M 40-50M 50-60M 70-80M"},
    /*  |//////////////|        ->  */
    {0x20, 0x30, false, "40-50M 50-60M 70-80M"},
    {0x1f, 0x31, false, "40-50M 50-60M 70-80M"},
    /*  |       ///////|///     |   ->  |       |   |     | */
    {0x48, 0x58, false, "20-30M 40-48M 58-60M 70-80M"},
    /* from inside the first, over two, into the last */
    {0x28, 0x78, false, "20-28M 78-80M"},
    /* all four regions */
    {0x20, 0x80, false, ""},
    {0x01, 0xc0000, false, ""},
    /* a range without a region */
    {0x30, 0x40, false, "20-30M 40-50M 50-60M 70-80M"},
    {0x10, 0x20, false, "20-30M 40-50M 50-60M 70-80M"},
    {0x80, 0x90, false, "20-30M 40-50M 50-60M 70-80M"},
};

MACHINE_TEST(cuts_regions)
{
    for (uint32_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        start();
        add(0x50, 0x60);
        add(0x20, 0x30);
        add(0x70, 0x80);
        add(0x40, 0x50);
        assert_int_equal(cut_splits(cuts[i].first, cuts[i].end), cuts[i].splits);
        cut(cuts[i].first, cuts[i].end);
        assert_regions(&tree, cuts[i].after);
        assert_int_equal(tree.count + tree.unused_count, NODES_COUNT);
        assert_false(
            region_overlaps(&tree, PAGES(cuts[i].first), PAGES(cuts[i].end))); /* cut out */
    }
}

MACHINE_TEST(the_rest_of_a_cut_keeps_kind_and_rights)
{
    start();
    region_add(&tree, PAGES(0x10), PAGES(0x20), REGION_HEAP, true);
    region_add(&tree, PAGES(0x20), PAGES(0x30), REGION_TEXT, false);
    cut(0x18, 0x1c);
    cut(0x28, 0x2c);
    assert_regions(&tree, "10-18H 1c-20H 20-28t 2c-30t");
}

static void run_add(void *context)
{
    (void)context;
    add(1, 2);
}

MACHINE_TEST(panics_when_no_node_was_reserved)
{
    region_tree_init(&tree, NODES, sizeof(struct region) - 1);
    assert_int_equal(tree.unused_count, 0);
    assert_panics(run_add, NULL, "node_take: !vaddr_is_none(node)");
}

/* ---- the checker ---- */

/* Makes three regions; the root is in the middle, the others are its children. */
static struct region *start_three(void)
{
    static const uint32_t orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                         {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

    for (uint32_t i = 0; i < 6; i++) { /* a node's rank depends on the order of use */
        start();
        for (uint32_t k = 0; k < 3; k++)
            add(0x10 + 0x20 * orders[i][k], 0x20 + 0x20 * orders[i][k]);
        struct region *root = region_at(tree.root);
        if (!vaddr_is_none(root->left) && !vaddr_is_none(root->right))
            return root;
    }
    fail_msg("%s", "no order of three nodes gives a root in the middle");
    return NULL;
}

static void assert_broken(const char *rule)
{
    const char *broken = region_check(&tree, USER_END);

    assert_non_null(broken);
    assert_string_equal(broken, rule);
}

MACHINE_TEST(checker_sees_a_region_of_no_bytes)
{
    struct region *root = start_three();

    root->end = root->start;
    assert_broken("region: a region is empty");
    root->end = root->start - PAGE_SIZE;
    assert_broken("region: a region is empty");
}

MACHINE_TEST(checker_sees_parts_of_pages)
{
    struct region *root = start_three();

    root->end -= 1;
    assert_broken("region: a region is not made of whole pages");
    root->end += 1;
    root->start += 0x800;
    assert_broken("region: a region is not made of whole pages");
}

MACHINE_TEST(checker_sees_overlaps)
{
    struct region *root = start_three();

    root->start -= PAGES(0x11); /* overlaps one page of the region below */
    assert_broken("region: a region overlaps another, or is out of order");
    start_three();
    root = region_at(tree.root);
    root->end += PAGES(0x11);
    assert_broken("region: a region overlaps another, or is out of order");
    start_three();
    root = region_at(tree.root);
    vaddr_t left = root->left;
    root->left = root->right;
    root->right = left;
    assert_broken("region: a region overlaps another, or is out of order");
}

/* The region is on either side of user space. */
MACHINE_TEST(checker_sees_regions_outside_of_user_space)
{
    struct region *root = start_three();

    region_at(root->right)->end = USER_END + PAGE_SIZE;
    assert_broken("region: a region is outside of user space");
    root = start_three();
    region_at(root->left)->start = 0;
    assert_broken("region: a region overlaps another, or is out of order");
}

/*
 *         B             A              B             C
 *        / \     ->      \      and   / \     ->    /
 *       A   C             B          A   C         B
 *                          \                      /
 *                           C                    A
 */
MACHINE_TEST(checker_sees_ranks_out_of_order)
{
    struct region *root = start_three();
    vaddr_t middle = tree.root;

    tree.root = root->left;
    region_at(tree.root)->right = middle;
    root->left = VADDR_NONE;
    assert_broken("region: a region ranks below one of its children");
    root = start_three();
    middle = tree.root;
    tree.root = root->right;
    region_at(tree.root)->left = middle;
    root->right = VADDR_NONE;
    assert_broken("region: a region ranks below one of its children");
}

/* The ring is deeper than any tree on the way down; on the way up the checker meets a node that it
 * has seen. */
MACHINE_TEST(checker_sees_a_ring)
{
    struct region *root = start_three();

    region_at(root->left)->left = tree.root;
    assert_broken("region: the tree is too deep");
    root = start_three();
    region_at(root->right)->left = tree.root;
    assert_broken("region: a region overlaps another, or is out of order");
}

MACHINE_TEST(checker_sees_a_false_count)
{
    start_three();
    tree.count++;
    assert_broken("region: count disagrees with the tree");
    tree.count -= 2;
    assert_broken("region: count disagrees with the tree");
}

MACHINE_TEST(checker_sees_a_false_pool)
{
    start_three();
    tree.unused_count++;
    assert_broken("region: unused_count disagrees with the pool");
    tree.unused_count -= 2;
    assert_broken("region: unused_count disagrees with the pool");
    tree.unused_count++;
    region_at(tree.unused)->left = tree.unused; /* makes a ring */
    assert_broken("region: unused_count disagrees with the pool");
}
