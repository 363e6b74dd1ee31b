/*
 * The map of owners: one byte for each frame up to the end of RAM.
 *
 *     7      4 3     0
 *     | order | owner |     of the first frame of a block of 2^order; 0 in the others of the block
 *
 * To record the owner of a block takes one store, whatever its size: its frames were free, so their
 * bytes are 0 already. A look-up reads the byte of the frame, and then those of the frames where a
 * block that contains it could begin, one for each order.
 *
 *     frame    8      9      10     11     12
 *     byte     2|KERN 0|FREE 0|FREE 0|FREE 0|USER        8-11: a block of the kernel, 12: a page
 */
#ifndef MM_OWNERS_H
#define MM_OWNERS_H

#include <mm/frame_owner.h>
#include <mm/harden.h>
#include <mm/strategy.h>

#include "seal.h"

#define OWNER_ORDER_SHIFT 4u
#define OWNER_MASK        ((1u << OWNER_ORDER_SHIFT) - 1u)
_Static_assert(OWNER_COUNT <= OWNERS_MAX && OWNERS_MAX == OWNER_MASK + 1u, "4 bits hold an owner");
_Static_assert(ORDER_MAX <= 0xff >> OWNER_ORDER_SHIFT, "4 bits hold an order");
_Static_assert(OWNER_FREE == 0, "a free frame's byte is 0");

/* HARDEN_FULL: the byte of a free frame that is filled (frame_fill.h). */
#define OWNER_BYTE_FILLED 0xf0u
_Static_assert(OWNER_BYTE_FILLED >> OWNER_ORDER_SHIFT > ORDER_MAX,
               "no block has the order in this byte");

static inline uint8_t owner_pack(enum frame_owner owner, uint32_t order)
{
    return (uint8_t)(owner | order << OWNER_ORDER_SHIFT);
}

/* Returns the byte of a frame below mm->owners_end. */
static inline uint8_t *owner_byte(const struct mm *mm, pfn_t frame)
{
    return machine_pointer(vaddr_add(mm->owners, frame.value));
}

/* Returns the byte of a frame below mm->owners_end; a filled frame counts as free. */
static inline uint8_t owner_in_map(const struct mm *mm, pfn_t frame)
{
    uint8_t byte = *owner_byte(mm, frame);

    return MM_HARDENING >= HARDEN_FULL && byte == OWNER_BYTE_FILLED ? OWNER_FREE : byte;
}

/* HARDEN_FULL: updates the tally before a byte of the map changes. */
static inline void owner_tally(struct mm *mm, pfn_t frame, uint8_t byte)
{
    mm->owners_tally ^= tally_of(frame.value, *owner_byte(mm, frame)) ^ tally_of(frame.value, byte);
}

static inline void owner_write(struct mm *mm, pfn_t frame, uint8_t byte)
{
    if (MM_HARDENING >= HARDEN_FULL)
        owner_tally(mm, frame, byte);
    *owner_byte(mm, frame) = byte;
}

/* HARDEN_FULL: tells, or records, if a frame is free and filled. frame is below mm->owners_end. */
static inline bool owner_is_filled(const struct mm *mm, pfn_t frame)
{
    return *owner_byte(mm, frame) == OWNER_BYTE_FILLED;
}

static inline void owner_set_filled(struct mm *mm, pfn_t frame, bool filled)
{
    owner_write(mm, frame, filled ? OWNER_BYTE_FILLED : OWNER_FREE);
}

/* Returns a frame's own byte: order and owner if a block begins at the frame, else 0. */
static inline uint8_t owner_read(const struct mm *mm, pfn_t frame)
{
    return frame.value < mm->owners_end.value ? owner_in_map(mm, frame)
                                              : owner_pack(OWNER_DEVICE, 0);
}

/* Returns the order of the block that begins at a frame. */
static inline uint32_t owner_order(const struct mm *mm, pfn_t first)
{
    return (uint32_t)owner_read(mm, first) >> OWNER_ORDER_SHIFT;
}

/* Records the owner of a whole block. */
static inline void owner_set(struct mm *mm, pfn_t first, uint32_t order, enum frame_owner owner)
{
    owner_write(mm, first, owner_pack(owner, order));
}

/* Carves the map, in which all RAM of mm->map is free. Returns false if there is no room.
   O(frames). */
bool owners_init(struct mm *mm);

/* Tells if a frame is a block of order 0 of this owner. */
static inline bool owner_is(const struct mm *mm, pfn_t frame, enum frame_owner owner)
{
    return owner_read(mm, frame) == owner_pack(owner, 0);
}

/* Return the violated rule, or NULL: the first checks the map and compares it with the memory map,
   the second compares it with the free frames of the strategy. O(frames). */
__attribute__((warn_unused_result)) const char *owners_check(const struct mm *mm);
__attribute__((warn_unused_result)) const char *owners_check_free(struct mm *mm);

#endif
