#include <stdlib.h>
#include <time.h>

#include "lab/holding.h"
#include "lab/probe.h"

#define ROUNDS       9u
#define PAIRS        32768u
#define WARMUP_PAIRS 8192u

static uint64_t thread_nanoseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* [0]  nanoseconds, of pairs */
static void time_pairs(struct mm *mm, uint32_t order, struct measured value[])
{
    struct holding pages = holding_new(mm);
    uint32_t random = HOLDING_SEED;

    holding_take_pages(&pages, mm, order, PAGES_LOW, (mm->frames_total / 4u) >> order);
    if (holding_churn_pages(&pages, mm, order, WARMUP_PAIRS, &random)) {
        uint64_t start = thread_nanoseconds();
        if (holding_churn_pages(&pages, mm, order, PAIRS, &random))
            *value = (struct measured){thread_nanoseconds() - start, PAIRS};
    }
    holding_delete(&pages);
}

static int by_size(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

static uint64_t median(uint64_t times[ROUNDS])
{
    qsort(times, ROUNDS, sizeof times[0], by_size);
    return times[ROUNDS / 2u];
}

bool probe_page_cost(uint32_t order, const struct strategy *strategy, const struct memmap *map,
                     struct measured *value, char *reason, size_t reason_bytes)
{
    uint64_t own[ROUNDS];
    uint64_t reference[ROUNDS];

    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct measured pairs[2] = {{0}};
        if (!probe_run(time_pairs, order, strategy, map, &pairs[0], reason, reason_bytes) ||
            !probe_run(time_pairs, 0, mm_strategy_find("window"), map, &pairs[1], reason,
                       reason_bytes))
            return false;
        if (pairs[0].whole == 0 || pairs[1].whole == 0)
            return true;
        own[round] = pairs[0].part;
        reference[round] = pairs[1].part;
    }
    *value = (struct measured){median(own), median(reference)};
    return true;
}
