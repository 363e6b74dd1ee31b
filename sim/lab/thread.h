/*
 * What the thread claims of each strategy, measured: the run of a trace, what it leaves, and probes
 * on fresh machines. Each strategy in a process of its own.
 */
#ifndef LAB_THREAD_H
#define LAB_THREAD_H

#include "lab/experiment.h"
#include "lab/probe.h"

enum thread_measure {
    /* of the trace's run */
    THREAD_KMALLOC_FAILED,            /* of kmalloc requests */
    THREAD_KMALLOC_FAILED_WHILE_FREE, /* of those, with 4x as much free */
    THREAD_CONTIGUOUS,                /* of the heap's blocks longer than a page */
    THREAD_CONTIGUOUS_WORST,          /* of the worst hundred */
    THREAD_TLB_MISSES,                /* for each kmalloc request */
    /* of what it leaves: probe.h, end_... */
    THREAD_NOT_ASKED_FOR,
    THREAD_ONE_DISTANCE,
    THREAD_LARGEST_KMALLOC,
    THREAD_LARGEST_VMALLOC,
    THREAD_BLOCKS_64K,
    THREAD_BLOCKS_4M,
    /* of fresh machines: probe.h, probe_..., each with all its values */
    THREAD_LIMIT, /* RAM as in the run */
    THREAD_LIMIT_CAUSE,
    THREAD_LIMIT_1G,
    THREAD_LIMIT_1G_CAUSE,
    THREAD_LIMIT_4G,
    THREAD_LIMIT_4G_CAUSE,
    THREAD_HEAP_DMA,
    THREAD_WINDOW_LEFT,
    THREAD_UNTOUCHED,
    THREAD_LATE,
    THREAD_PAGE_OVERHEAD,
    THREAD_FRAME_METADATA,
    THREAD_DMA_LEFT,
    THREAD_GROWTH_CHURNED,      /* blocks of 16 KiB */
    THREAD_GROWTH_KERNEL_SMALL, /* blocks of 1 KiB */
    THREAD_GROWTH_KERNEL_LARGE, /* of 16 KiB */
    THREAD_GROWTH_USER_SMALL,
    THREAD_GROWTH_USER_LARGE,
    THREAD_PAGE_COST,
    THREAD_BLOCK_COST, /* of 64 KiB */
    THREAD_MEASURE_COUNT
};

/* What came of one strategy. Plain data: it crosses a pipe. */
struct thread_facts {
    enum run_status status;
    char reason[RUN_REASON_BYTES];               /* unless RUN_DONE: one line */
    struct measured value[THREAD_MEASURE_COUNT]; /* RUN_DONE */
};

/*
 * Measure `count` strategies on a trace and on machines of this map, as many at a
 * time as there are processors; facts[i] is what came of strategies[i].
 */
void thread_run(struct thread_facts facts[], const struct trace *trace,
                const struct strategy *const strategies[], uint32_t count,
                const struct memmap *map);

/* One of them in this process. */
void thread_measure(struct thread_facts *facts, const struct trace *trace,
                    const struct strategy *strategy, const struct memmap *map);

#endif
