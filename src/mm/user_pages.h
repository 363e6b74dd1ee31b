/*
 * The page tables of a process, and the frames behind them: what process.c maps and unmaps. A table
 * is there while a region has a page in its 4 MiB.
 */
#ifndef MM_USER_PAGES_H
#define MM_USER_PAGES_H

#include <mm/process.h>

/* The entry of a page of user space, or NULL: it has no page table. */
uint32_t *user_entry(const struct process *process, uint32_t va);

/* Map a page that is not mapped: a frame of zeros, and a page table where there is none. Fails, as
   pages_alloc() does, with everything as it was. */
bool user_page_add(struct mm *mm, struct process *process, uint32_t va, bool writable);

/* Unmap [start, end), whole pages which no region has any more, flush the TLB, and then give back
   their frames, and the page tables in which no region has a page. O(pages with a page table). */
void user_pages_drop(struct mm *mm, struct process *process, uint32_t start, uint32_t end);

/* Visit the frames of its page tables and of its pages. O(tables * 1024) */
void user_pages_for_each_frame(const struct process *process,
                               void (*visit)(void *context, pfn_t frame), void *context);

/* The violated rule, or NULL. O(tables * 1024 * log n) */
__attribute__((warn_unused_result)) const char *user_pages_check(const struct mm *mm,
                                                                 const struct process *process);

#endif
