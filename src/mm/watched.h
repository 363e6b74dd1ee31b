/*
 * The calls of mm.h while a debugger of memory is told of blocks (machine.h): what the strategy
 * does is the same, and the debugger learns what the kernel may access before and after.
 */
#ifndef MM_WATCHED_H
#define MM_WATCHED_H

#include <mm/machine.h>
#include <mm/mm.h>

#include "owners.h"

/* mm_init() has succeeded: free memory is nobody's. */
void watched_start(const struct mm *mm);

/* As kmalloc() and its like, once the contract is checked. */
vaddr_t watched_kmalloc(struct mm *mm, uint32_t bytes, enum page_class class);
vaddr_t watched_krealloc(struct mm *mm, vaddr_t block, uint32_t bytes);
void watched_kfree(struct mm *mm, vaddr_t block);
uint32_t watched_ksize(struct mm *mm, vaddr_t block);
vaddr_t watched_vmalloc(struct mm *mm, uint32_t bytes);
void watched_vfree(struct mm *mm, vaddr_t block);

/* Pages change hands; first may be none. */
void watched_pages_taken(const struct mm *mm, pfn_t first, uint32_t order, enum frame_owner owner);
void watched_pages_given(const struct mm *mm, pfn_t first, uint32_t order);

/* The memory manager moves what is in a block of pages to this one: it is its user's. */
void watched_pages_moved(pfn_t to, uint32_t order);

/* Around all else that reads or writes where heaps keep their headers and links. */
static inline bool watched_enter(void)
{
    bool watched = machine_watches_blocks();

    if (watched)
        machine_manager_enters();
    return watched;
}

static inline void watched_leave(bool watched)
{
    if (watched)
        machine_manager_leaves();
}

#endif
