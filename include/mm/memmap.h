/*
 * The map of physical memory: which frames are RAM. A plain value, built by the world from what the
 * firmware says (BIOS E820, multiboot), consumed by mm_init().
 *
 * Runs are sorted, do not touch, and never cross the end of a zone.
 */
#ifndef MM_MEMMAP_H
#define MM_MEMMAP_H

#include <mm/layout.h>

#define MEMMAP_RANGES_MAX 64u

struct frame_range {
    pfn_t start;
    pfn_t end; /* exclusive; up to FRAMES_MAX */
};

struct memmap {
    uint32_t count;
    struct frame_range range[MEMMAP_RANGES_MAX];
};

/* One range as the firmware reports it (ACPI 6.4, 15: "BIOS-e820"). Addresses in bytes. */
struct memmap_range {
    uint64_t first;
    uint64_t last; /* inclusive, so that the end of 64 bits can be named */
    bool usable;
};

/*
 * Make the map that a kernel may use of ranges in any order. Usable ranges are rounded inward to
 * whole frames, all others outward; where they overlap, unusable wins. Frames below
 * RESERVED_END_PFN and above 4 GiB are left out. O(count^2).
 *
 * false: more than MEMMAP_RANGES_MAX ranges; *map is then empty. A map with no usable frame is a
 * success with count 0.
 */
bool memmap_build(struct memmap *map, const struct memmap_range *ranges, uint32_t count);

/* Frames in the map. */
uint32_t memmap_frames(const struct memmap *map);

/* The end of the highest range, 0 for an empty map: how long a table is that is indexed by frame.
 */
pfn_t memmap_end(const struct memmap *map);

/*
 * Carve `frames` contiguous frames for metadata that is never given back: from the top of the
 * highest range of LOW that has room, else of DMA, so that a heap may grow from the bottom. They
 * leave the map. LOW ends at low_end, at most LOW_END_PFN: of a range that goes on above, the part
 * below has the room, and the rest becomes a range. PFN_NONE when no range has room.
 */
pfn_t memmap_carve(struct memmap *map, pfn_t low_end, uint32_t frames);

/* The range of a zone with most frames, the lowest of equals;
 * start == end == 0 when there is none. */
struct frame_range memmap_largest_range(const struct memmap *map, enum zone zone);

/* Likewise of DMA and LOW together, in which ranges that touch are one. */
struct frame_range memmap_largest_low_range(const struct memmap *map);

/* The violated rule, or NULL: the ranges are sorted, not empty, apart, and each lies in one zone.
 */
__attribute__((warn_unused_result)) const char *memmap_check(const struct memmap *map);

#endif
