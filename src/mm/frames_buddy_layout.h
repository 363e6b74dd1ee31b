/* The layout of the arrays of the buddy allocator, for its index, its algorithm and its checker. */
#ifndef FRAMES_BUDDY_LAYOUT_H
#define FRAMES_BUDDY_LAYOUT_H

#include <mm/frames_buddy.h>
#include <mm/machine.h>

#include <stddef.h>

#include "bits.h"
#include "seal.h"

#define GROUP_SHIFT  10u /* frames */
#define GROUP_FRAMES (1u << GROUP_SHIFT)
#define GROUP_WORDS  (GROUP_FRAMES / WORD_BITS)
#define MAP_GROUPS   32u
#define MAP_FRAMES   (MAP_GROUPS * GROUP_FRAMES)
#define WORD_ORDERS  WORD_SHIFT /* orders 0-4 lie inside a word */
_Static_assert(GROUP_SHIFT == ORDER_MAX, "the largest block is as large as a group");
_Static_assert(GROUP_WORDS == WORD_BITS, "one word has a bit for each word of a group");
_Static_assert(2 * WORD_SHIFT == ORDER_MAX, "a group has as many words as a word has frames");
_Static_assert(FRAMES_MAX / MAP_FRAMES == WORD_BITS, "one word has a bit for each map");
_Static_assert(DMA_END_PFN % GROUP_FRAMES == 0, "a group lies in one zone");
_Static_assert(LOW_END_PFN % MAP_FRAMES == 0, "LOW and HIGH share no map");

/* Each block has exactly one bit, at its own order; its parts have none. */
struct buddy_group {
    uint32_t with[WORD_ORDERS]; /* [k]: bit i: word i has a block of order k */
    uint32_t full;              /* bit i: all frames of word i are free; stands for orders 5-10 */
};
_Static_assert(sizeof(struct buddy_group) == 24,
               "the layout in simulated memory is the same on every machine");

/* DMA has a map of its own, the first. */
struct buddy_map {
    uint32_t with[ORDER_COUNT]; /* [k]: bit i: group i has a block of order k */
};
_Static_assert(sizeof(struct buddy_map) == 44,
               "the layout in simulated memory is the same on every machine");

static inline uint32_t *buddy_words(const struct frames_buddy *buddy)
{
    return machine_pointer(buddy->words);
}

static inline struct buddy_group *buddy_groups(const struct frames_buddy *buddy)
{
    return machine_pointer(buddy->groups);
}

static inline struct buddy_map *zone_maps(const struct frames_buddy_zone *zone)
{
    return machine_pointer(zone->maps);
}

static inline enum zone buddy_zone_of(const struct frames_buddy *buddy, uint32_t frame)
{
    return (enum zone)((frame >= DMA_END_PFN) + (frame >= buddy->low_end.value));
}

#define NO_OPEN_BLOCK UINT32_MAX /* as the first frame: no frame is near it */

static inline uint32_t buddy_seal(const struct frames_buddy *buddy)
{
    uint32_t seal = seal_words(buddy, 4u * sizeof(uint32_t));

    for (uint32_t i = 0; i < ZONE_COUNT; i++)
        seal ^= tally_of(i, seal_words(buddy->zone[i].reserve, (ZONE_COUNT + 2u) * 4u));
    return seal;
}
_Static_assert(offsetof(struct frames_buddy_zone, maps) ==
                   offsetof(struct frames_buddy_zone, reserve) + (ZONE_COUNT + 1u) * 4u,
               "reserve, added_frames and maps follow one another");

/* Tells if the members that describe the open block are consistent. */
static inline bool open_is_sound(const struct frames_buddy *buddy,
                                 const struct frames_buddy_zone *zone)
{
    uint32_t size = 1u << zone->open_order % WORD_BITS;

    if (zone->open_first == NO_OPEN_BLOCK)
        return zone->open_next == NO_OPEN_BLOCK && zone->open_left == 0 && zone->open_order == 0;
    return zone->open_order <= ORDER_MAX && (zone->open_first & (size - 1u)) == 0 &&
           zone->open_first < buddy->end.value && zone->open_left <= size &&
           zone->open_next == zone->open_first + size - zone->open_left;
}

void buddy_verify(const struct frames_buddy *buddy, const char *function);

/* HARDEN_FULL: panics if the addresses of the arrays have changed or an index leads beyond them. */
static inline void buddy_guard(const struct frames_buddy *buddy, const char *function)
{
    if (MM_HARDENING >= HARDEN_FULL)
        buddy_verify(buddy, function);
}

/* HARDEN_FULL: panics if a word is empty although its summary says that it has a bit. */
static inline void summary_guard(uint32_t word)
{
    if (MM_HARDENING >= HARDEN_FULL && word == 0)
        machine_panic("frames_buddy_alloc", "a summary leads to where nothing is free", 0);
}

/*
 * Inside a word, starts(k) are the starts of 2^k aligned free frames (word_starts()); blocks(k), k
 * <= 4, are the starts of those that are no half of a larger free block:
 *
 *     word        1 1 0 1  1 1 1 1
 *     starts(1)   . 1 . .  . 1 . 1
 *     starts(2)   . . . .  . . . 1
 *     blocks(1)   . 1 . .  . . . .
 */
static inline uint32_t starts_next(uint32_t starts, uint32_t order)
{
    static const uint32_t aligned[WORD_SHIFT] = {0x55555555, 0x11111111, 0x01010101, 0x00010001,
                                                 0x00000001};

    return starts & starts >> (1u << order) & aligned[order];
}

static inline uint32_t starts_blocks(uint32_t starts, uint32_t next, uint32_t order)
{
    return starts ^ (next | next << (1u << order));
}

/* Returns blocks(order), with order 5 for the whole word. */
static inline uint32_t word_blocks(uint32_t word, uint32_t order)
{
    uint32_t starts = word_starts(word, order);

    return order == WORD_SHIFT ? starts : starts_blocks(starts, starts_next(starts, order), order);
}

/* Returns the orders of the blocks in a word: bit k is set if it has a block of order k, 0 <= k <=
   5. */
static inline uint32_t word_orders(uint32_t word)
{
    uint32_t starts1 = word & word >> 1 & 0x55555555u;
    uint32_t starts2 = starts1 & starts1 >> 2 & 0x11111111u;
    uint32_t starts3 = starts2 & starts2 >> 4 & 0x01010101u;
    uint32_t starts4 = starts3 & starts3 >> 8 & 0x00010001u;
    uint32_t starts5 = starts4 & starts4 >> 16;

    return (uint32_t)(word != (starts1 | starts1 << 1)) |
           (uint32_t)(starts1 != (starts2 | starts2 << 2)) << 1 |
           (uint32_t)(starts2 != (starts3 | starts3 << 4)) << 2 |
           (uint32_t)(starts3 != (starts4 | starts4 << 8)) << 3 |
           (uint32_t)(starts4 != (starts5 | starts5 << 16)) << 4 | starts5 << 5;
}

#endif
