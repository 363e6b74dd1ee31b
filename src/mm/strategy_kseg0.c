/*
 * `kseg0`, the thread's reply on MIPS: as `zoned`, on a machine that maps the first 512 MiB without
 * page tables. kmalloc() returns addresses in this segment, and LOW ends with it; all frames above
 * are HIGH, although the direct map reaches some of them.
 *
 *     4 MiB                 16 MiB                                         512 MiB
 *     | pages, slabs    DMA | pages, slabs, pages            LOW | metadata | pages   HIGH |
 */
#include "zoned.h"

static bool kseg0_init(struct mm *mm)
{
    return zoned_start(mm, vaddr(KSEG0_BASE), mm->low_end);
}

const struct strategy strategy_kseg0 = {
    .name = "kseg0",
    .source = "the thread's reply on MIPS",
    .frames = "zoned buddy with fallback HIGH > LOW > DMA",
    .heap = "as zoned, in 512 MiB that need no page tables",
    .segments = true,
    .init = kseg0_init,
    ZONED_OPERATIONS,
};
