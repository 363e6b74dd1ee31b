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

/* Adds the free range [start, end) as maximal aligned blocks. It must neither overlap nor adjoin a
   range added before. O(1 + frames of the range / 1024). */
void free_blocks_add_range(struct free_blocks *blocks, pfn_t start, pfn_t end);

/* Returns the unusable free space index, in thousandths: the part of free memory that lies in
   blocks smaller than `order`. 0: all free memory is usable; 1000: none is, or nothing is free.
   order <= ORDER_MAX. Constant time. */
int32_t fragmentation_unusable_index(const struct free_blocks *blocks, uint32_t order);

/* Returns the fragmentation index, in thousandths: -1000 if a request of this order would succeed.
   If it would fail, a value towards 0 means lack of memory, and a value towards 1000 means
   fragmentation. 0 if nothing is free. order <= ORDER_MAX. Constant time. */
int32_t fragmentation_index(const struct free_blocks *blocks, uint32_t order);

#endif
