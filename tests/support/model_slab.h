/* Slabs for tests: those of `zoned` on a machine with 64 MiB, blocks of them, and a machine without
   runs of frames. */
#ifndef SUPPORT_MODEL_SLAB_H
#define SUPPORT_MODEL_SLAB_H

#include "support/model_mm.h"

#include <mm/slab.h>

#define SLAB_BLOCKS 1000u

extern struct mm slab_mm;
extern struct slabs *slabs; /* its */
extern vaddr_t slab_blocks[SLAB_BLOCKS];

void slab_start(void);

/* All is free again: no frame is lost. */
void slab_stop(void);

/* The first `count` of slab_blocks, by kmalloc() of PAGES_LOW; and back. */
void slab_blocks_alloc(uint32_t count, uint32_t bytes);
void slab_blocks_free(uint32_t count);

/* Take all frames but every second block of two in LOW; and give them back. */
void slab_leave_pairs(void);
void slab_give_pairs(void);

#endif
