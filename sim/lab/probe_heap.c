#include <mm/layout.h>
#include <mm/machine.h>

#include "lab/holding.h"
#include "lab/probe.h"

#define BLOCK_BYTES     0x10000u
#define AREA_BYTES      0x100000u
#define UNTOUCHED_BYTES 0x100000u
#define LATE_FREE_BYTES 0x800000u

/* How far the pages of a heap are from their frames. */
struct distances {
    uint32_t first; /* virtual minus physical address, of the first page */
    uint64_t pages;
    uint64_t same;
};

static void note_distances(struct distances *distances, vaddr_t block)
{
    for (uint32_t done = 0; done < BLOCK_BYTES; done += PAGE_SIZE) {
        vaddr_t va = vaddr_add(block, done);
        paddr_t pa;
        if (!machine_translate(va, MMU_READ, &pa))
            return;
        if (distances->pages++ == 0)
            distances->first = va.value - pa.value;
        distances->same += va.value - pa.value == distances->first;
    }
}

/* Blocks of the heap until there is no other, all touched. How many bytes they are; mm->failure has
   what ended it. */
static uint64_t heap_grow(struct mm *mm, enum page_class class, struct distances *distances)
{
    uint64_t bytes = 0;

    for (;;) {
        vaddr_t block = kmalloc(mm, BLOCK_BYTES, class);
        if (vaddr_is_none(block) || !block_touch_all(block, BLOCK_BYTES))
            return bytes;
        bytes += BLOCK_BYTES;
        note_distances(distances, block);
    }
}

void probe_heap_limit(struct mm *mm, uint32_t argument, struct measured value[])
{
    struct distances distances = {0};

    (void)argument;
    value[0].part = heap_grow(mm, PAGES_LOW, &distances);
    value[0].whole = (uint64_t)mm->frames_total << PAGE_SHIFT;
    value[1] = (struct measured){mm->failure.cause, 1};
    value[2] = (struct measured){distances.same, distances.pages};
}

void probe_heap_dma(struct mm *mm, uint32_t argument, struct measured value[])
{
    struct distances distances = {0};

    (void)argument;
    value->part = heap_grow(mm, PAGES_DMA, &distances);
    value->whole = dma_bytes(mm);
}

void probe_window_left(struct mm *mm, uint32_t argument, struct measured value[])
{
    struct distances distances = {0};
    uint64_t bytes = 0;

    (void)argument;
    heap_grow(mm, PAGES_LOW, &distances);
    for (;;) {
        vaddr_t area = vmalloc(mm, AREA_BYTES);
        if (vaddr_is_none(area) || !block_touch_all(area, AREA_BYTES))
            break;
        bytes += AREA_BYTES;
    }
    *value = (struct measured){bytes, WINDOW_SIZE};
}

void probe_untouched(struct mm *mm, uint32_t argument, struct measured value[])
{
    uint32_t before = mm->counters.frames_used;

    (void)argument;
    if (vaddr_is_none(kmalloc(mm, UNTOUCHED_BYTES, PAGES_LOW)))
        return;
    *value = (struct measured){(mm->counters.frames_used - before) << PAGE_SHIFT, 1};
}

void probe_late(struct mm *mm, uint32_t argument, struct measured value[])
{
    struct holding pages = holding_new(mm);
    struct holding blocks = holding_new(mm);
    uint32_t free_pages = LATE_FREE_BYTES >> PAGE_SHIFT;
    uint32_t late = 0;

    (void)argument;
    holding_take_pages(&pages, mm, 0, PAGES_LOW, UINT32_MAX);
    holding_give_pages(&pages, mm, 0, pages.count > free_pages ? pages.count - free_pages : 0);
    holding_take_blocks(&blocks, mm, BLOCK_BYTES, PAGES_LOW, UINT32_MAX);
    for (uint32_t i = 0; i < blocks.count; i++)
        late += !block_touch_all(vaddr(blocks.item[i]), BLOCK_BYTES);
    *value = (struct measured){late, blocks.count};
    holding_delete(&blocks);
    holding_delete(&pages);
}
