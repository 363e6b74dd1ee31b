#include "frames_buddy_index.h"

#include "frames_buddy_layout.h"

/*
 * Record that a group has a block of an order, or that it has none any more. Whether the bits of
 * the map and of the zone change is unpredictable, and a branch that is mispredicted costs more
 * than to store what is there already.
 */
static inline void group_has(struct frames_buddy_zone *zone, uint32_t group, uint32_t order)
{
    zone_maps(zone)[group / MAP_GROUPS].with[order] |= 1u << group % MAP_GROUPS;
    zone->maps_any[order] |= 1u << group / MAP_GROUPS;
    zone->orders |= 1u << order;
}

static inline void group_lost(struct frames_buddy_zone *zone, uint32_t group, uint32_t order)
{
    uint32_t *with = &zone_maps(zone)[group / MAP_GROUPS].with[order];
    uint32_t groups = *with & ~(1u << group % MAP_GROUPS);
    uint32_t maps = zone->maps_any[order] & ~((uint32_t)(groups == 0) << group / MAP_GROUPS);

    *with = groups;
    zone->maps_any[order] = maps;
    zone->orders &= ~((uint32_t)(maps == 0) << order);
}

/* Records which words of a group are entirely free, and updates the group's blocks of orders
   5-10. */
static void full_changed(struct frames_buddy_zone *zone, struct buddy_group *group, uint32_t at,
                         uint32_t full)
{
    uint32_t orders = word_orders(full);
    uint32_t changed = word_orders(group->full) ^ orders;

    group->full = full;
    for (; changed != 0; changed &= changed - 1u) {
        uint32_t order = lowest_bit(changed);
        if ((orders >> order & 1u) != 0)
            group_has(zone, at, order + WORD_SHIFT);
        else
            group_lost(zone, at, order + WORD_SHIFT);
    }
}

/*
 * Updates the summaries after a freed block has merged inside its word, whose bits are `bits` now.
 * Order by order, the word loses the buddy with which the block merges; in the end it gets the
 * merged block:
 *
 *     word     . . . 1  1 . 1 1      order 0 at 3 and 4, order 1 at 6
 *     put 5    . . . 1  1 1 1 1      order 0 at 3; order 1 lost; order 2 at 4
 */
static __attribute__((noinline)) void word_merged(struct frames_buddy *buddy,
                                                  struct frames_buddy_zone *zone, uint32_t first,
                                                  uint32_t order, uint32_t bits)
{
    uint32_t at = first / GROUP_FRAMES;
    struct buddy_group *group = &buddy_groups(buddy)[at];
    uint32_t bit = 1u << first / WORD_BITS % GROUP_WORDS;
    uint32_t starts = word_starts(bits, order);

    for (; order < WORD_ORDERS; order++) {
        uint32_t next = starts_next(starts, order);
        if ((next >> (first & ~low_bits(order + 1u)) % WORD_BITS & 1u) == 0) {
            group->with[order] |= bit;
            group_has(zone, at, order);
            return;
        }
        if (starts_blocks(starts, next, order) == 0) {
            group->with[order] &= ~bit;
            if (group->with[order] == 0)
                group_lost(zone, at, order);
        }
        starts = next;
    }
    full_changed(zone, group, at, group->full | bit);
}

/* block_mask() returns the bits of a block's frames in their word, for orders 0-4; words_mask()
   returns the bits of its words in their group, for orders 5-10. */
static inline uint32_t block_mask(uint32_t first, uint32_t order)
{
    return low_bits(1u << order) << first % WORD_BITS;
}

static inline uint32_t words_mask(uint32_t first, uint32_t order)
{
    return low_bits(1u << (order - WORD_SHIFT)) << first / WORD_BITS % GROUP_WORDS;
}

static _Noreturn __attribute__((noinline)) void panic_is_free(const char *function, uint32_t first,
                                                              uint32_t bits)
{
    machine_panic(function, "frame is free already",
                  (first & ~(WORD_BITS - 1u)) + lowest_bit(bits));
}

/* Puts in a block of order 5-10. */
static void put_words(struct frames_buddy *buddy, struct frames_buddy_zone *zone, uint32_t first,
                      uint32_t order, const char *function)
{
    struct buddy_group *group = &buddy_groups(buddy)[first / GROUP_FRAMES];
    uint32_t *words = &buddy_words(buddy)[first / WORD_BITS];
    uint32_t count = 1u << (order - WORD_SHIFT);

    for (uint32_t i = 0; i < count; i++) {
        if (words[i] != 0)
            panic_is_free(function, first + i * WORD_BITS, words[i]);
        words[i] = WORD_FULL;
    }
    full_changed(zone, group, first / GROUP_FRAMES, group->full | words_mask(first, order));
}

