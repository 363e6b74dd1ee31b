#include <mm/machine.h>
#include <mm/process.h>

#include "lab/live_allocations.h"
#include "lab/probe.h"
#include "replay/replay.h"

/* The heap among pages: what it gets of what is free, in blocks that are used. */
static struct measured heap_share(struct mm *mm, uint32_t block_bytes)
{
    struct measured share = {.whole = mm_free_bytes(mm)};

    for (;;) {
        vaddr_t block = kmalloc(mm, block_bytes, PAGES_LOW);
        if (vaddr_is_none(block) || !replay_touch_block(block, block_bytes))
            return share;
        share.part += block_bytes;
    }
}

void probe_growth_kernel(struct mm *mm, uint32_t block_bytes, struct measured value[])
{
    struct live_allocations pages = live_allocations_create(mm);
    struct live_allocations high = live_allocations_create(mm);
    uint32_t random = PROBE_SEED;

    live_allocations_add_pages(&pages, mm, 0, PAGES_LOW, UINT32_MAX);
    live_allocations_add_pages(&high, mm, 0, PAGES_USER, UINT32_MAX);
    live_allocations_shuffle(&pages, &random);
    live_allocations_free_pages(&pages, mm, 0, pages.count / 2u);
    *value = heap_share(mm, block_bytes);
    live_allocations_destroy(&high);
    live_allocations_destroy(&pages);
}

void probe_growth_churned(struct mm *mm, uint32_t block_bytes, struct measured value[])
{
    struct live_allocations pages = live_allocations_create(mm);
    uint32_t random = PROBE_SEED;

    live_allocations_add_pages(&pages, mm, 0, PAGES_LOW, mm->frames_total / 2u);
    if (live_allocations_churn_pages(&pages, mm, 0, 2u * pages.count, &random))
        *value = heap_share(mm, block_bytes);
    live_allocations_destroy(&pages);
}

/*
 * A process touches the pages of two regions in turns drawn at random, then loses one region:
 *
 *     0x10000000               0x40000000               0x70000000
 *     | kept 0 1 2 ...          | lost 0 1 2 ...          |
 *     memory: 0 0 1 1 2 2 3 4 3 4 ...  ->  0 . 1 . . 2 3 . . 4 ...
 */
#define REGION_KEPT  0x10000000u
#define REGION_BYTES 0x30000000u
#define REGION_LOST  (REGION_KEPT + REGION_BYTES)

/* false: there is more memory than the regions take. */
static bool fill_two_regions(void)
{
    uint32_t next[2] = {REGION_KEPT, REGION_LOST};
    uint32_t random = PROBE_SEED;

    for (;;) {
        uint32_t region = probe_random(&random) >> 31;
        if (next[region] == (region == 0 ? REGION_LOST : REGION_LOST + REGION_BYTES))
            return false;
        if (!machine_user_touch(vaddr(next[region]), true))
            return true;
        next[region] += PAGE_SIZE;
    }
}

void probe_growth_user(struct mm *mm, uint32_t block_bytes, struct measured value[])
{
    struct process *process = process_create(mm, NULL);

    if (process == NULL || !process_map(mm, process, vaddr(REGION_KEPT), REGION_BYTES, true) ||
        !process_map(mm, process, vaddr(REGION_LOST), REGION_BYTES, true))
        return;
    process_switch(mm, process);
    if (fill_two_regions() && process_unmap(mm, process, vaddr(REGION_LOST), REGION_BYTES))
        *value = heap_share(mm, block_bytes);
}
