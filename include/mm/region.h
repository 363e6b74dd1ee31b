/*
 * The regions of a process: ranges of its pages, sorted, none overlapping another, in a treap
 * (R. Seidel and C. Aragon, "Randomized Search Trees", 1996): a search tree by address, a heap by
 * a hash of the address that each node lies at. Nothing about balance is kept or repaired.
 *
 *     insert N: descend to where N outranks what is there, split that by N's start
 *
 *          B               B
 *         / \             / \
 *        A   D    ->     A   N          remove N: the reverse, merge N's two sides
 *           / \             / \
 *          C   E           C'  D'
 *
 * Nodes come from a pool of the tree's own: the rest of its first page, and whole frames of the
 * direct map after that, which stay until region_pool_release(). n is the number of regions; log n
 * is expected time.
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
    vaddr_t left;  /* regions below, or none; an unused node: the next one */
    vaddr_t right; /* regions above, or none */
    uint8_t kind;  /* enum region_kind */
    bool writable;
    uint16_t sum; /* HARDEN_FULL: of start, end, kind and writable; else 0 */
};
_Static_assert(sizeof(struct region) == 20, "the same in simulated memory on every machine");

struct region_tree {
    vaddr_t root;
    uint32_t count;
    vaddr_t unused; /* nodes of the pool that hold no region */
    uint32_t unused_count;
    vaddr_t pages; /* frames of the pool, linked by their first word */
};
_Static_assert(sizeof(struct region_tree) == 20, "the same in simulated memory on every machine");

/* An empty tree whose first nodes lie in [nodes, nodes + bytes), the caller's. O(bytes). */
void region_tree_init(struct region_tree *tree, vaddr_t nodes, uint32_t bytes);

/* See to it that one node is unused. O(1), but for a new frame of nodes. Fails as pages_alloc(). */
bool region_pool_reserve(struct mm *mm, struct region_tree *tree);

/* Give the pool's frames back. The tree is not used any more. O(frames of the pool). */
void region_pool_release(struct mm *mm, struct region_tree *tree);

/* Visit the pool's frames. O(frames of the pool) */
void region_pool_for_each_frame(const struct region_tree *tree,
                                void (*visit)(void *context, pfn_t frame), void *context);

/* The lowest region that ends above va: the one that holds it, or the next; NULL: none. O(log n) */
struct region *region_find(const struct region_tree *tree, uint32_t va);

/* Does any region have a byte of [start, end)? O(log n) */
bool region_overlaps(const struct region_tree *tree, uint32_t start, uint32_t end);

/* Add [start, end), which no region has a byte of. A node is unused. O(log n) */
void region_add(struct region_tree *tree, uint32_t start, uint32_t end, enum region_kind kind,
                bool writable);

/* A region ends elsewhere now, its neighbours being out of the way. */
void region_set_end(struct region *region, uint32_t end);

/* Is [start, end) strictly inside one region, so that cutting it out needs a node? O(log n) */
bool region_cut_splits(const struct region_tree *tree, uint32_t start, uint32_t end);

/* Take [start, end) out of every region. A node is unused where region_cut_splits().
   O(regions met * log n) */
void region_cut(struct region_tree *tree, uint32_t start, uint32_t end);

/* ".text", "stack", ...: as reports name it. */
const char *region_kind_name(enum region_kind kind);

/* The violated rule of regions inside [USER_START, user_end), or NULL. O(n) */
__attribute__((warn_unused_result)) const char *region_check(const struct region_tree *tree,
                                                             uint32_t user_end);

#endif
