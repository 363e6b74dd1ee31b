/*
 * Movable pages: 4 bytes for each frame of low memory, which record its holder, and the move
 * itself.
 *
 * The holder is the reference that must be updated when a block of pages moves. It is recorded at
 * the first frame of the block:
 *
 *     0                                        no holder: the block cannot be moved
 *     | address of a page table's entry |00|   the entry that maps the page
 *     | cookie                         |1|     the caller of pages_set_movable()
 */
#ifndef MM_MOVABLE_H
#define MM_MOVABLE_H

#include "owners.h"

struct movable {
    vaddr_t holders; /* uint32_t[frames] */
    uint32_t first;  /* the frame of holders[0] */
    uint32_t frames;
    uint32_t seal;  /* HARDEN_FULL (seal.h): checksum of the three words above */
    uint32_t tally; /* HARDEN_FULL: checksum of the holders */
};

#define HOLDER_NONE   0u
#define HOLDER_COOKIE 1u
_Static_assert(PAGES_COOKIES <= UINT32_MAX / 2u + 1u, "31 bits hold a cookie");

static inline uint32_t holder_of_cookie(uint32_t cookie)
{
    return cookie * 2u + HOLDER_COOKIE;
}

/* Return the bytes of metadata for the frames [first, end), first below 768 MiB; start without a
   movable block. O(frames). */
uint32_t movable_bytes(pfn_t first, pfn_t end);
void movable_init(struct movable *movable, vaddr_t holders, pfn_t first, pfn_t end);

/* Records the holder of the block that begins at a frame; HOLDER_NONE when the block is freed.
   Frames of HIGH are ignored, because no heap grows there. */
void movable_set(struct movable *movable, pfn_t first, uint32_t holder);

/* Returns the holder of the block that begins at a frame; HOLDER_NONE for frames beyond the map. */
uint32_t movable_holder(const struct movable *movable, pfn_t frame);

/*
 * Copies a block of 2^order frames to the frames from `to` on, which are allocated already, and
 * updates the page-table entry or calls mm->moved(). Needs a temporary mapping if `to` is in HIGH.
 * Invalidates the TLB entry of a kernel page. Returns true for a page of a process: the caller must
 * reload CR3. O(2^order * PAGE_SIZE).
 */
__attribute__((warn_unused_result)) bool movable_move(struct mm *mm, uint32_t holder, pfn_t from,
                                                      pfn_t to, uint32_t order);

/* Returns the violated rule, or NULL. O(frames + pages of processes). */
__attribute__((warn_unused_result)) const char *movable_check(const struct mm *mm,
                                                              const struct movable *movable);

#endif
