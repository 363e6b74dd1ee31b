/*
 * The calls of mm.h while a debugger of memory is told of blocks (machine.h): what the strategy
 * does is the same, and the debugger learns what the kernel may access before and after.
 */
#ifndef MM_WATCHED_H
#define MM_WATCHED_H

#include <mm/machine.h>
#include <mm/mm.h>
#include <mm/strategy.h>

#include "frame_fill.h"
#include "owners.h"

/* Pages change hands, and the map of owners says so. */
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

static inline void pages_give(struct mm *mm, pfn_t first, uint32_t order)
{
    pfn_t end = pfn_add(first, 1u << order);

    frames_fill(mm, first, end);
    owner_set(mm, first, 0, OWNER_FREE);
    mm->strategy->pages_free(mm, first, order);
    frames_filled(mm, first, end);
}

/* mm_init() has succeeded: free memory is nobody's. */
void watched_start(const struct mm *mm);

/* As kmalloc() and its like, once the contract is checked. */
vaddr_t watched_kmalloc(struct mm *mm, uint32_t bytes, enum page_class page_class);
vaddr_t watched_krealloc(struct mm *mm, vaddr_t block, uint32_t bytes);
void watched_kfree(struct mm *mm, vaddr_t block);
uint32_t watched_ksize(struct mm *mm, vaddr_t block);
vaddr_t watched_vmalloc(struct mm *mm, uint32_t bytes);
void watched_vfree(struct mm *mm, vaddr_t block);

/* As pages_take() and pages_give(); the second also tells a machine that checks its TLB. */
pfn_t watched_pages_take(struct mm *mm, uint32_t order, enum page_class page_class,
                         enum frame_owner owner);
void watched_pages_give(struct mm *mm, pfn_t first, uint32_t order);

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
