#include "frames_buddy_index.h"
#include "frames_buddy_layout.h"
#include "free_ranges.h"

_Static_assert(RESERVED_END_PFN >= 1u << ORDER_MAX, "no block is larger than the reserved frames");

/* The zone of a frame is unpredictable, so there are no branches, and no multiplication. */
static inline struct frames_buddy_zone *zone_with(struct frames_buddy *buddy, uint32_t frame)
{
    struct frames_buddy_zone *zone = &buddy->zone[ZONE_DMA];

    zone = frame >= DMA_END_PFN ? &buddy->zone[ZONE_LOW] : zone;
    return frame >= buddy->low_end.value ? &buddy->zone[ZONE_HIGH] : zone;
}

static inline void open_set(struct frames_buddy_zone *zone, uint32_t first, uint32_t order,
                            uint32_t given)
{
    zone->open_first = first;
    zone->open_next = first + given;
    zone->open_left = (1u << order) - given;
    zone->open_order = order;
}

/* Gives the rest of the open block to the index. Each bit of its length is one block, and the
   number of the bit is the block's order. */
static void open_close(struct frames_buddy *buddy, struct frames_buddy_zone *zone)
{
    uint32_t at = zone->open_next;

    for (uint32_t left = zone->open_left; left != 0; left &= left - 1u) {
        buddy_index_put(buddy, zone, at, lowest_bit(left), __func__);
        at += left & -left;
    }
    zone->open_first = NO_OPEN_BLOCK;
    zone->open_next = NO_OPEN_BLOCK;
    zone->open_left = 0;
    zone->open_order = 0;
}

/* Could a freed block lie in the open block, contain it, or merge with it? */
static inline bool open_is_near(const struct frames_buddy_zone *zone, uint32_t first,
                                uint32_t order)
{
    uint32_t span = zone->open_order + 1u;

    return (first ^ zone->open_first) >> (span > order ? span : order) == 0;
}

/*
 * Is the next part of the open block the smallest free block that is large enough? The size of the
 * part is the lowest bit of open_left. The index must have no block from `size` up to that size. A
 * set of orders is a sum of sizes, so `next - size` is the set of the orders in between.
 */
static inline bool open_serves(const struct frames_buddy_zone *zone, uint32_t size)
{
    uint32_t next = zone->open_left & -zone->open_left;

    return next >= size && (zone->orders & (next - size)) == 0;
}

static inline pfn_t open_take(struct frames_buddy_zone *zone, uint32_t size)
{
    pfn_t first = pfn(zone->open_next);

    zone->open_next += size;
    zone->open_left -= size;
    zone->free_frames -= size;
    return first;
}

static inline bool reserve_allows(const struct frames_buddy_zone *zone, uint32_t size,
                                  enum zone top)
{
    return zone->free_frames >= size + zone->reserve[top];
}

/* Splits the smallest block that is large enough, which has `best` frames. */
static __attribute__((noinline)) pfn_t
take_split(struct frames_buddy *buddy, struct frames_buddy_zone *zone, uint32_t size, uint32_t best)
{
    uint32_t order = lowest_bit(best);

    if ((zone->orders & best) == 0)
        open_close(buddy, zone); /* the open block contains it, behind smaller blocks */
    uint32_t first = buddy_index_take(buddy, zone, order);
    open_close(buddy, zone);
    open_set(zone, first, order, size);
    return pfn(first);
}

/* Does the index have a block of exactly this order? */
static inline bool index_serves(const struct frames_buddy_zone *zone, uint32_t order)
{
    return (zone->orders >> order & 1u) != 0;
}

static inline pfn_t index_take(struct frames_buddy *buddy, struct frames_buddy_zone *zone,
                               uint32_t order)
{
    zone->free_frames -= 1u << order;
    return pfn(buddy_index_take(buddy, zone, order));
}

/* The highest zone has no block of exactly this size: splits a larger one, or falls back on lower
   zones. */
static __attribute__((noinline)) pfn_t alloc_split(struct frames_buddy *buddy, uint32_t order,
                                                   enum zone top)
{
    uint32_t size = 1u << order;

    for (uint32_t left = top + 1u; left-- > 0;) {
        struct frames_buddy_zone *zone = &buddy->zone[left];
        uint32_t enough = (zone->open_left | zone->orders) & -size;
        if (enough == 0 || !reserve_allows(zone, size, top))
            continue;
        if (open_serves(zone, size))
            return open_take(zone, size);
        if (index_serves(zone, order))
            return index_take(buddy, zone, order);
        zone->free_frames -= size;
        return take_split(buddy, zone, size, enough & -enough);
    }
    return PFN_NONE;
}

/* A request may use up its highest zone, where no reserve is kept from it. */
pfn_t frames_buddy_alloc(struct frames_buddy *buddy, uint32_t order, enum zone top)
{
    struct frames_buddy_zone *zone = &buddy->zone[top];

    buddy_guard(buddy, __func__);
    if (open_serves(zone, 1u << order))
        return open_take(zone, 1u << order);
    if (index_serves(zone, order))
        return index_take(buddy, zone, order);
    return alloc_split(buddy, order, top);
}

