/* The memory manager of a strategy that a test is about, and the pages that the test has taken. */
#ifndef SUPPORT_SUBJECT_H
#define SUPPORT_SUBJECT_H

#include <mm/frame_owner.h>

#include "support/hoard.h"
#include "support/model_mm.h"

extern struct mm subject;
extern struct model_hoard taken;

/* Start it, which must succeed, on a map or on RAM in [4 MiB, ram_bytes). Nothing is taken. */
void subject_start_on(const char *strategy, const struct memmap *map);
void subject_start(const char *strategy, uint64_t ram_bytes);

/* Give back what is taken; all is free again, no frame is lost, and the heap has left none behind.
 */
void subject_stop(void);

/* It gave no block, for this cause; because brk ran into this frame. */
void assert_no_block(vaddr_t answer, enum mm_cause cause);
void assert_blocked(vaddr_t answer, uint32_t blocker);

/* All pages of a class, as they come; those in [first, end) back, which were all taken. */
void take_all(enum page_class page_class);
void give_back(uint32_t first, uint32_t end);

#endif
