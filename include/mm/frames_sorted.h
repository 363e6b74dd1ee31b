/*
 * The sorted frame allocator: always the highest (or lowest) free frame, and exactly the frames
 * asked for.
 *
 * One bit a frame, set when free, and three levels of summary above it, 32-fold each. Each zone
 * remembers a word above which no frame is free, so that most calls touch one word, and look at the
 * summaries only when that word has no free frame left:
 *
 *     maps_any    1 bit a word of `groups_any`  (1 word)
 *     groups_any  1 bit a group                 (at most 32 words)
 *     words_any   1 bit a word of `free`        (1 word a group)
 *     free        1 bit a frame                 (32 words a group)
 *
 * A group is 1,024 frames: one order-10 block, one 4 MiB page. For orders above 0 each group has an
 * upper bound of the largest free block inside it; a free raises it, a search that finds less
 * lowers it. So a search looks at a group in vain only after a free gave it a reason: amortised
 * constant, at most 1,024 groups of 32 words.
 *
 * Metadata: 0.14 bytes a frame. Panics name the function.
 */
#ifndef MM_FRAMES_SORTED_H
#define MM_FRAMES_SORTED_H

#include <mm/fragmentation.h>
#include <mm/layout.h>

#define GROUP_FRAMES 1024u
#define GROUPS_MAX   (FRAMES_MAX / GROUP_FRAMES)
_Static_assert(GROUP_FRAMES == 1u << ORDER_MAX, "the largest block is a group");
_Static_assert(RESERVED_END_PFN % GROUP_FRAMES == 0, "the reserved frames are whole groups");
_Static_assert(DMA_END_PFN % GROUP_FRAMES == 0 && LOW_END_PFN % GROUP_FRAMES == 0,
               "a group lies in one zone");

struct frames_sorted {
    vaddr_t free;       /* uint32_t[groups * 32] */
    vaddr_t words_any;  /* uint32_t[groups] */
    vaddr_t best_order; /* uint8_t[groups]: no free block of the group is larger */
    uint32_t groups;
    uint32_t free_frames[ZONE_COUNT];
    uint32_t top_word[ZONE_COUNT]; /* no word of the zone above this one has a free frame */
    uint32_t maps_any;             /* 1 bit a word of groups_any */
    uint32_t groups_any[GROUPS_MAX / 32];
    uint32_t groups_with[ORDER_MAX][GROUPS_MAX / 32]; /* [k]: groups whose best_order is above k */
    uint32_t seal;                                    /* HARDEN_FULL: of the first four words; */
    uint32_t tally;                                   /* and of top_word (seal.h) */
};
_Static_assert(sizeof(struct frames_sorted) == 4 * (7 + 2 * ZONE_COUNT + (1 + ORDER_MAX) * 32),
               "the same in simulated memory on every machine");

/* Bytes of metadata for the arrays, for a machine whose frames end at `end`. */
uint32_t frames_sorted_bytes(pfn_t end);

/* No frame is free. arrays: the caller's, page aligned, frames_sorted_bytes(end). O(end / 32) */
void frames_sorted_init(struct frames_sorted *sorted, vaddr_t arrays, pfn_t end);

/* Frees the frames [start, end) for the first time. Panics when one is free already or beyond the
   end. O(frames / 32) */
void frames_sorted_add(struct frames_sorted *sorted, pfn_t start, pfn_t end);

/* The highest free frame in [DMA, zone], or PFN_NONE. Constant time. */
pfn_t frames_sorted_alloc_highest(struct frames_sorted *sorted, enum zone zone);

/* The lowest free frame at or above `from`, or PFN_NONE. Constant time. */
pfn_t frames_sorted_alloc_lowest(struct frames_sorted *sorted, pfn_t from);

/* The highest free block of 2^order frames in [DMA, zone], or PFN_NONE. Amortised constant time. */
pfn_t frames_sorted_alloc_block(struct frames_sorted *sorted, uint32_t order, enum zone zone);

/*
 * Take exactly [start, end), half open. Returns PFN_NONE, or, when one of them is used or beyond
 * the end, the lowest such frame; then nothing is changed. O(1 + frames / 32).
 */
pfn_t frames_sorted_take(struct frames_sorted *sorted, pfn_t start, pfn_t end);

/* The lowest used frame in [start, end), frames beyond the end included,
 * or PFN_NONE. O(1 + frames / 32). */
pfn_t frames_sorted_first_used(const struct frames_sorted *sorted, pfn_t start, pfn_t end);

/*
 * Finds the lowest `frames` >= 1 contiguous free frames inside [from, to), and takes none of them.
 * Returns the first, or PFN_NONE. Each group is looked at once, and its 32 words only when its
 * upper bound allows the range: in low memory at most 192 groups, 6,144 words.
 */
pfn_t frames_sorted_find_range(const struct frames_sorted *sorted, pfn_t from, pfn_t to,
                               uint32_t frames);

/* Free one frame. Panics when it is free already or beyond the end; a frame that was never added
   can't be told from a used one. Constant time. */
void frames_sorted_free(struct frames_sorted *sorted, pfn_t frame);

/* Free 2^order frames. Panics as above, and when first is not aligned. O(1 + frames / 32). */
void frames_sorted_free_block(struct frames_sorted *sorted, pfn_t first, uint32_t order);

/* Free [start, end). Panics as above. O(1 + frames / 32). */
void frames_sorted_free_range(struct frames_sorted *sorted, pfn_t start, pfn_t end);

/* Frames free in [DMA, zone]. */
uint32_t frames_sorted_free_to(const struct frames_sorted *sorted, enum zone zone);

/* Add every free frame to blocks. O(end / 32). */
void frames_sorted_free_blocks(const struct frames_sorted *sorted, struct free_blocks *blocks);

/* The violated rule, or NULL. O(end). */
__attribute__((warn_unused_result)) const char *
frames_sorted_check(const struct frames_sorted *sorted);

#endif
