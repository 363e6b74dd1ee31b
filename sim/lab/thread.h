/* The claims of the thread, measured for each strategy in a process of its own: by the run of a
 * trace, by what the trace leaves, and by probes on fresh machines. */
#ifndef LAB_THREAD_H
#define LAB_THREAD_H

#include "lab/experiment.h"
#include "lab/probe.h"

enum thread_measure {
    /* of the run of the trace */
    THREAD_KMALLOC_FAILED,            /* of all kmalloc requests */
    THREAD_KMALLOC_FAILED_WHILE_FREE, /* of all kmalloc requests: failed while four times the size
                                         was free */
    THREAD_CONTIGUOUS,                /* of the heap's blocks longer than a page: contiguous */
    THREAD_CONTIGUOUS_WORST,          /* the same for the worst hundred blocks */
    THREAD_TLB_MISSES,                /* misses for each kmalloc request */
    /* of the memory at the end of the trace: end_... of probe.h */
    THREAD_NOT_ASKED_FOR,
    THREAD_ONE_DISTANCE,
    THREAD_LARGEST_KMALLOC,
    THREAD_LARGEST_VMALLOC,
    THREAD_BLOCKS_64K,
    THREAD_BLOCKS_4M,
    /* of fresh machines: probe_... of probe.h, each with all its values */
    THREAD_LIMIT, /* with the RAM of the run */
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

/* The measures of one strategy. Plain data: it crosses a pipe. */
struct thread_facts {
    enum run_status status;
    char reason[RUN_REASON_BYTES];               /* unless RUN_DONE: one line */
    struct measured value[THREAD_MEASURE_COUNT]; /* RUN_DONE */
};

/* Measure `count` strategies on a trace and on machines of this map, as many at a time as there are
 * processors. facts[i] is for strategies[i]. */
void thread_run(struct thread_facts facts[], const struct trace *trace,
                const struct strategy *const strategies[], uint32_t count,
                const struct memmap *map);

/* Measure one strategy in this process. */
void thread_measure(struct thread_facts *facts, const struct trace *trace,
                    const struct strategy *strategy, const struct memmap *map);

#endif
