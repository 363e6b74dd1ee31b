/*
 * Pages that may be moved: for each frame of low memory who has it, 4 bytes; and the moving.
 *
 * An owner is what must be told when the page moves:
 *
 *     0                                        nobody known: the page can't be moved
 *     | address of a page table's entry |00|   the one that maps the page
 *     | cookie 31-5     | order 4-1     |1|    a holder: the page is one of 2^order that move as
 * one
 */
#ifndef MM_MOVABLE_H
#define MM_MOVABLE_H

#include <mm/mm.h>

struct movable {
    vaddr_t owners; /* uint32_t[frames] */
    uint32_t first; /* the frame of the first */
    uint32_t frames;
};

#define OWNER_NONE   0u
#define OWNER_HOLDER 1u
#define OWNER_ORDERS 16u
_Static_assert(ORDER_MAX < OWNER_ORDERS, "4 bits hold an order");
_Static_assert(PAGES_COOKIES <= UINT32_MAX / (2u * OWNER_ORDERS) + 1u, "and 27 a cookie");

static inline uint32_t owner_holder(uint32_t order, uint32_t cookie)
{
    return (cookie * OWNER_ORDERS + order) * 2u + OWNER_HOLDER;
}

/* The order of the block that has a page of this owner. */
static inline uint32_t owner_order(uint32_t owner)
{
    return (owner & OWNER_HOLDER) != 0 ? owner / 2u % OWNER_ORDERS : 0;
}

/* Metadata of a machine whose frames are in [first, end), first below 768 MiB; its start: nothing
   is movable. */
uint32_t movable_bytes(pfn_t first, pfn_t end);
void movable_init(struct movable *movable, vaddr_t owners, pfn_t first, pfn_t end);

/* Note the owner of 2^order frames; OWNER_NONE when they are freed. Frames of HIGH are passed over:
   no heap grows there. */
void movable_set(const struct movable *movable, pfn_t first, uint32_t order, uint32_t owner);

/* OWNER_NONE for frames beyond the map. */
uint32_t movable_owner(const struct movable *movable, pfn_t frame);

/*
 * Copy the block of an owner from `from`, its first frame, to the frames from `to` on, which are
 * taken already; change the mapping, or tell the holder. Needs a temporary mapping when `to` is in
 * HIGH. What is owed to the TLB for kernel pages is paid; for a page of a process, true is
 * returned, and the caller owes a load of CR3.
 */
__attribute__((warn_unused_result)) bool movable_move(struct mm *mm, uint32_t owner, pfn_t from,
                                                      pfn_t to);

/* The violated rule, or NULL. O(frames + pages of processes). */
__attribute__((warn_unused_result)) const char *movable_check(const struct mm *mm,
                                                              const struct movable *movable);

#endif
