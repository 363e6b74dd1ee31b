#include "lab/probe.h"

#include <stdio.h>
#include <stdlib.h>

#include <mm/layout.h>
#include <mm/machine.h>
#include <mm/pgtable.h>
#include <mm/process.h>

#include "lab/experiment.h"
#include "lab/live_allocations.h"
#include "replay/random.h"
#include "trace/cpu_time.h"
#include "trace/progress.h"

struct probing {
    probe_body *body;
    uint32_t argument;
    struct measured *value;
    const char *broken;
};

static void run_body(void *context, struct mm *mm)
{
    struct probing *probing = context;

    probing->body(mm, probing->argument, probing->value);
    probing->broken = mm_check(mm);
}

bool probe_run(probe_body *body, uint32_t argument, const struct strategy *strategy,
               const struct memmap *map, struct measured value[], char *reason, size_t reason_bytes)
{
    const struct experiment_setup setup = {.strategy = strategy, .map = map};
    struct probing probing = {body, argument, value, NULL};
    char why[RUN_REASON_BYTES];
    bool no_room;

    if (!experiment_with_mm(&setup, run_body, &probing, why, &no_room) && !no_room) {
        snprintf(reason, reason_bytes, "%s", why);
        return false;
    }
    if (probing.broken != NULL)
        snprintf(reason, reason_bytes, "rule broken: %s", probing.broken);
    return probing.broken == NULL;
}

/* ---- the heap ---- */

#define AREA_BYTES      0x100000u
#define LATE_FREE_BYTES 0x800000u

/* Allocate and touch blocks of the heap until one fails; mm->failure then has the cause. Returns
 * the bytes of the blocks. */
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

/* ---- the heap among pages ---- */

/* The share of the free memory that the heap gets in blocks, all touched. */
static struct measured heap_share(struct mm *mm, uint32_t block_bytes)
{
    uint64_t free_bytes = mm_free_bytes(mm);

    return (struct measured){heap_grow(mm, block_bytes, PAGES_LOW), free_bytes};
}

void probe_growth_kernel(struct mm *mm, uint32_t block_bytes, struct measured value[])
{
    struct live_allocations pages = live_allocations_create(mm);
    struct live_allocations high = live_allocations_create(mm);
    uint32_t random = RANDOM32_SEED;

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
    uint32_t random = RANDOM32_SEED;

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

/* Returns false if there is more memory than the regions take. */
static bool fill_two_regions(void)
{
    uint32_t next[2] = {REGION_KEPT, REGION_LOST};
    uint32_t random = RANDOM32_SEED;

    for (;;) {
        uint32_t region = random32(&random) >> 31;
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

/* ---- pages ---- */

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

/* ---- the cost of a page ---- */

#define PAIRS        32768u
#define WARMUP_PAIRS 8192u

/* [0]  nanoseconds for the pairs, of the number of pairs */
static void time_pairs(struct mm *mm, uint32_t order, struct measured value[])
{
    struct live_allocations pages = live_allocations_create(mm);
    uint32_t random = RANDOM32_SEED;

    live_allocations_add_pages(&pages, mm, order, PAGES_LOW, (mm->frames_total / 4u) >> order);
    if (live_allocations_churn_pages(&pages, mm, order, WARMUP_PAIRS, &random)) {
        uint64_t start = cpu_time_nanoseconds();
        if (live_allocations_churn_pages(&pages, mm, order, PAIRS, &random))
            *value = (struct measured){cpu_time_nanoseconds() - start, PAIRS};
    }
    live_allocations_destroy(&pages);
}

/* Compares the quotients. */
static int by_ratio(const void *a, const void *b)
{
    const struct measured *left = a;
    const struct measured *right = b;
    uint64_t left_part = left->part * right->whole;
    uint64_t right_part = right->part * left->whole;

    return (left_part > right_part) - (left_part < right_part);
}

bool probe_page_cost(uint32_t order, const struct strategy *strategy, const struct memmap *map,
                     struct measured *value, char *reason, size_t reason_bytes)
{
    const struct strategy *window = mm_strategy_find("window");
    struct measured ratio[PROBE_COST_ROUNDS];

    for (uint32_t round = 0; round < PROBE_COST_ROUNDS; round++) {
        struct measured own = {0};
        struct measured reference = {0};
        if (!probe_run(time_pairs, order, strategy, map, &own, reason, reason_bytes) ||
            !probe_run(time_pairs, 0, window, map, &reference, reason, reason_bytes))
            return false;
        if (own.whole == 0 || reference.whole == 0 || reference.part == 0)
            return true;
        ratio[round] = (struct measured){own.part, reference.part};
        progress_job_step();
    }
    qsort(ratio, PROBE_COST_ROUNDS, sizeof ratio[0], by_ratio);
    *value = ratio[PROBE_COST_ROUNDS / 2u];
    return true;
}
