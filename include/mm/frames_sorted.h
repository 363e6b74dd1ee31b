/*
 * The sorted frame allocator: a request gets the highest (or lowest) free frames, and exactly as
 * many as requested.
 *
 * There is one bit a frame, set when free, and above it three levels of summary, each 32 times
 * smaller. A request descends from the top, so it reads one word of each level, however far apart
 * the free frames are:
 *
 *     maps_any    1 bit a word of `groups_any`  (1 word)
 *     groups_any  1 bit a group                 (at most 32 words)
 *     words_any   1 bit a word of `free`        (1 word a group)
 *     free        1 bit a frame                 (32 words a group)
 *
 * While the word that a request has found has more free frames, and no word above it is freed, the
 * word is open: its free frames are held in the structure, and further requests read only that. The
 * highest ones in a row, the run, are served by counting down:
 *
 *     open_start    open_first       open_next             open_end
 *     | . X . . X X | . . . . . . .  | U U U U | U U U U U U |     .: free   X, U: used
 *
 * What the open word changes is written to the four levels when it is closed, because a frame above
 * it is freed or a block is allocated. When it is used up, the next word of its group is opened.
 *
 * A group is 1,024 frames: one order-10 block, one 4 MiB page. For orders above 0 the order of the
 * largest free block of each group is known exactly, except while a word of the group is open. A
 * free compares one word with it, and an allocation examines the 32 words of a group only if it has
 * split the last of the group's largest blocks. So a search reads one group.
 *
 * Bounds: a call on one frame or one block reads the words of one group, and writes the words of
 * one group, whatever the size of memory; a call on a range reads and writes its own words, and
 * those of one group for each group of the range. `make bench-worst` finds at most 3,363
 * instructions for a call that allocates a frame or a block, and 1,741 for one that frees it
 * (x86-64; 16 MiB, 256 MiB and 3 GiB of memory). The exception is frames_sorted_find_range(), which
 * has its own bound.
 *
 * Metadata: 0.14 bytes a frame. Panics name the function. With HARDEN_FULL (harden.h), the
 * functions that change the allocator also panic if its bounds or summaries are smashed, and no
 * word is ever open. Every function is constant time except where its comment says otherwise.
 */
#ifndef MM_FRAMES_SORTED_H
#define MM_FRAMES_SORTED_H

#include <mm/fragmentation.h>
#include <mm/harden.h>
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
    vaddr_t best_order; /* uint8_t[groups]: the order of the largest free block of the group */
    uint32_t groups;
    uint32_t free_to[ZONE_COUNT]; /* free frames in [DMA, zone] */
    uint32_t open_start;          /* first frame of the open word; groups * 1024: none is open */
    uint32_t open_end;            /* end of the words that were open since */
    uint32_t open_first; /* [open_first, open_next): the highest free frames of the open word */
    uint32_t open_next;
    uint32_t open_bits; /* its other free frames; its bits in `free` are out of date */
    uint32_t maps_any;  /* 1 bit a word of groups_any */
    uint32_t groups_any[GROUPS_MAX / 32];
    uint32_t maps_with[ORDER_MAX];                    /* [k]: 1 bit a word of groups_with[k] */
    uint32_t groups_with[ORDER_MAX][GROUPS_MAX / 32]; /* [k]: groups whose best_order is above k */
    uint32_t seal; /* HARDEN_FULL: checksum of the first four words (seal.h) */
};
_Static_assert(sizeof(struct frames_sorted) ==
                   4 * (11 + ZONE_COUNT + ORDER_MAX + (1 + ORDER_MAX) * 32),
               "the layout in simulated memory is the same on every machine");

/* Returns the bytes of metadata for the arrays of a machine whose frames end at `end`. */
uint32_t frames_sorted_bytes(pfn_t end);

/* Makes an allocator without a free frame. The caller gives `arrays`, frames_sorted_bytes(end),
   page aligned. O(end / 32). */
void frames_sorted_init(struct frames_sorted *sorted, vaddr_t arrays, pfn_t end);

/* Frees the frames [start, end) for the first time. Panics if a frame is free already or beyond the
   end. O(1 + frames / 32). */
void frames_sorted_add(struct frames_sorted *sorted, pfn_t start, pfn_t end);

/* The part of frames_sorted_alloc_highest() for when the run is used up, or cannot serve the
   request. Not for other callers. */
pfn_t frames_sorted_alloc_closed(struct frames_sorted *sorted, enum zone zone);

/* Allocates the highest free frame in [DMA, zone]. Returns PFN_NONE if none is free. */
static inline pfn_t frames_sorted_alloc_highest(struct frames_sorted *sorted, enum zone zone)
{
    uint32_t next = sorted->open_next;

    if (MM_HARDENING >= HARDEN_FULL || next == sorted->open_first ||
        (zone != ZONE_HIGH && next > zone_end(zone).value))
        return frames_sorted_alloc_closed(sorted, zone);
    sorted->open_next = next - 1u;
    return pfn(next - 1u);
}

/* Allocates the lowest free frame at or above `from`. Returns PFN_NONE if none is free. */
pfn_t frames_sorted_alloc_lowest(struct frames_sorted *sorted, pfn_t from);

/* Allocates the highest free block of 2^order frames in [DMA, zone]. Returns PFN_NONE if there is
   none. */
pfn_t frames_sorted_alloc_block(struct frames_sorted *sorted, uint32_t order, enum zone zone);

/* Allocates exactly the frames [start, end) and returns PFN_NONE. If a frame is used or beyond the
   end, returns the lowest such frame, with nothing changed. O(1 + frames / 32). */
pfn_t frames_sorted_take(struct frames_sorted *sorted, pfn_t start, pfn_t end);

/* Returns the lowest frame in [start, end) that is used or beyond the end, or PFN_NONE. O(1 +
   frames / 32). */
pfn_t frames_sorted_first_used(const struct frames_sorted *sorted, pfn_t start, pfn_t end);

/* Finds the lowest `frames` >= 1 contiguous free frames inside [from, to), without allocating them.
   Returns the first frame, or PFN_NONE. O((to - from) / 32): it reads the 32 words of a group once,
   and only if the group has, or the group before it, a free block that is large enough to be a part
   of the range. In low memory that is at most 192 groups and 6,144 words; `make bench-worst` finds
   at most 1,460 instructions a group. */
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
