/*
 * Pages that may be moved: for each frame of low memory who holds it, 4 bytes; and the moving.
 *
 * A holder is what must be told when a block of pages moves. The first frame of a block has it:
 *
 *     0                                        nobody known: the page can't be moved
 *     | address of a page table's entry |00|   the one that maps the page
 *     | cookie                         |1|     whoever called pages_set_movable()
 */
#ifndef MM_MOVABLE_H
#define MM_MOVABLE_H

#include "owners.h"

struct movable {
    vaddr_t holders; /* uint32_t[frames] */
    uint32_t first;  /* the frame of the first */
    uint32_t frames;
    uint32_t seal;  /* HARDEN_FULL (seal.h): of the three words above; */
    uint32_t tally; /* and of the holders */
};

#define HOLDER_NONE   0u
#define HOLDER_COOKIE 1u
_Static_assert(PAGES_COOKIES <= UINT32_MAX / 2u + 1u, "31 bits hold a cookie");

static inline uint32_t holder_of_cookie(uint32_t cookie)
{
    return cookie * 2u + HOLDER_COOKIE;
}

/* Metadata of a machine whose frames are in [first, end), first below 768 MiB; its start: nothing
   is movable. */
uint32_t movable_bytes(pfn_t first, pfn_t end);
void movable_init(struct movable *movable, vaddr_t holders, pfn_t first, pfn_t end);

/* Note the holder of the block that begins at a frame; HOLDER_NONE when it is freed. Frames of HIGH
   are passed over: no heap grows there. */
void movable_set(struct movable *movable, pfn_t first, uint32_t holder);

/* HOLDER_NONE for frames beyond the map. */
uint32_t movable_holder(const struct movable *movable, pfn_t frame);

/*
 * Copy a block of 2^order frames to the frames from `to` on, which are taken already; change the
 * mapping, or tell the holder. Needs a temporary mapping when `to` is in HIGH. Invalidates the TLB
 * entry of a kernel page. Returns true for a page of a process: the caller must reload CR3.
 */
__attribute__((warn_unused_result)) bool movable_move(struct mm *mm, uint32_t holder, pfn_t from,
                                                      pfn_t to, uint32_t order);

/* The violated rule, or NULL. O(frames + pages of processes). */
__attribute__((warn_unused_result)) const char *movable_check(const struct mm *mm,
                                                              const struct movable *movable);

#endif
