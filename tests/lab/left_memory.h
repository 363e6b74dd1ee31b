/* Replays a trace, and counts the free blocks that it leaves. */
#ifndef TESTS_LAB_LEFT_MEMORY_H
#define TESTS_LAB_LEFT_MEMORY_H

#include <mm/strategy.h>

#include <string.h>

#include "lab/memory_states.h"
#include "support/lab.h"
#include "support/test.h"

#define MIB UINT64_C(0x100000)

struct left {
    struct zone_blocks free;
    struct replay_result result;
};

static struct left left;

static inline void add_range(void *context, pfn_t start, pfn_t end)
{
    const uint32_t ends[ZONE_COUNT] = {DMA_END_PFN, LOW_END_PFN, FRAMES_MAX};
    uint32_t at = start.value;

    (void)context;
    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++) {
        uint32_t to = end.value < ends[zone] ? end.value : ends[zone];
        struct free_blocks blocks = {.frames = 0};

        if (at >= to)
            continue;
        free_blocks_add_range(&blocks, pfn(at), pfn(to));
        for (uint32_t order = 0; order < ORDER_COUNT; order++)
            left.free.count[zone][order] += blocks.count[order];
        at = to;
    }
}

static inline const char *count_free(void *context, struct replay *replay)
{
    (void)context;
    mm_free_ranges(replay->mm, add_range, NULL);
    return NULL;
}

static inline void replay_trace(const char *path, const char *strategy, uint64_t ram_bytes)
{
    const struct experiment_watch watch = {.end = count_free};
    struct trace trace = lab_trace(path);
    struct memmap map = lab_map(ram_bytes);
    struct run_outcome outcome;

    memset(&left, 0, sizeof left);
    experiment_run_watched(&outcome, &trace, mm_strategy_find(strategy), &map, NULL, &watch);
    if (outcome.status != RUN_DONE)
        fail_msg("%s: %s", strategy, outcome.reason);
    left.result = outcome.result;
    trace_close(&trace);
}

#endif
