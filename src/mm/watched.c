#include "watched.h"

#include <mm/strategy.h>

/* ---- the addresses of frames ---- */

/* Calls `set` for the addresses of the frames [first, end) in the direct map, and in kseg0 if there
   is one. */
static void frames_set(const struct mm *mm, pfn_t first, pfn_t end,
                       void (*set)(vaddr_t start, uint32_t bytes))
{
    uint32_t end_pfn = end.value < LOW_END_PFN ? end.value : LOW_END_PFN;

    if (first.value < end_pfn)
        set(direct_map_frame(first), (end_pfn - first.value) << PAGE_SHIFT);
    if (end_pfn > KSEG_END_PFN)
        end_pfn = KSEG_END_PFN;
    if (mm_has_segments(mm) && first.value < end_pfn)
        set(vaddr(KSEG0_BASE + (first.value << PAGE_SHIFT)), (end_pfn - first.value) << PAGE_SHIFT);
}

void watched_start(const struct mm *mm)
{
    for (uint32_t i = 0; i < mm->map.count; i++)
        frames_set(mm, mm->map.range[i].start, mm->map.range[i].end, machine_pages_closed);
    machine_pages_closed(vaddr(HEAP_AREA_BASE), HEAP_AREA_SIZE);
}

/* ---- blocks ---- */

/* The debugger is informed after each call, so a call that panics changes nothing for it. */

typedef vaddr_t block_allocator(struct mm *mm, uint32_t bytes, enum page_class page_class);

/* Allocates a block with room after it for the debugger, or without if there is too little memory.
 */
static vaddr_t block_alloc(struct mm *mm, uint32_t bytes, uint32_t room, enum page_class page_class,
                           block_allocator *alloc)
{
    struct mm_failure before = mm->failure;

    machine_manager_enters();
    vaddr_t block = alloc(mm, room, page_class);
    if (vaddr_is_none(block) && room != bytes) {
        mm->failure = before;
        block = alloc(mm, bytes, page_class);
    }
    if (!vaddr_is_none(block))
        machine_block_allocated(block, bytes);
    machine_manager_leaves();
    return block;
}

vaddr_t watched_kmalloc(struct mm *mm, uint32_t bytes, enum page_class page_class)
{
    return block_alloc(mm, bytes, machine_block_room(bytes), page_class, mm->strategy->kmalloc);
}

static vaddr_t vmalloc_of_strategy(struct mm *mm, uint32_t bytes, enum page_class page_class)
{
    (void)page_class;
    return mm->strategy->vmalloc(mm, bytes);
}

/* An area that ends at a guard page needs no further room. */
vaddr_t watched_vmalloc(struct mm *mm, uint32_t bytes)
{
    uint32_t room = mm->strategy->vmalloc_in_heap ? machine_block_room(bytes) : bytes;

    return block_alloc(mm, bytes, room, PAGES_LOW, vmalloc_of_strategy);
}

vaddr_t watched_krealloc(struct mm *mm, vaddr_t block, uint32_t bytes)
{
    struct mm_failure before = mm->failure;
    uint32_t room = machine_block_room(bytes);

    machine_manager_enters();
    machine_block_resizes(block);
    vaddr_t resized = mm->strategy->krealloc(mm, block, room);
    if (vaddr_is_none(resized) && room != bytes) {
        mm->failure = before;
        resized = mm->strategy->krealloc(mm, block, bytes);
    }
    machine_block_resized(resized, bytes);
    machine_manager_leaves();
    return resized;
}

void watched_kfree(struct mm *mm, vaddr_t block)
{
    machine_manager_enters();
    mm->strategy->kfree(mm, block);
    machine_block_freed(block);
    machine_manager_leaves();
}

void watched_vfree(struct mm *mm, vaddr_t block)
{
    machine_manager_enters();
    mm->strategy->vfree(mm, block);
    machine_block_freed(block);
    machine_manager_leaves();
}

uint32_t watched_ksize(struct mm *mm, vaddr_t block)
{
    machine_manager_enters();
    uint32_t usable = machine_block_usable(block, mm->strategy->ksize(mm, block));
    machine_manager_leaves();
    return usable;
}

/* ---- pages ---- */

/* Pages of the kernel are a block for the debugger. Pages of slabs and large blocks stay closed,
   because their blocks are opened one by one. All other pages are opened as a whole, because they
   are also written at other addresses. */
static void pages_begin(const struct mm *mm, pfn_t first, uint32_t order, enum frame_owner owner)
{
    if (owner == OWNER_SLAB || owner == OWNER_BLOCK)
        return;
    frames_set(mm, first, pfn_add(first, 1u << order), machine_pages_opened);
    if (owner == OWNER_KERNEL)
        machine_block_allocated(direct_map_frame(first), PAGE_SIZE << order);
}

pfn_t watched_pages_take(struct mm *mm, uint32_t order, enum page_class page_class,
                         enum frame_owner owner)
{
    machine_manager_enters();
    pfn_t first = pages_take(mm, order, page_class, owner);
    if (!pfn_is_none(first))
        pages_begin(mm, first, order, owner);
    machine_manager_leaves();
    return first;
}

static void watched_block_give(struct mm *mm, pfn_t first, uint32_t order)
{
    machine_manager_enters();
    pages_give(mm, first, order);
    if (first.value < LOW_END_PFN)
        machine_block_freed(direct_map_frame(first));
    frames_set(mm, first, pfn_add(first, 1u << order), machine_pages_closed);
    machine_manager_leaves();
}

void watched_pages_give(struct mm *mm, pfn_t first, uint32_t order)
{
    machine_frames_freed(first, 1u << order);
    if (machine_watches_blocks())
        watched_block_give(mm, first, order);
    else
        pages_give(mm, first, order);
}

void watched_pages_moved(pfn_t to, uint32_t order)
{
    if (to.value < LOW_END_PFN)
        machine_pages_opened(direct_map_frame(to), PAGE_SIZE << order);
}
