/*
 * `brk`, the thread's #2: a sorted page list that hands out the highest pages first, and a heap
 * that grows upwards in the direct map. It takes exactly the frames above brk; a used frame there
 * blocks its growth.
 */
#include "brk_heap.h"

static const struct brk_growth growth = {.extend = brk_extend_free, .blocker = brk_first_used};

static vaddr_t kmalloc_plain(struct mm *mm, uint32_t bytes, enum page_class page_class)
{
    return brk_kmalloc(mm, bytes, page_class, &growth);
}

static vaddr_t krealloc_plain(struct mm *mm, vaddr_t block, uint32_t bytes)
{
    return brk_krealloc(mm, block, bytes, &growth);
}

static bool brk_init(struct mm *mm)
{
    return brk_heap_init(mm, sizeof(struct brk_state));
}

const struct strategy strategy_brk = {
    .name = "brk",
    .source = "the thread's #2",
    .frames = "sorted; pages from the high end",
    .heap = "brk up through the direct map, exactly the frames above it",
    .init = brk_init,
    .kmalloc = kmalloc_plain,
    .krealloc = krealloc_plain,
    .pages_alloc = brk_pages_alloc,
    .pages_free = brk_pages_free,
    BRK_OPERATIONS,
    .check = brk_check,
};
