/* A picture of a region tree for tests, its depth, and a naive model: a sorted array. */
#ifndef SUPPORT_MODEL_REGION_H
#define SUPPORT_MODEL_REGION_H

#include <mm/region.h>

/*
 * Returns a picture of the regions in ascending order: page numbers in hex, then the first letter
 * of the kind, as a capital if the region is writable. A read-only .text of two pages and a heap of
 * six behind it are "8048-804at 804a-8050H". A long picture is cut. It is valid until the next
 * call.
 */
const char *model_region_picture(const struct region_tree *tree);

/* Fails the test unless the tree looks like this picture and passes its checker. */
void assert_regions(const struct region_tree *tree, const char *picture);

/* Returns the number of nodes on the longest path from the root. */
uint32_t model_region_depth(const struct region_tree *tree);

#define MODEL_REGIONS_MAX 4096u

struct model_regions {
    struct region region[MODEL_REGIONS_MAX]; /* sorted by address; the links are not used */
    uint32_t count;
};

/* Returns the index of the lowest region that ends above va, or count if there is none. */
uint32_t model_regions_find(const struct model_regions *model, uint32_t va);

bool model_regions_overlap(const struct model_regions *model, uint32_t start, uint32_t end);

void model_regions_add(struct model_regions *model, uint32_t start, uint32_t end,
                       enum region_kind kind, bool writable);
void model_regions_cut(struct model_regions *model, uint32_t start, uint32_t end);

/* Fails the test unless the tree has exactly these regions and passes its checker. */
void assert_regions_agree(const struct region_tree *tree, const struct model_regions *model);

#endif
