/* Views of a tree of regions for tests: a picture of it, its depth, and the naive model: an array
 * that is kept sorted. */
#ifndef SUPPORT_MODEL_REGION_H
#define SUPPORT_MODEL_REGION_H

#include <mm/region.h>

/*
 * The regions from the lowest up, page numbers in hex, and the first letter of the kind, a capital
 * where it is writable: a read-only .text of two pages and a heap of six behind it are
 * "8048-804at 804a-8050H". Valid until the next call; long ones are cut.
 */
const char *model_region_picture(const struct region_tree *tree);

/* The tree looks like this picture, and is sound. */
void assert_regions(const struct region_tree *tree, const char *picture);

/* Nodes on the longest way down. */
uint32_t model_region_depth(const struct region_tree *tree);

#define MODEL_REGIONS_MAX 4096u

struct model_regions {
    struct region region[MODEL_REGIONS_MAX]; /* sorted; links are not used */
    uint32_t count;
};

/* The index of the lowest region that ends above va; count: none. */
uint32_t model_regions_find(const struct model_regions *model, uint32_t va);

bool model_regions_overlap(const struct model_regions *model, uint32_t start, uint32_t end);

void model_regions_add(struct model_regions *model, uint32_t start, uint32_t end,
                       enum region_kind kind, bool writable);
void model_regions_cut(struct model_regions *model, uint32_t start, uint32_t end);

/* The tree is sound, and has just these regions. */
void assert_regions_agree(const struct region_tree *tree, const struct model_regions *model);

#endif
