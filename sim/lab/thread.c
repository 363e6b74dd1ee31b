#include "lab/thread.h"

#include <stdio.h>
#include <string.h>

#include "lab/workers.h"
#include "machine/pc_memmap.h"
#include "trace/progress.h"

#define GIB UINT64_C(0x40000000)
#define KIB 1024u
#define MIB (1024u * KIB)

static const struct probe {
    const char *name;
    probe_body *body;
    uint32_t argument;
    uint64_t ram_bytes; /* 0: the RAM of the run */
    enum thread_measure first;
} probes[] = {
    {"heap limit", probe_heap_limit, 64u * KIB, 0, THREAD_LIMIT},
    {"heap limit, 1 GiB", probe_heap_limit, 64u * KIB, GIB, THREAD_LIMIT_1G},
    {"heap limit, 4 GiB", probe_heap_limit, 64u * KIB, 4u * GIB, THREAD_LIMIT_4G},
    {"heap below 16 MiB", probe_heap_dma, 64u * KIB, 0, THREAD_HEAP_DMA},
    {"window left", probe_window_left, 64u * KIB, GIB, THREAD_WINDOW_LEFT},
    {"untouched block", probe_untouched, 1u * MIB, 0, THREAD_UNTOUCHED},
    {"late failures", probe_late, 64u * KIB, 0, THREAD_LATE},
    {"page overhead", probe_page_overhead, 0, 0, THREAD_PAGE_OVERHEAD},
    {"DMA left", probe_dma_left, 0, 0, THREAD_DMA_LEFT},
    {"growth beside pages", probe_growth_churned, 16u * KIB, 0, THREAD_GROWTH_CHURNED},
    {"growth among kernel pages", probe_growth_kernel, 1u * KIB, 0, THREAD_GROWTH_KERNEL_SMALL},
    {"growth among kernel pages", probe_growth_kernel, 16u * KIB, 0, THREAD_GROWTH_KERNEL_LARGE},
    {"growth among user pages", probe_growth_user, 1u * KIB, 0, THREAD_GROWTH_USER_SMALL},
    {"growth among user pages", probe_growth_user, 16u * KIB, 0, THREAD_GROWTH_USER_LARGE},
};

#define PROBE_COUNT (sizeof probes / sizeof probes[0])

static const struct {
    uint32_t order;
    enum thread_measure measure;
} costs[] = {{0, THREAD_PAGE_COST}, {4, THREAD_BLOCK_COST}};

#define COST_COUNT (sizeof costs / sizeof costs[0])

static void note_run(struct thread_facts *facts, const struct run_outcome *outcome)
{
    const struct replay_result *result = &outcome->result;
    uint64_t requests = result->requests[REQUEST_KMALLOC];
    uint64_t failures = result->failures[REQUEST_KMALLOC];

    facts->value[THREAD_KMALLOC_FAILED] = (struct measured){failures, requests};
    facts->value[THREAD_KMALLOC_FAILED_WHILE_FREE] =
        (struct measured){result->kmallocs_failed_while_free, requests};
    facts->value[THREAD_CONTIGUOUS] =
        (struct measured){result->blocks_contiguous, result->blocks_over_page};
    if (result->blocks_over_page != 0)
        facts->value[THREAD_CONTIGUOUS_WORST] =
            (struct measured){result->contiguous_worst_permille, 1000};
    facts->value[THREAD_TLB_MISSES] = (struct measured){outcome->tlb_misses, requests};
}

static const char *look_at_end(void *context, struct replay *replay)
{
    struct measured *value = context;
    struct mm *mm = replay->mm;

    value[THREAD_NOT_ASKED_FOR] = end_not_asked_for(replay);
    value[THREAD_ONE_DISTANCE] = end_one_distance(replay);
    value[THREAD_LARGEST_KMALLOC] = end_largest_kmalloc(mm);
    value[THREAD_LARGEST_VMALLOC] = end_largest_vmalloc(mm);
    value[THREAD_BLOCKS_64K] = end_blocks(mm, 4);
    value[THREAD_BLOCKS_4M] = end_blocks(mm, ORDER_MAX);
    return NULL;
}

