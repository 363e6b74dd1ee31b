#include <mm/pgtable.h>

#include "lab/holding.h"
#include "lab/probe.h"

void probe_page_overhead(struct mm *mm, uint32_t order, struct measured value[])
{
    struct holding pages = holding_new(mm);
    uint32_t before = mm->counters.frames_used;
    uint32_t taken =
        holding_take_pages(&pages, mm, order, PAGES_LOW, (mm->frames_total / 4u) >> order);

    value[0].part = (uint64_t)(mm->counters.frames_used - before - (taken << order)) << PAGE_SHIFT;
    value[0].whole = taken;
    value[1].part = (uint64_t)(mm->metadata_frames - PGTABLE_KERNEL_FRAMES) << PAGE_SHIFT;
    value[1].whole = mm->frames_total;
    holding_delete(&pages);
}

void probe_dma_left(struct mm *mm, uint32_t order, struct measured value[])
{
    struct holding pages = holding_new(mm);

    holding_take_pages(&pages, mm, order, PAGES_USER, UINT32_MAX);
    value->part = (uint64_t)holding_take_pages(&pages, mm, order, PAGES_DMA, UINT32_MAX)
                  << (PAGE_SHIFT + order);
    value->whole = dma_bytes(mm);
    holding_delete(&pages);
}
