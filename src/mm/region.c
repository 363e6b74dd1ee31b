#include <mm/machine.h>
#include <mm/region.h>
#include <mm/strategy.h>

#include "seal.h"

/* The nodes in a pool frame follow the link to the next frame. */
#define POOL_LINK_BYTES 4u

static struct region *region_at(vaddr_t address)
{
    return machine_pointer(address);
}

/* Returns the rank of a node in the treap. Ranks are distinct and pseudo-random (Knuth, TAOCP vol.
   3, 6.4). */
static uint32_t rank(vaddr_t node)
{
    return node.value * 0x9e3779b1u;
}

/* ---- checks of HARDEN_FULL ---- */

static uint16_t region_sum(const struct region *region)
{
    uint32_t sum = region->start ^ (region->end << 3 | region->end >> 29) ^ region->kind ^
                   (uint32_t)region->writable << 8 ^ 0x5a17u;

    return (uint16_t)(sum ^ sum >> 16);
}

/* Updates the checksum after the words of a node have changed. */
static void region_seal(struct region *region)
{
    if (MM_HARDENING >= HARDEN_FULL)
        region->sum = region_sum(region);
}

/* Returns `child`, after the check that it is an intact region that ranks below `node`. So every
   descent ends. */
static vaddr_t child_of(vaddr_t node, vaddr_t child)
{
    if (MM_HARDENING >= HARDEN_FULL && !vaddr_is_none(child) &&
        (rank(node) <= rank(child) || region_at(child)->sum != region_sum(region_at(child))))
        machine_panic("region_find", "a link of the tree leads to what is no region below it",
                      child.value);
    return child;
}

/* ---- the pool ---- */

static void node_give(struct region_tree *tree, vaddr_t node)
{
    *region_at(node) = (struct region){.left = tree->unused};
    region_seal(region_at(node));
    tree->unused = node;
    tree->unused_count++;
}

static bool is_unused(vaddr_t node)
{
    const struct region *region = region_at(node);

    return region->start == 0 && region->end == 0 && vaddr_is_none(region->right) &&
           region->kind == 0 && region->sum == region_sum(region);
}

static vaddr_t node_take(struct region_tree *tree)
{
    vaddr_t node = tree->unused;

    MM_ASSERT(!vaddr_is_none(node));
    if (MM_HARDENING >= HARDEN_FULL && !is_unused(node))
        machine_panic("region_add", "the list of unused nodes leads to a node in use", node.value);
    tree->unused = region_at(node)->left;
    tree->unused_count--;
    return node;
}

/* Adds the highest node first, so that the lowest is taken first. */
static void pool_add(struct region_tree *tree, vaddr_t nodes, uint32_t bytes)
{
    for (uint32_t i = bytes / sizeof(struct region); i-- > 0;)
        node_give(tree, vaddr_add(nodes, i * (uint32_t)sizeof(struct region)));
}

void region_tree_init(struct region_tree *tree, vaddr_t nodes, uint32_t bytes)
{
    *tree = (struct region_tree){.root = VADDR_NONE};
    pool_add(tree, nodes, bytes);
}

bool region_pool_reserve(struct mm *mm, struct region_tree *tree)
{
    if (tree->unused_count != 0)
        return true;
    pfn_t frame = mm_pages_take(mm, 0, PAGES_LOW, OWNER_PAGE_TABLE);
    if (pfn_is_none(frame))
        return false;
    vaddr_t page = direct_map_frame(frame);
    *(vaddr_t *)machine_pointer(page) = tree->pages;
    tree->pages = page;
    pool_add(tree, vaddr_add(page, POOL_LINK_BYTES), PAGE_SIZE - POOL_LINK_BYTES);
    return true;
}

void region_pool_release(struct mm *mm, struct region_tree *tree)
{
    while (!vaddr_is_none(tree->pages)) {
        vaddr_t page = tree->pages;
        tree->pages = *(vaddr_t *)machine_pointer(page);
        mm_pages_give(mm, paddr_to_pfn(direct_map_inverse(page)), 0);
    }
}

void region_pool_for_each_frame(const struct region_tree *tree,
                                void (*visit)(void *context, pfn_t frame), void *context)
{
    for (vaddr_t page = tree->pages; !vaddr_is_none(page); page = *(vaddr_t *)machine_pointer(page))
        visit(context, paddr_to_pfn(direct_map_inverse(page)));
}

/* ---- the tree ---- */

/* Splits the tree `whole` into the regions that start below an address and the others. */
static void split(vaddr_t whole, uint32_t at, vaddr_t *below, vaddr_t *above)
{
    while (!vaddr_is_none(whole)) {
        struct region *region = region_at(whole);
        if (region->start < at) {
            *below = whole;
            below = &region->right;
            whole = child_of(whole, region->right);
        } else {
            *above = whole;
            above = &region->left;
            whole = child_of(whole, region->left);
        }
    }
    *below = VADDR_NONE;
    *above = VADDR_NONE;
}

/* Joins two trees; every region of `below` lies below every region of `above`. */
static void merge(vaddr_t below, vaddr_t above, vaddr_t *whole)
{
    while (!vaddr_is_none(below) && !vaddr_is_none(above)) {
        if (rank(below) > rank(above)) {
            *whole = below;
            whole = &region_at(below)->right;
            below = child_of(below, *whole);
        } else {
            *whole = above;
            whole = &region_at(above)->left;
            above = child_of(above, *whole);
        }
    }
    *whole = vaddr_is_none(below) ? above : below;
}

/* Follows the search path of `start`. Returns the first link to a region that starts there or that
   ranks no higher than `stop`. */
