/*
 * The calls of mm.h for a run under a memory debugger (machine.h). The strategy does the same as
 * without one, and the debugger is informed which memory the kernel may access.
 */
#ifndef MM_WATCHED_H
#define MM_WATCHED_H

#include <mm/machine.h>
#include <mm/mm.h>
#include <mm/strategy.h>

#include "frame_fill.h"
#include "owners.h"

/* Allocates pages from the strategy, and records the owner. Returns PFN_NONE as pages_alloc() does.
 */
static inline pfn_t pages_take(struct mm *mm, uint32_t order, enum page_class page_class,
                               enum frame_owner owner)
{
    uint8_t byte = owner_pack(owner, order);
    pfn_t first = mm->strategy->pages_alloc(mm, order, page_class);

    if (pfn_is_none(first))
        return first;
    frames_verify(mm, first, pfn_add(first, 1u << order));
    owner_write(mm, first, byte);
    return first;
}

/* Gives pages back to the strategy, and records that they are free. */
static inline void pages_give(struct mm *mm, pfn_t first, uint32_t order)
{
    pfn_t end = pfn_add(first, 1u << order);

    frames_fill(mm, first, end);
    owner_set(mm, first, 0, OWNER_FREE);
    mm->strategy->pages_free(mm, first, order);
    frames_filled(mm, first, end);
}

/* Closes all free memory after mm_init(): nobody may access it. */
void watched_start(const struct mm *mm);

/* Do what the functions of mm.h with these names do, after the checks of their arguments. */
vaddr_t watched_kmalloc(struct mm *mm, uint32_t bytes, enum page_class page_class);
vaddr_t watched_krealloc(struct mm *mm, vaddr_t block, uint32_t bytes);
void watched_kfree(struct mm *mm, vaddr_t block);
uint32_t watched_ksize(struct mm *mm, vaddr_t block);
vaddr_t watched_vmalloc(struct mm *mm, uint32_t bytes);
void watched_vfree(struct mm *mm, vaddr_t block);

/* Do pages_take() and pages_give(). The second also calls machine_frames_freed(), with or without a
   debugger. */
pfn_t watched_pages_take(struct mm *mm, uint32_t order, enum page_class page_class,
                         enum frame_owner owner);
void watched_pages_give(struct mm *mm, pfn_t first, uint32_t order);

/* Opens the pages to which the memory manager moves the contents of others. */
void watched_pages_moved(pfn_t to, uint32_t order);

/* Enclose every other access to headers and links of heaps. watched_leave() takes the result of
   watched_enter(). */
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
