/*
 * The set of frames that the CPU may remember: a TLB entry names the frame as a page, or a
 * directory entry names it as a page table. A frame is added when such an entry is made. The set
 * may hold frames that no entry names any more: a caller that searches for a frame's entries and
 * finds none must remove the frame.
 *
 * Permanent maps do not count. These are ranges of virtual memory that always map the same
 * contiguous physical memory, for example the direct map.
 */
#ifndef MACHINE_MAPPED_FRAMES_H
#define MACHINE_MAPPED_FRAMES_H

#include <mm/types.h>

#define PERMANENT_MAPS_MAX 4u

/* Virtual addresses [first, last], whole pages, show physical memory from pa on. */
struct permanent_map {
    vaddr_t first;
    vaddr_t last;
    paddr_t pa;
};

struct mapped_frames {
    uint8_t bits[FRAMES_MAX / 8u];
    struct permanent_map map[PERMANENT_MAPS_MAX];
    uint32_t maps;
};

/* Empty the set, for a CPU that remembers nothing, and set the permanent maps; count <=
   PERMANENT_MAPS_MAX. O(FRAMES_MAX / 8). */
void mapped_frames_start(struct mapped_frames *mapped, const struct permanent_map *map,
                         uint32_t count);

/* Returns whether a permanent map maps va to pa. O(maps). */
bool mapped_frames_is_permanent(const struct mapped_frames *mapped, vaddr_t va, paddr_t pa);

/* Add the frames of a new TLB entry: its page of page_bytes begins at va and is at pa.
   O(frames). */
void mapped_frames_add_page(struct mapped_frames *mapped, vaddr_t va, paddr_t pa,
                            uint32_t page_bytes);

/* Add the page table that a directory entry names, when a walk reads the entry. */
void mapped_frames_add_table(struct mapped_frames *mapped, pfn_t table);

/* Returns whether any of the frames [first, first + frames) is in the set. O(frames). */
bool mapped_frames_any(const struct mapped_frames *mapped, pfn_t first, uint32_t frames);

/* Remove frames for which no entry was found. O(frames). */
void mapped_frames_remove(struct mapped_frames *mapped, pfn_t first, uint32_t frames);

#endif
