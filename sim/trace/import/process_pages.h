/* Which pages the spaces have, and how forks share them. Private to process*.c. */
#ifndef TRACE_PROCESS_PAGES_H
#define TRACE_PROCESS_PAGES_H

#include "processes.h"

/* Queues an event of the space's process, which is created if need be. */
void process_emit(struct processes *processes, struct space *space, const struct event *event);

/* Gives the space a page that it does not have. The frame is the space's own. */
void process_page_make(struct processes *processes, uint32_t space, uint32_t address, bool write);

/* The space writes to a page that it has. Returns true if the kernel takes a frame for it. */
bool process_page_write(struct processes *processes, uint32_t page);

/* The space loses its pages in [start, end), after the event that says so. Others who share a frame
   keep it. O(pages) */
void process_pages_drop(struct processes *processes, uint32_t space, uint32_t start, uint32_t end);

/* Touches again the pages in [start, end) whose frames the space holds. */
void process_pages_touch(struct processes *processes, uint32_t space, uint32_t start, uint32_t end);

/* Moves the pages of [start, end) to other addresses, and touches those that the space holds. */
void process_pages_move(struct processes *processes, uint32_t space, uint32_t start, uint32_t end,
                        uint32_t to);

/* The child shares all pages of the parent. */
void process_pages_share(struct processes *processes, uint32_t parent, uint32_t child);

#endif
