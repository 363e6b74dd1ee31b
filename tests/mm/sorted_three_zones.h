/* A sorted frame allocator with frames in each zone. */
#ifndef TESTS_MM_SORTED_THREE_ZONES_H
#define TESTS_MM_SORTED_THREE_ZONES_H

#include <mm/frames_sorted.h>
#include <mm/machine.h>

#define ARRAYS direct_map(paddr(0x400000))

/*
 *     DMA |800 #### c00|    LOW |1000 #### 1c00|    HIGH |30000 #### 30400|     end 30800
 */
static inline void sorted_three_zones(struct frames_sorted *sorted)
{
    frames_sorted_init(sorted, ARRAYS, pfn(0x30800));
    frames_sorted_add(sorted, pfn(0x800), pfn(0xc00));
    frames_sorted_add(sorted, pfn(0x1000), pfn(0x1c00));
    frames_sorted_add(sorted, pfn(0x30000), pfn(0x30400));
}

#endif
