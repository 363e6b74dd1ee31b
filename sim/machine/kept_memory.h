/*
 * The memory of a machine that was destroyed, for the next machine of this process. The host has
 * its pages, and their mappings in the window, so the next machine needs no page faults for them.
 * Children of the process share this memory, so they never take it.
 */
#ifndef MACHINE_KEPT_MEMORY_H
#define MACHINE_KEPT_MEMORY_H

#include "machine/arena.h"
#include "machine/window.h"

/*
 * Clear the memory of a machine that ends, and keep it. Every entry of the window must be a large
 * page of the direct map as the boot directory maps it. Returns false if that would cost more than
 * new memory; then the caller destroys both as usual. O(memory written).
 */
bool kept_memory_put(struct arena *arena, struct window *window);

/* Take the memory that is kept: it reads as zero, and the entries of its window are as they were
   put. Returns false if there is none. */
bool kept_memory_take(struct arena *arena, struct window *window);

/* Free the memory that is kept, if there is any. */
void kept_memory_free(void);

#endif
