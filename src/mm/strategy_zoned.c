/*
 * `zoned`, the thread's reply on Linux. Pages come from zoned buddy lists with fallback and
 * reserves. kmalloc() uses slabs over these pages, so its blocks are physically contiguous, and
 * pages and kmalloc() share all free memory. vmalloc() serves areas that need not be contiguous.
 *
 *     4 MiB                 16 MiB                                         768 MiB
 *     | pages, slabs    DMA | pages, slabs, pages            LOW | metadata | pages   HIGH |
 */
#include "zoned.h"

static bool zoned_init(struct mm *mm)
{
    return zoned_start(mm, vaddr(DIRECT_MAP_BASE), pfn(LOW_END_PFN));
}

const struct strategy strategy_zoned = {
    .name = "zoned",
    .source = "the thread's reply on Linux",
    .frames = "zoned buddy with fallback HIGH > LOW > DMA",
    .heap = "slab caches over buddy pages; larger blocks whole pages",
    .init = zoned_init,
    ZONED_OPERATIONS,
};
