/*
 * The regions of a process: sorted ranges of pages that do not overlap. They form a treap (R.
 * Seidel and C. Aragon, "Randomized Search Trees", 1996): a search tree by address that is also a
 * heap by priority, where the priority of a node is a hash of its address in memory. No balance
 * information is stored, and no rotation is needed.
 *
 *     insert N: descend to the first node of lower priority, and split its subtree at N's start
 *
 *          B               B
 *         / \             / \
 *        A   D    ->     A   N          remove N: the reverse, merge the two subtrees of N
 *           / \             / \
 *          C   E           C'  D'
 *
 * The nodes come from a pool that belongs to the tree: the rest of the process's control page, and
 * then whole frames of the direct map, which are kept until region_pool_release(). n is the number
 * of regions; log n is expected time. No function panics, except where its comment says so, and
 * with HARDEN_FULL (harden.h) if a link of the tree is smashed.
 */
#ifndef MM_REGION_H
#define MM_REGION_H

#include <mm/mm.h>

enum region_kind {
    REGION_TEXT,
    REGION_DATA,
    REGION_BSS,
    REGION_HEAP,
    REGION_STACK,
    REGION_ANONYMOUS,
    REGION_KIND_COUNT
};

struct region {
    uint32_t start; /* page aligned; the region is [start, end) */
    uint32_t end;
    vaddr_t left;  /* regions below, or none; in an unused node: the next unused node */
    vaddr_t right; /* regions above, or none */
    uint8_t kind;  /* enum region_kind */
    bool writable;
    uint16_t sum; /* HARDEN_FULL: checksum of start, end, kind and writable; else 0 */
};
_Static_assert(sizeof(struct region) == 20,
               "the layout in simulated memory is the same on every machine");

struct region_tree {
    vaddr_t root;
    uint32_t count;
    vaddr_t unused; /* list of the nodes that hold no region */
    uint32_t unused_count;
    vaddr_t pages; /* list of the frames of the pool, linked by their first word */
};
_Static_assert(sizeof(struct region_tree) == 20,
               "the layout in simulated memory is the same on every machine");

/* Makes an empty tree. The caller gives [nodes, nodes + bytes) for the first nodes. O(bytes). */
void region_tree_init(struct region_tree *tree, vaddr_t nodes, uint32_t bytes);

/* Makes sure that the pool has an unused node. Returns false with a cause of pages_alloc() if there
   is no frame for new nodes. Constant time: a frame has about 200 nodes. */
bool region_pool_reserve(struct mm *mm, struct region_tree *tree);

/* Frees the frames of the pool. The tree must not be used any more. O(frames of the pool). */
void region_pool_release(struct mm *mm, struct region_tree *tree);

/* Calls visit() for each frame of the pool. O(frames of the pool). */
void region_pool_for_each_frame(const struct region_tree *tree,
                                void (*visit)(void *context, pfn_t frame), void *context);

/* Returns the lowest region that ends above va: it contains va, or is the next one. NULL if none.
   O(log n). */
struct region *region_find(const struct region_tree *tree, uint32_t va);

/* Tells if any region overlaps [start, end). O(log n). */
bool region_overlaps(const struct region_tree *tree, uint32_t start, uint32_t end);

/* Adds the region [start, end), which overlaps no other. Panics if the pool has no unused node.
   O(log n). */
void region_add(struct region_tree *tree, uint32_t start, uint32_t end, enum region_kind kind,
                bool writable);

/* Moves the end of a region. The new end must lie above its start and not above the next region. */
void region_set_end(struct region *region, uint32_t end);

/* Tells if [start, end) lies inside one region with bytes left at both sides, so that region_cut()
   needs a node. O(log n). */
bool region_cut_splits(const struct region_tree *tree, uint32_t start, uint32_t end);

/* Removes [start, end) from all regions. Panics if region_cut_splits() and the pool has no unused
   node. O(regions in the range * log n). */
void region_cut(struct region_tree *tree, uint32_t start, uint32_t end);

/* Returns the name in reports: ".text", "stack", ... */
const char *region_kind_name(enum region_kind kind);

/* Checks that all regions lie inside [USER_START, user_end), and the tree. Returns the violated
   rule, or NULL. O(n). */
__attribute__((warn_unused_result)) const char *region_check(const struct region_tree *tree,
                                                             uint32_t user_end);

#endif
