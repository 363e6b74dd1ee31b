#include <mm/pgtable.h>

#include "lab/live_allocations.h"
#include "lab/probe.h"

void probe_page_overhead(struct mm *mm, uint32_t order, struct measured value[])
{
    struct live_allocations pages = live_allocations_create(mm);
    uint32_t before = mm->counters.frames_used;
    uint32_t taken =
        live_allocations_add_pages(&pages, mm, order, PAGES_LOW, (mm->frames_total / 4u) >> order);

    value[0].part = (uint64_t)(mm->counters.frames_used - before - (taken << order)) << PAGE_SHIFT;
    value[0].whole = taken;
    value[1].part = (uint64_t)(mm->metadata_frames - PGTABLE_KERNEL_FRAMES) << PAGE_SHIFT;
    value[1].whole = mm->frames_total;
    live_allocations_destroy(&pages);
}

void probe_dma_left(struct mm *mm, uint32_t order, struct measured value[])
{
    struct live_allocations pages = live_allocations_create(mm);

    live_allocations_add_pages(&pages, mm, order, PAGES_USER, UINT32_MAX);
    value->part = (uint64_t)live_allocations_add_pages(&pages, mm, order, PAGES_DMA, UINT32_MAX)
                  << (PAGE_SHIFT + order);
    value->whole = dma_bytes(mm);
    live_allocations_destroy(&pages);
}
