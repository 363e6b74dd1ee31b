/*
 * The sorted frame allocator: a request gets the highest (or lowest) free frames, and exactly as
 * many as requested.
 *
 * There is one bit a frame, set when free, and above it three levels of summary, each 32 times
 * smaller. A request descends from the top, so it reads one word of each level, however far apart
 * the free frames are. While the word that it finds has more free frames, and none above it is
 * freed, further requests read only that word:
 *
 *     maps_any    1 bit a word of `groups_any`  (1 word)
 *     groups_any  1 bit a group                 (at most 32 words)
 *     words_any   1 bit a word of `free`        (1 word a group)
 *     free        1 bit a frame                 (32 words a group)
 *
 * A group is 1,024 frames: one order-10 block, one 4 MiB page. For orders above 0 each group has an
 * upper bound of the largest free block inside it. A free raises the bound. A search that finds
 * only smaller blocks in a group lowers the bound, so the next search skips the group: the time is
 * amortised constant, and at worst 1,024 groups of 32 words. `make bench-worst` finds a call that
 * allocates a block with 7,000 instructions at 16 MiB of memory, 141,000 at 256 MiB and 1,715,000
 * at 3 GiB (order 4, all bounds too high; x86-64). The worst call that takes, finds or frees a
 * range of up to 64 frames has 4,900, 102,000 and 1,240,000: the search examines groups in the same
 * way. A call that frees a block has at most 1,450.
 *
 * Metadata: 0.14 bytes a frame. Panics name the function. With HARDEN_FULL (harden.h), the
 * functions that change the allocator also panic if its bounds or summaries are smashed. Every
 * function is constant time except where its comment says otherwise.
 */
#ifndef MM_FRAMES_SORTED_H
#define MM_FRAMES_SORTED_H

#include <mm/fragmentation.h>
#include <mm/layout.h>

#define GROUP_FRAMES 1024u
#define GROUPS_MAX   (FRAMES_MAX / GROUP_FRAMES)
_Static_assert(GROUP_FRAMES == 1u << ORDER_MAX, "the largest block is as large as a group");
_Static_assert(RESERVED_END_PFN % GROUP_FRAMES == 0, "the reserved frames are whole groups");
_Static_assert(DMA_END_PFN % GROUP_FRAMES == 0 && LOW_END_PFN % GROUP_FRAMES == 0,
               "a group lies in one zone");

struct frames_sorted {
    vaddr_t free;       /* uint32_t[groups * 32] */
    vaddr_t words_any;  /* uint32_t[groups] */
    vaddr_t best_order; /* uint8_t[groups]: no free block of the group has a higher order */
    uint32_t groups;
    uint32_t free_to[ZONE_COUNT]; /* free frames in [DMA, zone] */
    uint32_t top_word;            /* no word above it has a free frame; UINT32_MAX: not known */
    uint32_t maps_any;            /* 1 bit a word of groups_any */
    uint32_t groups_any[GROUPS_MAX / 32];
    uint32_t groups_with[ORDER_MAX][GROUPS_MAX / 32]; /* [k]: groups whose best_order is above k */
    uint32_t seal; /* HARDEN_FULL: checksum of the first four words (seal.h) */
};
_Static_assert(sizeof(struct frames_sorted) == 4 * (7 + ZONE_COUNT + (1 + ORDER_MAX) * 32),
               "the layout in simulated memory is the same on every machine");

/* Returns the bytes of metadata for the arrays of a machine whose frames end at `end`. */
uint32_t frames_sorted_bytes(pfn_t end);

/* Makes an allocator without a free frame. The caller gives `arrays`, frames_sorted_bytes(end),
   page aligned. O(end / 32). */
void frames_sorted_init(struct frames_sorted *sorted, vaddr_t arrays, pfn_t end);

/* Frees the frames [start, end) for the first time. Panics if a frame is free already or beyond the
   end. O(1 + frames / 32). */
void frames_sorted_add(struct frames_sorted *sorted, pfn_t start, pfn_t end);

/* Allocates the highest free frame in [DMA, zone]. Returns PFN_NONE if none is free. */
pfn_t frames_sorted_alloc_highest(struct frames_sorted *sorted, enum zone zone);

/* Allocates the lowest free frame at or above `from`. Returns PFN_NONE if none is free. */
pfn_t frames_sorted_alloc_lowest(struct frames_sorted *sorted, pfn_t from);

/* Allocates the highest free block of 2^order frames in [DMA, zone]. Returns PFN_NONE if there is
   none. Amortised constant time. */
pfn_t frames_sorted_alloc_block(struct frames_sorted *sorted, uint32_t order, enum zone zone);

/* Allocates exactly the frames [start, end) and returns PFN_NONE. If a frame is used or beyond the
   end, returns the lowest such frame, with nothing changed. O(1 + frames / 32). */
pfn_t frames_sorted_take(struct frames_sorted *sorted, pfn_t start, pfn_t end);

/* Returns the lowest frame in [start, end) that is used or beyond the end, or PFN_NONE. O(1 +
   frames / 32). */
pfn_t frames_sorted_first_used(const struct frames_sorted *sorted, pfn_t start, pfn_t end);

/* Finds the lowest `frames` >= 1 contiguous free frames inside [from, to), without allocating them.
   Returns the first frame, or PFN_NONE. It examines each group once, and its 32 words only if the
   upper bound of the group allows the range: in low memory at most 192 groups, 6,144 words. */
pfn_t frames_sorted_find_range(const struct frames_sorted *sorted, pfn_t from, pfn_t to,
                               uint32_t frames);

/* Frees one frame. Panics if it is free already or beyond the end. A frame that was never added
   cannot be distinguished from a used one. */
void frames_sorted_free(struct frames_sorted *sorted, pfn_t frame);

/* Frees 2^order frames. Panics if `first` is not aligned to the block's size, or if a frame is free
   already or beyond the end. O(1 + frames / 32). */
void frames_sorted_free_block(struct frames_sorted *sorted, pfn_t first, uint32_t order);

/* Frees [start, end). Panics if a frame is free already or beyond the end. O(1 + frames / 32). */
void frames_sorted_free_range(struct frames_sorted *sorted, pfn_t start, pfn_t end);

/* Returns the number of free frames in [DMA, zone]. */
uint32_t frames_sorted_free_to(const struct frames_sorted *sorted, enum zone zone);

/* Adds the free frames to *blocks. O(end / 32). */
void frames_sorted_free_blocks(const struct frames_sorted *sorted, struct free_blocks *blocks);

/* Returns the violated rule, or NULL. O(end). */
__attribute__((warn_unused_result)) const char *
frames_sorted_check(const struct frames_sorted *sorted);

#endif
