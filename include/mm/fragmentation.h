/*
 * Fragmentation of free memory, by Linux's definitions and in its integer arithmetic (mm/vmstat.c;
 * M. Gorman, A. Whitcroft, "The What, The Why and the Where To of Anti-Fragmentation", 2006).
 */
#ifndef MM_FRAGMENTATION_H
#define MM_FRAGMENTATION_H

#include <mm/types.h>

/* Free memory as aligned power-of-two blocks, none of which has a free buddy. */
struct free_blocks {
    uint32_t frames;             /* free frames in all */
    uint32_t count[ORDER_COUNT]; /* blocks of each order */
    /* Called for each range that free_blocks_add_range() adds; may be NULL. */
    void (*on_range)(void *context, pfn_t start, pfn_t end);
    void *context;
};

/* Adds the free range [start, end), which touches no range added before: it is cut into maximal
   aligned blocks. O(1 + frames of the range / 1024). */
void free_blocks_add_range(struct free_blocks *blocks, pfn_t start, pfn_t end);

/*
 * Unusable free space index, thousandths: the part of free memory that is in blocks too small for
 * `order`. 0: all free memory serves; 1000: none does, or nothing is free. order <= ORDER_MAX.
 */
int32_t fragmentation_unusable_index(const struct free_blocks *blocks, uint32_t order);

/*
 * Fragmentation index, thousandths: -1000 when the request would succeed; else towards 0 the
 * failure is for lack of memory, towards 1000 it is for fragmentation. 0 when nothing is free.
 * order <= ORDER_MAX.
 */
int32_t fragmentation_index(const struct free_blocks *blocks, uint32_t order);

#endif