static bool run_trace(struct thread_facts *facts, const struct trace *trace,
                      const struct strategy *strategy, const struct memmap *map)
{
    const struct experiment_watch watch = {.end = look_at_end, .context = facts->value};
    struct run_outcome outcome;

    experiment_run_watched(&outcome, trace, strategy, map, NULL, &watch);
    facts->status = outcome.status;
    snprintf(facts->reason, sizeof facts->reason, "%s", outcome.reason);
    if (outcome.status == RUN_DONE)
        note_run(facts, &outcome);
    return outcome.status == RUN_DONE;
}

static bool fail(struct thread_facts *facts, const char *probe, const char *reason)
{
    facts->status = RUN_FAILED;
    snprintf(facts->reason, sizeof facts->reason, "%s: %s", probe, reason);
    return false;
}

static bool map_for_ram(struct memmap *map, uint64_t ram_bytes, char *reason, size_t reason_bytes)
{
    struct pc_memmap ranges;

    return pc_memmap_for_ram(&ranges, ram_bytes, reason, reason_bytes) &&
           memmap_build(map, ranges.range, ranges.count);
}

static bool run_probe(struct thread_facts *facts, const struct probe *probe,
                      const struct strategy *strategy, const struct memmap *map)
{
    char reason[PANIC_LINE_BYTES];
    struct memmap other;

    if (probe->ram_bytes != 0 && !map_for_ram(&other, probe->ram_bytes, reason, sizeof reason))
        return fail(facts, probe->name, reason);
    return probe_run(probe->body, probe->argument, strategy, probe->ram_bytes != 0 ? &other : map,
                     &facts->value[probe->first], reason, sizeof reason) ||
           fail(facts, probe->name, reason);
}

static bool run_probes(struct thread_facts *facts, const struct strategy *strategy,
                       const struct memmap *map)
{
    for (size_t i = 0; i < PROBE_COUNT; i++, progress_job_step())
        if (!run_probe(facts, &probes[i], strategy, map))
            return false;
    return true;
}

static bool run_costs(struct thread_facts *facts, const struct strategy *strategy,
                      const struct memmap *map)
{
    char reason[PANIC_LINE_BYTES];

    for (size_t i = 0; i < COST_COUNT; i++)
        if (!probe_page_cost(costs[i].order, strategy, map, &facts->value[costs[i].measure], reason,
                             sizeof reason))
            return fail(facts, "cost of pages", reason);
    return true;
}

void thread_measure(struct thread_facts *facts, const struct trace *trace,
                    const struct strategy *strategy, const struct memmap *map)
{
    *facts = (struct thread_facts){.status = RUN_DONE};
    if (!run_trace(facts, trace, strategy, map) || !run_probes(facts, strategy, map) ||
        !run_costs(facts, strategy, map))
        memset(facts->value, 0, sizeof facts->value);
}

/* ---- in processes of their own ---- */

struct jobs {
    const struct trace *trace;
    const struct strategy *const *strategies;
    const struct memmap *map;
};

static void run(const void *context, uint32_t i, void *result)
{
    const struct jobs *jobs = context;

    progress_job_steps(1u + PROBE_COUNT + COST_COUNT * PROBE_COST_ROUNDS);
    thread_measure(result, jobs->trace, jobs->strategies[i], jobs->map);
}

static void lost(void *result, const char *reason)
{
    *(struct thread_facts *)result = (struct thread_facts){.status = RUN_FAILED};
    snprintf(((struct thread_facts *)result)->reason, RUN_REASON_BYTES, "%s", reason);
}

void thread_run(struct thread_facts facts[], const struct trace *trace,
                const struct strategy *const strategies[], uint32_t count, const struct memmap *map)
{
    const struct jobs jobs = {trace, strategies, map};
    const struct workers workers = {.context = &jobs,
                                    .results = facts,
                                    .result_bytes = sizeof facts[0],
                                    .run_job = run,
                                    .lost = lost};

    workers_run(&workers, count);
}
