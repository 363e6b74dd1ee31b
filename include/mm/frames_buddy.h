/*
 * The zoned buddy allocator: blocks of 2^order frames, aligned to their size, order 0 to 10
 * (K. C. Knowlton, "A fast storage allocator", CACM 8 (1965); zones and fallback as Linux has
 * them).
 *
 * A request takes the smallest block that is large enough, from the highest zone that it may use.
 * The rest of the block stays free, in halves. A freed block merges with its buddy at once, and
 * what they make with its buddy, but never across a zone's end. So the free blocks are the maximal
 * aligned blocks of the free frames, and one bit for each frame tells them all. Summaries of the
 * blocks of each order only make it fast to find one:
 *
 *     zone    orders, and of each order the maps that have a block
 *     map     of each order the groups that have one       (32 groups, 128 MiB)
 *     group   of each order the words that have one        (32 words, 1,024 frames, 4 MiB)
 *     words   1 bit a frame, set when free
 *
 * Each zone works from one *open block*, the last that had to be split. It is taken out of the
 * words and handed out from its start. Its free halves need no list, because the bits of the length
 * that is left are their orders:
 *
 *     order 4   |u u u u u . . . . . . . . . . .|    left 11 = 8 + 2 + 1
 *               first     next                       free: order 0 at 5, 1 at 6, 3 at 8
 *
 * To hand out the next frames, and to take the last ones back, are additions. Any other block that
 * is freed near the open block closes it first: what is left goes to the words. When the open block
 * is used up, the next frame that is freed, and whose buddy is used, becomes the open block; the
 * words do not change. Among blocks of one order the open one is taken first, then the lowest; so
 * addresses are the same on every machine.
 *
 * Every function is constant time except where said: at most 3 zones, 4 levels, 11 orders, 32 words
 * of a block. Metadata: 0.15 bytes a frame. Panics name the function. Nothing locks.
 */
#ifndef MM_FRAMES_BUDDY_H
#define MM_FRAMES_BUDDY_H

#include <mm/cause.h>
#include <mm/fragmentation.h>
#include <mm/layout.h>

struct frames_buddy_zone {
    uint32_t free_frames; /* the open block's too */
    uint32_t orders;      /* bit k: some map has a block of order k */
    uint32_t open_next;   /* the first free frame of the open block, or its end */
    uint32_t open_first;  /* its first frame; none: no frame is near it */
    uint32_t open_left;   /* its free frames, from open_next on */
    uint32_t open_order;
    uint32_t reserve[ZONE_COUNT]; /* [top]: free frames that requests from `top` downwards leave */
    uint32_t added_frames;
    vaddr_t maps;                   /* struct buddy_map[], by frame / 2^15 */
    uint32_t maps_any[ORDER_COUNT]; /* [k]: bit i: map i has a block of order k */
};

struct frames_buddy {
    vaddr_t words;  /* uint32_t[groups * 32] */
    vaddr_t groups; /* struct buddy_group[groups] (frames_buddy_layout.h) */
    pfn_t end;
    pfn_t low_end;
    struct frames_buddy_zone zone[ZONE_COUNT];
    uint32_t seal; /* HARDEN_FULL: of all that only frames_buddy_add() changes (seal.h) */
};
_Static_assert(sizeof(struct frames_buddy) == 4 * (5 + ZONE_COUNT * (8 + ZONE_COUNT + ORDER_COUNT)),
               "the same in simulated memory on every machine");

/* Bytes of metadata for the arrays, for a machine whose frames end at `end`. */
uint32_t frames_buddy_bytes(pfn_t end);

/*
 * No frame is free. arrays: the caller's, page aligned, frames_buddy_bytes(end). low_end: where LOW
 * ends; LOW_END_PFN, or KSEG_END_PFN with segments. Panics when low_end is 0 or no multiple of
 * 128 MiB, and when end is below RESERVED_END_PFN. O(end / 32)
 */
void frames_buddy_init(struct frames_buddy *buddy, vaddr_t arrays, pfn_t end, pfn_t low_end);

/* Frees the frames [start, end) for the first time; the reserves grow by them. They may lie in
   several zones. Panics when one is free already or beyond the end. O(1 + frames / 1024) */
void frames_buddy_add(struct frames_buddy *buddy, pfn_t start, pfn_t end);

/*
 * The first of 2^order free frames, order <= ORDER_MAX: of the highest zone in [DMA, top] that has
 * them beyond its reserve; in it, of the smallest block that is large enough. PFN_NONE: no zone has
 * them, frames_buddy_cause() tells why, and nothing is changed.
 */
pfn_t frames_buddy_alloc(struct frames_buddy *buddy, uint32_t order, enum zone top);

/*
 * Frees 2^order frames, which need not have been one request. Panics when the order is above
 * ORDER_MAX, when the block is not aligned to its size or ends beyond the end, and when one of its
 * frames is free already.
 */
void frames_buddy_free(struct frames_buddy *buddy, pfn_t first, uint32_t order);

/* Free frames of one zone; and of [DMA, zone]; reserves included. */
uint32_t frames_buddy_free_in(const struct frames_buddy *buddy, enum zone zone);
uint32_t frames_buddy_free_to(const struct frames_buddy *buddy, enum zone zone);

/*
 * Free frames of `zone` that requests from `top` leave to requests that can use no higher zone. As
 * Linux's lowmem_reserve (mm/page_alloc.c, setup_per_zone_lowmem_reserve): of DMA, 1/256 of the
 * frames added to the zones above it up to `top`; of LOW, 1/32; of `top` itself, none. When the
 * reserve is more than the zone has, these requests can't fall back on the zone.
 */
uint32_t frames_buddy_reserve(const struct frames_buddy *buddy, enum zone zone, enum zone top);

/*
 * Frames that requests from `top` may take: those that are free in [DMA, top], without the
 * reserves. spare: frames of DMA and of LOW that are not free but could be at once, as those in a
 * cache; NULL: none.
 */
uint32_t frames_buddy_available(const struct frames_buddy *buddy, enum zone top,
                                const uint32_t spare[ZONE_HIGH]);

/*
 * Why frames_buddy_alloc(order, top) has failed, or would, if the spare frames were free, too:
 * MM_NO_FRAMES (fewer are free in all zones together), MM_ZONE (fewer than that are available to
 * requests from `top`) or MM_NO_RUN (no block of the available frames is large enough).
 */
enum mm_cause frames_buddy_cause(const struct frames_buddy *buddy, uint32_t order, enum zone top,
                                 const uint32_t spare[ZONE_HIGH]);

/* Is a block of 2^order frames free in one zone? Reserves do not matter. */
bool frames_buddy_has(const struct frames_buddy *buddy, uint32_t order, enum zone zone);

/* Is a frame free? frame is below the end. */
bool frames_buddy_is_free(const struct frames_buddy *buddy, pfn_t frame);

/* Add the free blocks to *blocks, run by run. O(end / 32 + runs) */
void frames_buddy_free_blocks(const struct frames_buddy *buddy, struct free_blocks *blocks);

/* The violated rule, or NULL. O(end) */
__attribute__((warn_unused_result)) const char *
frames_buddy_check(const struct frames_buddy *buddy);

#endif
