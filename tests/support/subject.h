/* The memory manager that a test is about, and the pages that the test has taken from it. */
#ifndef SUPPORT_SUBJECT_H
#define SUPPORT_SUBJECT_H

#include <mm/frame_owner.h>

#include "support/model_mm.h"
#include "support/taken_pages.h"

extern struct mm subject;
extern struct taken_pages taken;

/* Starts it on a map, or on RAM in [4 MiB, ram_bytes). Fails the test if that fails. Nothing is
 * taken. */
void subject_start_on(const char *strategy, const struct memmap *map);
void subject_start(const char *strategy, uint64_t ram_bytes);

/* Gives back the taken pages and stops. Fails the test if a frame is lost or the heap left one
 * behind. */
void subject_stop(void);

/* Fails the test unless the request was refused for this cause, or because this frame blocked brk.
 */
void assert_no_block(vaddr_t answer, enum mm_cause cause);
void assert_blocked(vaddr_t answer, uint32_t blocker);

/* take_all() takes all pages of a class, in the order in which they are given. give_back() gives
 * back the frames [first, end), all of which must be taken. */
void take_all(enum page_class page_class);
void give_back(uint32_t first, uint32_t end);

#endif
