/* A holder of movable pages under the strategy `migrate`, in the memory manager of subject.h. The
 * first word of each page says which page it is, so that the tests notice a page that moves without
 * its content. */
#ifndef SUPPORT_HOLDER_H
#define SUPPORT_HOLDER_H

#include "support/subject.h"

#define COOKIES 0x8000u

/* What the holder knows of its blocks. A block's cookie is its index. */
struct holder {
    pfn_t first[COOKIES]; /* PFN_NONE: the block is freed */
    uint32_t order[COOKIES];
    uint32_t count;
    uint32_t moves; /* number of calls of the memory manager's moved() */
};

extern struct holder holder;

/* holder_start() starts `migrate`, on RAM in [4 MiB, ram_bytes) or on a map. holder_stop() frees
 * all blocks and stops it. */
void holder_start_on(const struct memmap *map);
void holder_start(uint64_t ram_bytes);
void holder_stop(void);

/* Takes a block of 2^order pages. Returns false if there is none. */
bool holder_take(uint32_t order, bool movable);

/* Frees a block after a check of its content. Does nothing if the block is freed already. */
void holder_free(uint32_t cookie);

/* Takes a movable page in every free frame, then frees those outside of [first, end). */
void holder_take_only(uint32_t first, uint32_t end);

/* Returns the cookie of the block that begins at this frame. Fails the test if there is none. */
uint32_t holder_cookie_of(uint32_t frame);

#endif
