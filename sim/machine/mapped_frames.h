/*
 * The frames that the CPU may remember: a TLB entry names one as a page, or a directory entry as a
 * page table. A frame is added when such an entry is made. The set may hold frames that no entry
 * names any more: whoever looks for the entries of a frame and finds none removes it.
 *
 * Permanent maps do not count: ranges of virtual memory that show physical memory in one piece and
 * for good, as the direct map does.
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

/* An empty set, for a CPU that remembers nothing; count <= PERMANENT_MAPS_MAX. O(FRAMES_MAX / 8) */
void mapped_frames_start(struct mapped_frames *mapped, const struct permanent_map *map,
                         uint32_t count);

/* Does a permanent map show va at pa? */
bool mapped_frames_is_permanent(const struct mapped_frames *mapped, vaddr_t va, paddr_t pa);

/* An entry is made for the page of page_bytes that begins at va; it lies at pa. */
void mapped_frames_add_page(struct mapped_frames *mapped, vaddr_t va, paddr_t pa,
                            uint32_t page_bytes);

/* A directory entry that names this page table is read. */
void mapped_frames_add_table(struct mapped_frames *mapped, pfn_t table);

/* Is any of frames [first, first + frames) in the set? O(frames) */
bool mapped_frames_any(const struct mapped_frames *mapped, pfn_t first, uint32_t frames);

/* Remove them: no entry was found that names them. O(frames) */
void mapped_frames_remove(struct mapped_frames *mapped, pfn_t first, uint32_t frames);

#endif
