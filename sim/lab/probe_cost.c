#include <stdlib.h>

#include "lab/live_allocations.h"
#include "lab/probe.h"
#include "trace/cpu_time.h"
#include "trace/progress.h"

#define PAIRS        32768u
#define WARMUP_PAIRS 8192u

/* [0]  nanoseconds, of pairs */
static void time_pairs(struct mm *mm, uint32_t order, struct measured value[])
{
    struct live_allocations pages = live_allocations_create(mm);
    uint32_t random = PROBE_SEED;

    live_allocations_add_pages(&pages, mm, order, PAGES_LOW, (mm->frames_total / 4u) >> order);
    if (live_allocations_churn_pages(&pages, mm, order, WARMUP_PAIRS, &random)) {
        uint64_t start = cpu_time_nanoseconds();
        if (live_allocations_churn_pages(&pages, mm, order, PAIRS, &random))
            *value = (struct measured){cpu_time_nanoseconds() - start, PAIRS};
    }
    live_allocations_destroy(&pages);
}

/* By part / whole. */
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
