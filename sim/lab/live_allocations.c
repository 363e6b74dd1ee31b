#include "lab/live_allocations.h"

#include <mm/machine.h>
#include <stdlib.h>

#include "machine/panic.h"
#include "replay/random.h"

struct live_allocations live_allocations_create(const struct mm *mm)
{
    uint32_t *item = malloc(mm->frames_total * sizeof *item);

    if (item == NULL)
        panic_raise("no memory on the host for a list of %u pages", mm->frames_total);
    return (struct live_allocations){.room = mm->frames_total, .item = item};
}

void live_allocations_destroy(struct live_allocations *list)
{
    free(list->item);
}

/* Returns the count of the list after `most` more items, or after as many as there is room for. */
static uint32_t end_of(const struct live_allocations *list, uint32_t most)
{
    return most < list->room - list->count ? list->count + most : list->room;
}

/* Returns false if the item is `none`: the allocation failed. */
static bool append(struct live_allocations *list, uint32_t item, uint32_t none)
{
    if (item == none)
        return false;
    list->item[list->count++] = item;
    return true;
}

uint32_t live_allocations_add_pages(struct live_allocations *list, struct mm *mm, uint32_t order,
                                    enum page_class page_class, uint32_t most)
{
    uint32_t before = list->count;
    uint32_t end = end_of(list, most);

    while (list->count < end && append(list, pages_alloc(mm, order, page_class).value, UINT32_MAX))
        continue;
    return list->count - before;
}

uint32_t live_allocations_add_blocks(struct live_allocations *list, struct mm *mm, uint32_t bytes,
                                     enum page_class page_class, uint32_t most)
{
    uint32_t before = list->count;
    uint32_t end = end_of(list, most);

    while (list->count < end && append(list, kmalloc(mm, bytes, page_class).value, 0))
        continue;
    return list->count - before;
}

void live_allocations_free_pages(struct live_allocations *list, struct mm *mm, uint32_t order,
                                 uint32_t first)
{
    while (list->count > first)
        pages_free(mm, pfn(list->item[--list->count]), order);
}

bool live_allocations_churn_pages(struct live_allocations *list, struct mm *mm, uint32_t order,
                                  uint32_t pairs, uint32_t *random)
{
    if (list->count == 0)
        return false;
    for (uint32_t i = 0; i < pairs; i++) {
        uint32_t *item = &list->item[random32(random) % list->count];
        pages_free(mm, pfn(*item), order);
        pfn_t first = pages_alloc(mm, order, PAGES_LOW);
        if (pfn_is_none(first))
            return false;
        *item = first.value;
    }
    return true;
}

void live_allocations_shuffle(struct live_allocations *list, uint32_t *random)
{
    for (uint32_t i = list->count; i > 1; i--) { /* Fisher and Yates: Knuth, TAOCP 3.4.2 P */
        uint32_t other = random32(random) % i;
        uint32_t item = list->item[other];
        list->item[other] = list->item[i - 1u];
        list->item[i - 1u] = item;
    }
}

uint64_t dma_bytes(const struct mm *mm)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < mm->map.count; i++)
        if (zone_of(mm->map.range[i].start) == ZONE_DMA)
            bytes += (uint64_t)(mm->map.range[i].end.value - mm->map.range[i].start.value)
                     << PAGE_SHIFT;
    return bytes;
}
