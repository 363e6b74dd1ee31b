/*
 * The blocks that the kernel has allocated, and those that it has freed, until another block takes
 * their place. Each has the stacks of the calls that allocated and freed it, if they are asked for.
 * Blocks are found by the address at which they start.
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
    uint32_t bytes; /* as asked for */
    bool live;
    struct watch_stack allocated;
    struct watch_stack freed;
};

struct watch_blocks {
    struct watch_block *block; /* [BLOCKS_MAX] */
    /* Of each 4 MiB, for each 8 bytes the number of the block that starts there; 0: none. */
    uint32_t *number[WATCH_BLOCK_GROUPS];
    uint16_t *starts; /* [2^20]: how many start in a page */
    uint32_t unused;  /* numbers from here on were never used */
    uint32_t free;    /* numbers that were used, a list through `start`; 0: none */
};

/* No blocks. false: the host has no address space for it. */
bool watch_blocks_create(struct watch_blocks *blocks);
void watch_blocks_destroy(struct watch_blocks *blocks);

/* A live block; what was remembered there is forgotten. NULL: there are too many. O(bytes / 8). */
struct watch_block *watch_blocks_add(struct watch_blocks *blocks, uint32_t start, uint32_t bytes);

/* The live block that starts there, or NULL. */
struct watch_block *watch_blocks_live(const struct watch_blocks *blocks, uint32_t start);

/* A live block has another size. O(bytes / 8). */
void watch_blocks_resize(struct watch_blocks *blocks, struct watch_block *block, uint32_t bytes);

/* The block that has this address, or is nearest to it: NULL when none is within a page. */
const struct watch_block *watch_blocks_near(const struct watch_blocks *blocks, uint32_t address);

/* Visit the live blocks. */
void watch_blocks_for_each(struct watch_blocks *blocks,
                           void (*visit)(void *context, struct watch_block *block), void *context);

#endif
