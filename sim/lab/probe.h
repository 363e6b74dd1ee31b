/*
 * Probes: each measures one property of a strategy, on a machine that has just started or on what a
 * trace has left of one. They know strategies by the calls of mm.h alone, so that they hold for
 * any.
 */
#ifndef LAB_PROBE_H
#define LAB_PROBE_H

#include "replay/replay.h"

/* part of whole, or so much for each of whole; whole 0: it can't be measured here. */
struct measured {
    uint64_t part;
    uint64_t whole;
};

/* mm has just started; what the probe takes it may keep. Fills in value[0] and on. */
typedef void probe_body(struct mm *mm, uint32_t argument, struct measured value[]);

/*
 * Run a probe on a fresh machine, and every checker of the memory manager after it. A map without
 * room for the strategy's metadata leaves the values as they are. false: no machine, a panic, a
 * broken rule; reason, at most reason_bytes, says which in one line.
 */
bool probe_run(probe_body *body, uint32_t argument, const struct strategy *strategy,
               const struct memmap *map, struct measured value[], char *reason,
               size_t reason_bytes);

/* ---- the heap: `argument` is the bytes of a block ---- */

/*
 * How far the heap can grow: blocks, all touched, until there is no other.
 *   [0]  bytes got, of the machine's RAM
 *   [1]  enum mm_cause of the failure that ended it, of 1
 */
probe_body probe_heap_limit;

/* The same for kmalloc below 16 MiB.  [0] bytes got, of the RAM that is there */
probe_body probe_heap_dma;

/* The 64 MiB at f0000000 when the heap is at its limit: areas of 1 MiB by vmalloc.
 *   [0]  bytes got, of the 64 MiB */
probe_body probe_window_left;

/* Memory that a block takes before anybody has used it.  [0] bytes, of 1; not measured where the
 * heap has no such block */
probe_body probe_untouched;

/* All but 8 MiB of memory is in use as pages; blocks until kmalloc refuses, then each is touched.
 *   [0]  blocks that had no memory at their touch, of those that kmalloc gave */
probe_body probe_late;

/* ---- the heap among pages: `argument` is the bytes of a block ---- */

/* Half of RAM is in use as single pages, each of them replaced twice on average: how much of the
 * rest can the heap have in blocks, all touched?  [0] bytes got, of the bytes free */
probe_body probe_growth_churned;

/* Low memory is filled with single pages, HIGH as well, and half of the low ones, drawn at random,
 * go back: how much of that can the heap have?  [0] as above */
probe_body probe_growth_kernel;

/* The same, but they are pages of a process, by its page tables, and half of all go back. Not
 * measured where there is more memory than 1.5 GiB.  [0] as above */
probe_body probe_growth_user;

/* ---- pages: `argument` is the order of a block of pages ---- */

/* A quarter of RAM as blocks for the kernel.
 *   [0]  bytes of memory that they take beyond their own, for each block
 *   [1]  bytes of metadata for each frame of RAM, without the page tables that all strategies have
 */
probe_body probe_page_overhead;

/* Blocks for anybody until there is none, then below 16 MiB.  [0] bytes got, of the RAM there */
probe_body probe_dma_left;

/* ---- the cost of a page ---- */

#define PROBE_COST_ROUNDS 11u

/*
 * A quarter of RAM is in use as blocks of 2^order pages; one drawn at random goes back and another
 * is taken, again and again. *value is the time of such pairs, of that of single pages under
 * `window` right after: the median of several such ratios. Not measured where there are no such
 * blocks. false as above.
 */
bool probe_page_cost(uint32_t order, const struct strategy *strategy, const struct memmap *map,
                     struct measured *value, char *reason, size_t reason_bytes);

/* ---- what a trace has left (probe_end.c): every live block stays as it is ---- */

/* Memory in use that nobody asked for, of all in use: headers, gaps, metadata, page tables. Not
   measured where there are processes, whose memory nobody asks for by size. */
struct measured end_not_asked_for(const struct replay *replay);

/* Pages of the live kmalloc blocks whose virtual address is as far from the physical one as the
   first block's is, of all. */
struct measured end_one_distance(const struct replay *replay);

/* The largest block that kmalloc, vmalloc gives now, all touched: bytes, of 1. */
struct measured end_largest_kmalloc(struct mm *mm);
struct measured end_largest_vmalloc(struct mm *mm);

/* Bytes that blocks of 2^order pages for the kernel get out of free memory, of the bytes free. */
struct measured end_blocks(struct mm *mm, uint32_t order);

#endif
