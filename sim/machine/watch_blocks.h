/*
 * The blocks that the kernel has allocated, and freed blocks until another block takes their place.
 * Each block has the stacks of the calls that allocated and freed it, if these are recorded. Blocks
 * are found by their start address.
 */
#ifndef MACHINE_WATCH_BLOCKS_H
#define MACHINE_WATCH_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>

#define WATCH_STACK_MAX    16u
#define WATCH_BLOCK_GROUPS 1024u

struct watch_stack {
    void *pc[WATCH_STACK_MAX];
    uint32_t depth;
};

struct watch_block {
    uint32_t start;
    uint32_t bytes; /* as requested */
    bool live;
    struct watch_stack allocated;
    struct watch_stack freed;
};

struct watch_blocks {
    struct watch_block *block; /* [BLOCKS_MAX] */
    /* For each 4 MiB a table: for each 8 bytes the number of the block that starts there; 0:
       none. */
    uint32_t *number[WATCH_BLOCK_GROUPS];
    uint16_t *starts; /* [2^20]: number of blocks that start in each page */
    uint32_t unused;  /* numbers from here on were never used */
    uint32_t free;    /* numbers to be used again, a list through `start`; 0: none */
};

/* Create an empty set. Returns false when the host has no address space for it. */
bool watch_blocks_create(struct watch_blocks *blocks);
void watch_blocks_destroy(struct watch_blocks *blocks);

/* Add a live block; older blocks that it overlaps are forgotten. Returns NULL when there are too
   many blocks. O(bytes / 8). */
struct watch_block *watch_blocks_add(struct watch_blocks *blocks, uint32_t start, uint32_t bytes);

/* Returns the live block that starts at `start`, or NULL. */
struct watch_block *watch_blocks_live(const struct watch_blocks *blocks, uint32_t start);

/* Change the size of a live block. O(bytes / 8). */
void watch_blocks_resize(struct watch_blocks *blocks, struct watch_block *block, uint32_t bytes);

/* Returns the block that contains this address, or the nearest one within a page; NULL when there
   is none. O(pages between this address and the block below it). */
const struct watch_block *watch_blocks_near(const struct watch_blocks *blocks, uint32_t address);

/* Call visit() for each live block. O(blocks). */
void watch_blocks_for_each(struct watch_blocks *blocks,
                           void (*visit)(void *context, struct watch_block *block), void *context);

#endif
