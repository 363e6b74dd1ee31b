/*
 * The zoned buddy allocator: blocks of 2^order frames, aligned to their size, order 0 to 10 (K. C.
 * Knowlton, "A fast storage allocator", CACM 8 (1965); zones and fallback as in Linux).
 *
 * A request takes the smallest block that is large enough, from the highest zone that it may use.
 * The rest of the block stays free, in halves. A freed block merges with its buddy at once, and the
 * merged block with its buddy, and so on, but never across the end of a zone. So the free blocks
 * are the maximal aligned blocks of the free frames, and one bit for each frame describes them
 * completely. Summaries of the blocks of each order make the search fast:
 *
 *     zone    for each order, the maps that have a block
 *     map     for each order, the groups that have a block   (32 groups, 128 MiB)
 *     group   for each order, the words that have a block    (32 words, 1,024 frames, 4 MiB)
 *     words   1 bit a frame, set when free
 *
 * Each zone allocates from one *open block*, the last that had to be split. It is not in the words,
 * and is handed out from its start. Its free halves need no list, because the bits of its remaining
 * length are their orders:
 *
 *     order 4   |u u u u u . . . . . . . . . . .|    left 11 = 8 + 2 + 1
 *               first     next                       free: order 0 at 5, 1 at 6, 3 at 8
 *
 * To allocate the next frames, or free the last ones, takes additions only. Any other free near the
 * open block closes it first: its remaining frames go to the words. When the open block is used up,
 * the next freed frame whose buddy is used becomes the open block; the words do not change. Among
 * blocks of one order the open block is taken first, then the lowest; so addresses are the same on
 * every machine.
 *
 * Every function is constant time except where its comment says otherwise: at most 3 zones, 4
 * levels, 11 orders and 32 words of a block. The worst call that `make bench-worst` finds has 1,050
 * instructions at 16 MiB of memory, which is one zone, and 1,850 at 3 GiB, which is three (x86-64).
 * Metadata: 0.15 bytes a frame. Panics name the function. With HARDEN_FULL (harden.h), the
 * functions that change the allocator also panic if its bounds or summaries are smashed. No
 * function takes a lock.
 */
#ifndef MM_FRAMES_BUDDY_H
#define MM_FRAMES_BUDDY_H

#include <mm/cause.h>
#include <mm/fragmentation.h>
#include <mm/layout.h>

struct frames_buddy_zone {
    uint32_t free_frames; /* includes the open block */
    uint32_t orders;      /* bit k: some map has a block of order k */
    uint32_t open_next;   /* the first free frame of the open block, or its end */
    uint32_t open_first;  /* its first frame; UINT32_MAX if there is no open block */
    uint32_t open_left;   /* number of its free frames, from open_next on */
    uint32_t open_order;
    uint32_t reserve[ZONE_COUNT]; /* [top]: free frames that a request with this top zone leaves */
    uint32_t added_frames;
    vaddr_t maps;                   /* struct buddy_map[], indexed by frame / 2^15 */
    uint32_t maps_any[ORDER_COUNT]; /* [k]: bit i: map i has a block of order k */
};

struct frames_buddy {
    vaddr_t words;  /* uint32_t[groups * 32] */
    vaddr_t groups; /* struct buddy_group[groups] (frames_buddy_layout.h) */
    pfn_t end;
    pfn_t low_end;
    struct frames_buddy_zone zone[ZONE_COUNT];
    uint32_t seal; /* HARDEN_FULL: checksum of all that only frames_buddy_add() changes (seal.h) */
};
_Static_assert(sizeof(struct frames_buddy) == 4 * (5 + ZONE_COUNT * (8 + ZONE_COUNT + ORDER_COUNT)),
               "the layout in simulated memory is the same on every machine");

/* Returns the bytes of metadata for the arrays of a machine whose frames end at `end`. */
uint32_t frames_buddy_bytes(pfn_t end);

