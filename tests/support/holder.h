/* Somebody who holds pages that may be moved, and is told; of the memory manager of subject.h. A
   page's first word says whose it is, so that one that is moved without its content is noticed. */
#ifndef SUPPORT_HOLDER_H
#define SUPPORT_HOLDER_H

#include "support/subject.h"

#define COOKIES 0x8000u

/* What the holder knows: its cookie is an index. */
struct holder {
    pfn_t first[COOKIES]; /* none: given back */
    uint32_t order[COOKIES];
    uint32_t count;
    uint32_t told; /* of so many moves */
};

extern struct holder held;

/* Start `migrate`, which tells the holder; stop it with all that is held given back. */
void holder_start_on(const struct memmap *map);
void holder_start(uint64_t ram_bytes);
void holder_stop(void);

/* Take a block of pages. false: there are none. */
bool hold(uint32_t order, bool movable);

/* Give one back, whose content is still its own; nothing where that was done. */
void drop(uint32_t cookie);

/* Movable pages in all frames; then only in [first, end). */
void hold_only(uint32_t first, uint32_t end);

/* Whose block begins there: the test fails where none does. */
uint32_t holder_of(uint32_t frame);

#endif
