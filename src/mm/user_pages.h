/*
 * The page tables of a process and the frames that they map. A table exists only while a region has
 * a page in its 4 MiB.
 */
#ifndef MM_USER_PAGES_H
#define MM_USER_PAGES_H

#include <mm/process.h>

/* Returns the entry of a page of user space, or NULL if the page has no page table. */
uint32_t *user_entry(const struct process *process, uint32_t va);

/* Maps a frame of zeros at an unmapped page, and adds a page table if there is none. Returns false,
   with the cause in mm->failure and nothing else changed, if too few frames are free. */
bool user_page_add(struct mm *mm, struct process *process, uint32_t va, bool writable);

/* Unmaps the pages [start, end), which no region may contain any more, and flushes the TLB. Then it
   frees their frames, and the page tables in which no region has a page. O(pages that have a page
   table). */
void user_pages_drop(struct mm *mm, struct process *process, uint32_t start, uint32_t end);

/* Visits the frames of the page tables and of the pages. O(tables * 1024). */
void user_pages_for_each_frame(const struct process *process,
                               void (*visit)(void *context, pfn_t frame), void *context);

/* Returns the violated rule, or NULL. O(tables * 1024 * log n) with n regions. */
__attribute__((warn_unused_result)) const char *user_pages_check(const struct mm *mm,
                                                                 const struct process *process);

#endif
