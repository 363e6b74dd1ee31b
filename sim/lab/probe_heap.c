#include <mm/layout.h>
#include <mm/machine.h>

#include "lab/live_allocations.h"
#include "lab/probe.h"
#include "replay/replay.h"

#define AREA_BYTES      0x100000u
#define LATE_FREE_BYTES 0x800000u

/* Blocks of the heap until there is no other, all touched. How many bytes they are; mm->failure has
   what ended it. */
static uint64_t heap_grow(struct mm *mm, uint32_t block_bytes, enum page_class page_class)
{
    uint64_t bytes = 0;

    for (;;) {
        vaddr_t block = kmalloc(mm, block_bytes, page_class);
        if (vaddr_is_none(block) || !replay_touch_block(block, block_bytes))
            return bytes;
        bytes += block_bytes;
    }
}

void probe_heap_limit(struct mm *mm, uint32_t block_bytes, struct measured value[])
{
    value[0].part = heap_grow(mm, block_bytes, PAGES_LOW);
    value[0].whole = (uint64_t)mm->frames_total << PAGE_SHIFT;
    value[1] = (struct measured){mm->failure.cause, 1};
}

void probe_heap_dma(struct mm *mm, uint32_t block_bytes, struct measured value[])
{
    value->part = heap_grow(mm, block_bytes, PAGES_DMA);
    value->whole = dma_bytes(mm);
}

void probe_window_left(struct mm *mm, uint32_t block_bytes, struct measured value[])
{
    uint64_t bytes = 0;

    heap_grow(mm, block_bytes, PAGES_LOW);
    for (;;) {
        vaddr_t area = vmalloc(mm, AREA_BYTES);
        if (vaddr_is_none(area) || !replay_touch_block(area, AREA_BYTES))
            break;
        bytes += AREA_BYTES;
    }
    *value = (struct measured){bytes, HEAP_AREA_SIZE};
}

void probe_untouched(struct mm *mm, uint32_t block_bytes, struct measured value[])
{
    uint32_t before = mm->counters.frames_used;

    if (vaddr_is_none(kmalloc(mm, block_bytes, PAGES_LOW)))
        return;
    *value = (struct measured){(mm->counters.frames_used - before) << PAGE_SHIFT, 1};
}

void probe_late(struct mm *mm, uint32_t block_bytes, struct measured value[])
{
    struct live_allocations pages = live_allocations_create(mm);
    struct live_allocations blocks = live_allocations_create(mm);
    uint32_t free_pages = LATE_FREE_BYTES >> PAGE_SHIFT;
    uint32_t late = 0;

    live_allocations_add_pages(&pages, mm, 0, PAGES_LOW, UINT32_MAX);
    live_allocations_free_pages(&pages, mm, 0,
                                pages.count > free_pages ? pages.count - free_pages : 0);
    live_allocations_add_blocks(&blocks, mm, block_bytes, PAGES_LOW, UINT32_MAX);
    for (uint32_t i = 0; i < blocks.count; i++)
        late += !replay_touch_block(vaddr(blocks.item[i]), block_bytes);
    *value = (struct measured){late, blocks.count};
    live_allocations_destroy(&blocks);
    live_allocations_destroy(&pages);
}
