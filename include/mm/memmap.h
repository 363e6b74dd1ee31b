/*
 * The map of physical memory: the frames that are usable RAM. The boot code of the machine builds
 * it from the report of the firmware (BIOS E820, multiboot) and passes it to mm_init(). It is a
 * plain value and owns nothing.
 *
 * The ranges are sorted, are not adjacent within a zone, and never cross the end of a zone. No
 * function here panics.
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

/* A range as the firmware reports it (ACPI 6.4, 15: "BIOS-e820"), in bytes. */
struct memmap_range {
    uint64_t first;
    uint64_t last; /* inclusive, so that a range may end at 2^64 */
    bool usable;
};

/*
 * Builds the map from ranges in any order. Usable ranges are rounded inward to whole frames, all
 * others outward; where they overlap, unusable wins. Frames below RESERVED_END_PFN and above 4 GiB
 * are omitted. A map without a usable frame is a success with count 0. O(count^2).
 *
 * Returns false if there are more than MEMMAP_RANGES_MAX ranges; *map is then empty.
 */
bool memmap_build(struct memmap *map, const struct memmap_range *ranges, uint32_t count);

/* Returns the bytes of usable RAM in ranges in any order. A byte that several ranges hold counts
   once, and not at all if one of them is not usable. O(count^2). */
uint64_t memmap_ram_bytes(const struct memmap_range *ranges, uint32_t count);

/* Returns the number of frames in the map. O(ranges). */
uint32_t memmap_frames(const struct memmap *map);

/* Returns the end of the highest range, 0 for an empty map: the length of a table that is indexed
   by frame. */
pfn_t memmap_end(const struct memmap *map);

/*
 * Carves `frames` contiguous frames for metadata, which is never freed, and returns the first. They
 * come from the top of the highest range of LOW that has room, else of DMA, so that a heap may grow
 * from the bottom, and are removed from the map. LOW ends at low_end, at most LOW_END_PFN: a range
 * that crosses low_end gives only frames below it, and its part above becomes a range. Returns
 * PFN_NONE, with the map unchanged, if no range has room. O(ranges).
 */
pfn_t memmap_carve(struct memmap *map, pfn_t low_end, uint32_t frames);

/* Returns the largest range of a zone, the lowest of equals; start == end == 0 if there is none.
   O(ranges). */
struct frame_range memmap_largest_range(const struct memmap *map, enum zone zone);

/* Does the same for DMA and LOW together; adjacent ranges count as one. O(ranges). */
struct frame_range memmap_largest_low_range(const struct memmap *map);

/* Returns the violated rule, or NULL: ranges are sorted, not empty and apart, and each lies in one
   zone. O(ranges). */
__attribute__((warn_unused_result)) const char *memmap_check(const struct memmap *map);

#endif