/* Is a frame, or its buddy, free in the index? */
static inline bool pair_has_free(const struct frames_buddy *buddy, uint32_t frame)
{
    return (buddy_words(buddy)[frame / WORD_BITS] >> (frame & ~1u) % WORD_BITS & 3u) != 0;
}

static const char free_function[] = "frames_buddy_free";

static __attribute__((noinline)) void free_near_open(struct frames_buddy *buddy,
                                                     struct frames_buddy_zone *zone, uint32_t first,
                                                     uint32_t order)
{
    open_close(buddy, zone);
    buddy_index_put(buddy, zone, first, order, free_function);
}

static _Noreturn __attribute__((noinline)) void panic_not_valid(uint32_t first, uint32_t order)
{
    if (order > ORDER_MAX)
        machine_panic(free_function, "order is above the largest", order);
    if ((first & ((1u << order) - 1u)) != 0)
        machine_panic(free_function, "block is not aligned to its order", first);
    machine_panic(free_function, "block is beyond the end", first);
}

/*
 * A block goes back in one of three ways. The frames that the open block handed out last go back to
 * it. The open block never merges, even when it is whole again, because a block freed near it would
 * have closed it. When the open block is used up, a single frame whose buddy is used becomes the
 * new open block. All other blocks go to the index.
 */
void frames_buddy_free(struct frames_buddy *buddy, pfn_t frame, uint32_t order)
{
    uint32_t first = frame.value;
    uint32_t size = 1u << order % WORD_BITS;
    struct frames_buddy_zone *zone = zone_with(buddy, first);

    buddy_guard(buddy, free_function);
    if (order > ORDER_MAX || (first & (size - 1u)) != 0 || first > buddy->end.value - size)
        panic_not_valid(first, order);
    zone->free_frames += size;
    if (first + size == zone->open_next && first >= zone->open_first) {
        zone->open_next = first;
        zone->open_left += size;
    } else if (zone->open_left == 0 && order == 0 && !pair_has_free(buddy, first)) {
        open_set(zone, first, 0, 0);
    } else if (open_is_near(zone, first, order)) {
        free_near_open(buddy, zone, first, order);
    } else {
        buddy_index_put(buddy, zone, first, order, free_function);
    }
}

uint32_t frames_buddy_bytes(pfn_t end)
{
    uint32_t groups = (end.value + GROUP_FRAMES - 1u) / GROUP_FRAMES;
    uint32_t maps = 1u + (groups + MAP_GROUPS - 1u) / MAP_GROUPS;

    return groups * (GROUP_WORDS * 4u + (uint32_t)sizeof(struct buddy_group)) +
           maps * (uint32_t)sizeof(struct buddy_map);
}

void frames_buddy_init(struct frames_buddy *buddy, vaddr_t arrays, pfn_t end, pfn_t low_end)
{
    uint32_t groups = (end.value + GROUP_FRAMES - 1u) / GROUP_FRAMES;
    uint32_t *clear = machine_pointer(arrays);

    MM_ASSERT(end.value >= RESERVED_END_PFN);
    MM_ASSERT(low_end.value != 0 && low_end.value % MAP_FRAMES == 0);
    *buddy = (struct frames_buddy){.words = arrays, .end = end, .low_end = low_end};
    buddy->groups = vaddr_add(arrays, groups * GROUP_WORDS * 4u);
    vaddr_t maps = vaddr_add(buddy->groups, groups * (uint32_t)sizeof(struct buddy_group));
    for (uint32_t i = 0; i < frames_buddy_bytes(end) / 4u; i++)
        clear[i] = 0;
    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++) {
        uint32_t own = zone != ZONE_DMA; /* LOW and HIGH share the second array */
        buddy->zone[zone].maps = vaddr_add(maps, own * (uint32_t)sizeof(struct buddy_map));
        buddy->zone[zone].open_first = NO_OPEN_BLOCK;
        buddy->zone[zone].open_next = NO_OPEN_BLOCK;
    }
    if (MM_HARDENING >= HARDEN_FULL)
        buddy->seal = buddy_seal(buddy);
}

/* The ratios are those of Linux's lowmem_reserve_ratio for DMA and LOW. */
static uint32_t reserve_of(uint32_t zone, uint32_t frames_above)
{
    static const uint32_t ratio[ZONE_COUNT] = {[ZONE_DMA] = 256, [ZONE_LOW] = 32, [ZONE_HIGH] = 1};

    return frames_above / ratio[zone];
}

static void set_reserves(struct frames_buddy *buddy)
{
    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++) {
        uint32_t above = 0;
        for (uint32_t top = zone + 1u; top < ZONE_COUNT; top++) {
            above += buddy->zone[top].added_frames;
            buddy->zone[zone].reserve[top] = reserve_of(zone, above);
        }
    }
}

/* Returns the order of the largest aligned block that starts at `at` and ends at or before
   `end`. */
