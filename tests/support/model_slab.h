/* Slabs for tests: the slabs of `zoned` on a machine with 64 MiB, blocks from them, and a machine
 * whose free frames are in pieces. */
#ifndef SUPPORT_MODEL_SLAB_H
#define SUPPORT_MODEL_SLAB_H

#include "support/model_mm.h"

#include <mm/slab.h>

#define SLAB_BLOCKS 1000u

extern struct mm slab_mm;
extern struct slabs *slabs; /* the slabs of slab_mm */
extern vaddr_t slab_blocks[SLAB_BLOCKS];

void slab_start(void);

/* Stops the memory manager. Fails the test if a frame is lost. */
void slab_stop(void);

/* Allocates the first `count` of slab_blocks by kmalloc() with PAGES_LOW, or frees them. */
void slab_blocks_alloc(uint32_t count, uint32_t bytes);
void slab_blocks_free(uint32_t count);

/* Takes all frames except every second block of two in LOW, so that no larger block is free; then
 * gives them back. */
void slab_leave_pairs(void);
void slab_give_pairs(void);

#endif