/* Puts in a block of order 0-4. Inlined twice, because with order 0, by far the most frequent, most
   of the code is constant. */
static inline __attribute__((always_inline)) void put_in_word(struct frames_buddy *buddy,
                                                              struct frames_buddy_zone *zone,
                                                              uint32_t first, uint32_t order,
                                                              const char *function)
{
    uint32_t *bits = &buddy_words(buddy)[first / WORD_BITS];
    uint32_t before = *bits;
    uint32_t mask = block_mask(first, order);
    uint32_t other = block_mask(first ^ 1u << order, order);

    if ((before & mask) != 0)
        panic_is_free(function, first, before & mask);
    *bits = before | mask;
    if ((before & other) == other) {
        word_merged(buddy, zone, first, order, before | mask);
        return;
    }
    uint32_t group = first / GROUP_FRAMES;
    buddy_groups(buddy)[group].with[order] |= 1u << first / WORD_BITS % GROUP_WORDS;
    group_has(zone, group, order);
}

static __attribute__((noinline)) void put_block(struct frames_buddy *buddy,
                                                struct frames_buddy_zone *zone, uint32_t first,
                                                uint32_t order, const char *function)
{
    if (order < WORD_ORDERS)
        put_in_word(buddy, zone, first, order, function);
    else
        put_words(buddy, zone, first, order, function);
}

void buddy_index_put(struct frames_buddy *buddy, struct frames_buddy_zone *zone, uint32_t first,
                     uint32_t order, const char *function)
{
    if (order == 0)
        put_in_word(buddy, zone, first, 0, function);
    else
        put_block(buddy, zone, first, order, function);
}

/* Takes out a block of order 5-10 of a group that has one, and returns its first frame. */
static __attribute__((noinline)) uint32_t
take_words(struct frames_buddy *buddy, struct frames_buddy_zone *zone, uint32_t at, uint32_t order)
{
    struct buddy_group *group = &buddy_groups(buddy)[at];
    summary_guard(word_blocks(group->full, order - WORD_SHIFT));
    uint32_t word = lowest_bit(word_blocks(group->full, order - WORD_SHIFT));
    uint32_t first = at * GROUP_FRAMES + word * WORD_BITS;
    uint32_t *words = &buddy_words(buddy)[first / WORD_BITS];

    for (uint32_t i = 0; i < 1u << (order - WORD_SHIFT); i++)
        words[i] = 0;
    group->full ^= words_mask(first, order);
    if (word_blocks(group->full, order - WORD_SHIFT) == 0)
        group_lost(zone, at, order);
    return first;
}

/* The same for orders 0-4. Inlined twice, as put_in_word() is. */
static inline __attribute__((always_inline)) uint32_t take_from_word(struct frames_buddy *buddy,
                                                                     struct frames_buddy_zone *zone,
                                                                     uint32_t group, uint32_t order)
{
    uint32_t *with = &buddy_groups(buddy)[group].with[order];
    summary_guard(*with);
    uint32_t word = group * GROUP_WORDS + lowest_bit(*with);
    uint32_t *bits = &buddy_words(buddy)[word];
    uint32_t blocks = word_blocks(*bits, order);
    summary_guard(blocks);
    uint32_t first = word * WORD_BITS + lowest_bit(blocks);

    *bits ^= block_mask(first, order);
    if ((blocks & (blocks - 1u)) == 0) {
        *with &= *with - 1u;
        if (*with == 0)
            group_lost(zone, group, order);
    }
    return first;
}

static __attribute__((noinline)) uint32_t take_block(struct frames_buddy *buddy,
                                                     struct frames_buddy_zone *zone, uint32_t group,
                                                     uint32_t order)
{
    return order < WORD_ORDERS ? take_from_word(buddy, zone, group, order)
                               : take_words(buddy, zone, group, order);
}

uint32_t buddy_index_take(struct frames_buddy *buddy, struct frames_buddy_zone *zone,
                          uint32_t order)
{
    summary_guard(zone->maps_any[order]);
    uint32_t map = lowest_bit(zone->maps_any[order]);
    summary_guard(zone_maps(zone)[map].with[order]);
    uint32_t group = map * MAP_GROUPS + lowest_bit(zone_maps(zone)[map].with[order]);

    return order == 0 ? take_from_word(buddy, zone, group, 0)
                      : take_block(buddy, zone, group, order);
}