static uint32_t block_order(uint32_t at, uint32_t end)
{
    uint32_t aligned = lowest_bit(at | 1u << ORDER_MAX);
    uint32_t fits = 31u - (uint32_t)__builtin_clz(end - at);

    return aligned < fits ? aligned : fits;
}

void frames_buddy_add(struct frames_buddy *buddy, pfn_t start, pfn_t end)
{
    if (end.value > buddy->end.value || start.value > end.value)
        machine_panic(__func__, "frame is beyond the end", end.value);
    for (uint32_t at = start.value; at < end.value;) {
        uint32_t order = block_order(at, end.value);
        struct frames_buddy_zone *zone = zone_with(buddy, at);
        open_close(buddy, zone);
        buddy_index_put(buddy, zone, at, order, __func__);
        zone->free_frames += 1u << order;
        zone->added_frames += 1u << order;
        at += 1u << order;
    }
    set_reserves(buddy);
    if (MM_HARDENING >= HARDEN_FULL)
        buddy->seal = buddy_seal(buddy);
}

uint32_t frames_buddy_free_in(const struct frames_buddy *buddy, enum zone zone)
{
    return buddy->zone[zone].free_frames;
}

uint32_t frames_buddy_free_to(const struct frames_buddy *buddy, enum zone zone)
{
    uint32_t frames = 0;

    for (uint32_t z = 0; z <= zone; z++)
        frames += buddy->zone[z].free_frames;
    return frames;
}

uint32_t frames_buddy_reserve(const struct frames_buddy *buddy, enum zone zone, enum zone top)
{
    return buddy->zone[zone].reserve[top];
}

static uint32_t spare_of(const uint32_t spare[ZONE_HIGH], uint32_t zone)
{
    return spare != NULL && zone < ZONE_HIGH ? spare[zone] : 0;
}

uint32_t frames_buddy_available(const struct frames_buddy *buddy, enum zone top,
                                const uint32_t spare[ZONE_HIGH])
{
    uint32_t frames = 0;

    for (uint32_t z = 0; z <= top; z++) {
        uint32_t reserve = buddy->zone[z].reserve[top];
        uint32_t free = buddy->zone[z].free_frames + spare_of(spare, z);
        frames += free > reserve ? free - reserve : 0;
    }
    return frames;
}

enum mm_cause frames_buddy_cause(const struct frames_buddy *buddy, uint32_t order, enum zone top,
                                 const uint32_t spare[ZONE_HIGH])
{
    uint32_t free = frames_buddy_free_to(buddy, ZONE_HIGH) + spare_of(spare, ZONE_DMA) +
                    spare_of(spare, ZONE_LOW);

    if (free < 1u << order)
        return MM_NO_FRAMES;
    return frames_buddy_available(buddy, top, spare) < 1u << order ? MM_ZONE : MM_NO_RUN;
}

/* In both words, bit k stands for a block of order k. */
bool frames_buddy_has(const struct frames_buddy *buddy, uint32_t order, enum zone zone)
{
    return (buddy->zone[zone].orders | buddy->zone[zone].open_left) >> order != 0;
}

bool frames_buddy_is_free(const struct frames_buddy *buddy, pfn_t frame)
{
    uint32_t bits = buddy_words(buddy)[frame.value / WORD_BITS] >> frame.value % WORD_BITS;
    const struct frames_buddy_zone *zone = &buddy->zone[buddy_zone_of(buddy, frame.value)];

    return (bits & 1u) != 0 || frame.value - zone->open_next < zone->open_left;
}

/* Returns a word whose bits below `number` are set. All bits are set if the number is 32 or
   more. */
static uint32_t bits_below(uint32_t number)
{
    return number == 0 ? 0 : low_bits(number < WORD_BITS ? number : WORD_BITS);
}

/* Returns a word in which bit i says whether frame + i belongs to the rest of the open block. */
static uint32_t open_bits(const struct frames_buddy_zone *zone, uint32_t frame)
{
    uint32_t end = zone->open_next + zone->open_left;
    uint32_t from = zone->open_next > frame ? zone->open_next - frame : 0;
    uint32_t to = end > frame ? end - frame : 0;

    return bits_below(to) & ~bits_below(from);
}

/* Free blocks are the maximal aligned blocks of the free ranges. The end of a zone is aligned to
   every order, so no range needs to be cut there. */
void frames_buddy_free_blocks(const struct frames_buddy *buddy, struct free_blocks *blocks)
{
    const uint32_t *words = buddy_words(buddy);
    uint32_t end = (buddy->end.value + GROUP_FRAMES - 1u) & ~(GROUP_FRAMES - 1u);
    struct free_ranges ranges = {0, 0};

    for (uint32_t frame = 0; frame < end; frame += WORD_BITS) {
        const struct frames_buddy_zone *zone = &buddy->zone[buddy_zone_of(buddy, frame)];
        free_ranges_add_word(&ranges, frame, words[frame / WORD_BITS] | open_bits(zone, frame),
                             blocks);
    }
    free_ranges_add_word(&ranges, end, 0, blocks);
}