/* Makes an allocator without a free frame. The caller gives `arrays`, frames_buddy_bytes(end), page
   aligned. low_end is the end of LOW: LOW_END_PFN, or KSEG_END_PFN with segments. Panics if low_end
   is 0 or no multiple of 128 MiB, or if end is below RESERVED_END_PFN. O(end / 32). */
void frames_buddy_init(struct frames_buddy *buddy, vaddr_t arrays, pfn_t end, pfn_t low_end);

/* Frees the frames [start, end) for the first time, and enlarges the reserves accordingly. They
   may lie in several zones. Panics if a frame is free already or beyond the end. O(1 + frames /
   1024). */
void frames_buddy_add(struct frames_buddy *buddy, pfn_t start, pfn_t end);

/*
 * Allocates 2^order frames, order <= ORDER_MAX, and returns the first: from the highest zone in
 * [DMA, top] that has a block beyond its reserve, and there from the smallest block that is large
 * enough. Returns PFN_NONE, with nothing changed, if no zone has one.
 *
 * The cause of a failure is a second call, frames_buddy_cause(). It depends on the caller's spare
 * frames, which the caller has counted only once the allocation has failed. A cause that this call
 * stores through a pointer would also cost every caller: pages_free() and pages_alloc() of one page
 * would take 188 instructions instead of 181 (zoned, gcc 12, x86-64).
 */
pfn_t frames_buddy_alloc(struct frames_buddy *buddy, uint32_t order, enum zone top);

/* Frees 2^order frames, which need not come from one request. Panics if order is above ORDER_MAX,
   if the block is not aligned to its size or ends beyond the end, or if a frame is free already. */
void frames_buddy_free(struct frames_buddy *buddy, pfn_t first, uint32_t order);

/* Return the number of free frames in one zone, or in [DMA, zone], reserves included. */
uint32_t frames_buddy_free_in(const struct frames_buddy *buddy, enum zone zone);
uint32_t frames_buddy_free_to(const struct frames_buddy *buddy, enum zone zone);

/*
 * Returns how many free frames of `zone` a request with this top zone leaves to requests that
 * cannot use a higher zone. As Linux's lowmem_reserve (mm/page_alloc.c,
 * setup_per_zone_lowmem_reserve): in DMA, 1/256 of the frames added to the zones above it up to
 * `top`; in LOW, 1/32; in `top` itself, none. If the reserve is more than the zone has, these
 * requests cannot fall back on the zone.
 */
uint32_t frames_buddy_reserve(const struct frames_buddy *buddy, enum zone zone, enum zone top);

/* Returns how many frames a request with this top zone may take: the free frames in [DMA, top]
   without the reserves. spare, or NULL: frames of DMA and of LOW that are not free but could be at
   once, for example those in a cache; they count as free. */
uint32_t frames_buddy_available(const struct frames_buddy *buddy, enum zone top,
                                const uint32_t spare[ZONE_HIGH]);

/* Returns why frames_buddy_alloc(order, top) fails, or would fail if the spare frames were free:
   MM_NO_FRAMES (all zones together have too few free frames), MM_ZONE (too few frames are
   available to requests with this top zone) or MM_NO_RUN (no block of the available frames is
   large enough). */
enum mm_cause frames_buddy_cause(const struct frames_buddy *buddy, uint32_t order, enum zone top,
                                 const uint32_t spare[ZONE_HIGH]);

/* Tells if one zone has a free block of 2^order frames, reserves included. */
bool frames_buddy_has(const struct frames_buddy *buddy, uint32_t order, enum zone zone);

/* Tells if a frame below the end is free. */
bool frames_buddy_is_free(const struct frames_buddy *buddy, pfn_t frame);

/* Adds the free blocks to *blocks, range by range. O(end / 32 + ranges). */
void frames_buddy_free_blocks(const struct frames_buddy *buddy, struct free_blocks *blocks);

/* Returns the violated rule, or NULL. O(end). */
__attribute__((warn_unused_result)) const char *
frames_buddy_check(const struct frames_buddy *buddy);

#endif
