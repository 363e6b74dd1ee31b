/* Probes. Each measures one property of a strategy, on a machine that has just started or on the
 * machine that a trace has left. They use the calls of mm.h only, so they work for any strategy. */
#ifndef LAB_PROBE_H
#define LAB_PROBE_H

#include "replay/replay.h"

/* part of whole, or part for each of whole; whole is 0 if it cannot be measured here. */
struct measured {
    uint64_t part;
    uint64_t whole;
};

/* A probe on an mm that has just started. It need not free what it allocates. It fills in value[0]
 * and those that follow. */
typedef void probe_body(struct mm *mm, uint32_t argument, struct measured value[]);

/*
 * Run a probe on a fresh machine, and then every checker of the memory manager. If the map has no
 * room for the strategy's metadata, the values stay as they are. Returns false if there is no
 * machine, the probe panics, or a rule is broken; reason, of at most reason_bytes, then says so in
 * one line.
 */
bool probe_run(probe_body *body, uint32_t argument, const struct strategy *strategy,
               const struct memmap *map, struct measured value[], char *reason,
               size_t reason_bytes);

/* ---- the heap: `argument` is the bytes of a block ---- */

/*
 * How far the heap can grow: blocks are allocated and touched until one fails.
 *   [0]  bytes allocated, of the RAM of the machine
 *   [1]  enum mm_cause of the failure that ended it, of 1
 */
probe_body probe_heap_limit;

/* The same for kmalloc below 16 MiB.  [0] bytes allocated, of the RAM below 16 MiB */
probe_body probe_heap_dma;

/* What vmalloc gets of the 64 MiB at 0xf0000000 when the heap is at its limit, in areas of 1 MiB.
 *   [0]  bytes allocated, of the 64 MiB */
probe_body probe_window_left;

/* Memory that goes into use for a block that nobody touches.  [0] bytes, of 1; not measured if the
 * heap has no such block */
probe_body probe_untouched;

/* All memory except 8 MiB is in use as pages. Blocks are allocated until kmalloc fails, and then
 * touched. [0]  blocks that had no memory when they were touched, of those that kmalloc gave */
probe_body probe_late;

/* ---- the heap among pages: `argument` is the bytes of a block ---- */

/* Half of RAM is in use as single pages, each of which was replaced twice on average. Blocks are
 * allocated from the rest, and touched.  [0] bytes allocated, of the bytes that were free */
probe_body probe_growth_churned;

/* Low and high memory are filled with single pages, and a random half of the low ones is freed.
 * Blocks are then allocated and touched.  [0] as above */
probe_body probe_growth_kernel;

/* The same, but the pages belong to a process, and half of all of them are freed. Not measured if
 * there is more memory than 1.5 GiB.  [0] as above */
probe_body probe_growth_user;

/* ---- pages: `argument` is the order of a block of pages ---- */

/*
 * A quarter of RAM is allocated as blocks for the kernel.
 *   [0]  bytes that go into use beyond the blocks, for each block
 *   [1]  bytes of metadata for each frame of RAM, without the page tables that all strategies have
 */
probe_body probe_page_overhead;

/* Blocks of class user are allocated until one fails, then blocks below 16 MiB.  [0] bytes of the
 * latter, of the RAM below 16 MiB */
probe_body probe_dma_left;

/* ---- the cost of a page ---- */

#define PROBE_COST_ROUNDS 11u

/*
 * A quarter of RAM is in use as blocks of 2^order pages. A random one is freed and another is
 * allocated, again and again. *value is the time of such pairs relative to the time for single
 * pages under `window`, which is measured right after: the median of several such ratios. Not
 * measured if the strategy has no such blocks. Returns false as probe_run() does.
 */
bool probe_page_cost(uint32_t order, const struct strategy *strategy, const struct memmap *map,
                     struct measured *value, char *reason, size_t reason_bytes);

/* ---- what a trace has left (probe_end.c): every live block stays as it is ---- */

/* The memory in use that nobody asked for, of all in use: headers, gaps, metadata, page tables. Not
 * measured if there are processes, because they do not ask for memory by size. */
struct measured end_not_asked_for(const struct replay *replay);

/* The pages of live kmalloc blocks whose virtual address is as far from the physical one as that of
 * the first block, of all such pages. */
struct measured end_one_distance(const struct replay *replay);

/* The largest block that kmalloc or vmalloc gives now, all touched: bytes, of 1. */
struct measured end_largest_kmalloc(struct mm *mm);
struct measured end_largest_vmalloc(struct mm *mm);

/* The bytes that blocks of 2^order pages for the kernel get, of the bytes that are free. */
struct measured end_blocks(struct mm *mm, uint32_t order);

#endif