static vaddr_t *descend(struct region_tree *tree, uint32_t start, uint32_t stop)
{
    vaddr_t *link = &tree->root;

    while (!vaddr_is_none(*link) && rank(*link) > stop) {
        struct region *region = region_at(*link);
        if (region->start == start)
            break;
        vaddr_t node = *link;
        link = start < region->start ? &region->left : &region->right;
        (void)child_of(node, *link);
    }
    return link;
}

struct region *region_find(const struct region_tree *tree, uint32_t va)
{
    struct region *found = NULL;

    for (vaddr_t at = tree->root; !vaddr_is_none(at);) {
        struct region *region = region_at(at);
        if (region->end > va) {
            found = region;
            at = child_of(at, region->left);
        } else {
            at = child_of(at, region->right);
        }
    }
    return found;
}

bool region_overlaps(const struct region_tree *tree, uint32_t start, uint32_t end)
{
    const struct region *region = region_find(tree, start);

    return region != NULL && region->start < end;
}

void region_add(struct region_tree *tree, uint32_t start, uint32_t end, enum region_kind kind,
                bool writable)
{
    vaddr_t node = node_take(tree);
    vaddr_t *link = descend(tree, start, rank(node));
    struct region *region = region_at(node);

    *region =
        (struct region){.start = start, .end = end, .kind = (uint8_t)kind, .writable = writable};
    region_seal(region);
    split(*link, start, &region->left, &region->right);
    *link = node;
    tree->count++;
}

static void region_remove(struct region_tree *tree, const struct region *region)
{
    vaddr_t *link = descend(tree, region->start, 0);
    vaddr_t node = *link;

    merge(region->left, region->right, link);
    node_give(tree, node);
    tree->count--;
}

bool region_cut_splits(const struct region_tree *tree, uint32_t start, uint32_t end)
{
    const struct region *region = region_find(tree, start);

    return region != NULL && region->start < start && region->end > end;
}

void region_set_end(struct region *region, uint32_t end)
{
    region->end = end;
    region_seal(region);
}

/* Cuts [start, end) out of one region. The cut may reach either end of the region, or both.
 *
 *   |  region        |       |  region        |
 *        |cut |         ->   |    |    | rest |
 */
static void cut_one(struct region_tree *tree, struct region *region, uint32_t start, uint32_t end)
{
    uint32_t region_end = region->end;

    if (region->start < start) {
        region_set_end(region, start);
        if (region_end > end)
            region_add(tree, end, region_end, (enum region_kind)region->kind, region->writable);
    } else if (region_end > end) {
        region->start = end; /* its neighbours are the same, so the tree stays in order */
        region_seal(region);
    } else {
        region_remove(tree, region);
    }
}

void region_cut(struct region_tree *tree, uint32_t start, uint32_t end)
{
    struct region *region = region_find(tree, start);

    while (region != NULL && region->start < end) {
        cut_one(tree, region, start, end);
        region = region_find(tree, start);
    }
}

const char *region_kind_name(enum region_kind kind)
{
    static const char *const names[REGION_KIND_COUNT] = {".text", ".data", ".bss",
                                                         "heap",  "stack", "map"};

    return names[kind];
}

/* ---- the checker ---- */

/* Far more than the depth of a treap with all regions that fit in 4 GiB (2 ln n = 28 on average).
 */
#define DEPTH_MAX 128u

struct visit {
    vaddr_t pending[DEPTH_MAX]; /* nodes on the path whose left subtree is being visited */
    uint32_t depth;
    uint32_t last_end; /* the end of the last visited region */
    uint32_t count;
};

/* Descends to the leftmost node of a tree. */
static const char *visit_left(struct visit *visit, vaddr_t at)
{
    while (!vaddr_is_none(at)) {
        if (visit->depth == DEPTH_MAX)
            return "region: the tree is too deep";
        visit->pending[visit->depth++] = at;
        at = region_at(at)->left;
    }
    return NULL;
}

static bool outranks(vaddr_t node, vaddr_t child)
{
    return vaddr_is_none(child) || rank(node) > rank(child);
}

static const char *check_region(struct visit *visit, vaddr_t node, uint32_t user_end)
{
    const struct region *region = region_at(node);

    if (MM_HARDENING >= HARDEN_FULL && region->sum != region_sum(region))
        return "region: a region has changed by itself";
    if (region->start >= region->end)
        return "region: a region is empty";
    if (((region->start | region->end) & PAGE_OFFSET_MASK) != 0)
        return "region: a region is not made of whole pages";
    if (region->start < visit->last_end)
        return "region: a region overlaps another, or is out of order";
    if (region->end > user_end)
        return "region: a region is outside of user space";
    if (!outranks(node, region->left) || !outranks(node, region->right))
        return "region: a region ranks below one of its children";
    visit->last_end = region->end;
    visit->count++;
    return NULL;
}

static const char *check_pool(const struct region_tree *tree)
{
    uint32_t unused = 0;

    for (vaddr_t node = tree->unused; !vaddr_is_none(node) && unused <= tree->unused_count;
         node = region_at(node)->left) {
        if (MM_HARDENING >= HARDEN_FULL && !is_unused(node))
            return "region: a node of the pool is in use";
        unused++;
    }
    return unused == tree->unused_count ? NULL : "region: unused_count disagrees with the pool";
}

const char *region_check(const struct region_tree *tree, uint32_t user_end)
{
    struct visit visit = {.last_end = USER_START};
    const char *broken = visit_left(&visit, tree->root);

    while (broken == NULL && visit.depth != 0) {
        vaddr_t node = visit.pending[--visit.depth];
        broken = check_region(&visit, node, user_end);
        if (broken == NULL)
            broken = visit_left(&visit, region_at(node)->right);
    }
    if (broken != NULL)
        return broken;
    return visit.count == tree->count ? check_pool(tree) : "region: count disagrees with the tree";
}
