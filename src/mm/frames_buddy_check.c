#include "frames_buddy_layout.h"

void buddy_verify(const struct frames_buddy *buddy, const char *function)
{
    bool sound = buddy->seal == buddy_seal(buddy);

    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++)
        sound = sound && open_is_sound(buddy, &buddy->zone[zone]) &&
                buddy->zone[zone].orders >> ORDER_COUNT == 0;
    if (!sound)
        machine_panic(function, "the bounds of the arrays, or of an open block, are smashed",
                      buddy->words.value);
}

static uint32_t group_count(const struct frames_buddy *buddy)
{
    return (buddy->end.value + GROUP_FRAMES - 1u) / GROUP_FRAMES;
}

static enum zone group_zone(const struct frames_buddy *buddy, uint32_t group)
{
    return buddy_zone_of(buddy, group * GROUP_FRAMES);
}

/* Computes the summaries of a group from its words alone, and compares them with the stored
   ones. */
static const char *check_group(const struct frames_buddy *buddy, uint32_t at)
{
    const struct buddy_group *group = &buddy_groups(buddy)[at];
    const uint32_t *words = &buddy_words(buddy)[at * GROUP_WORDS];
    struct buddy_group told = {0};

    for (uint32_t word = 0; word < GROUP_WORDS; word++) {
        uint32_t orders = word_orders(words[word]);
        for (uint32_t order = 0; order < WORD_ORDERS; order++)
            told.with[order] |= (orders >> order & 1u) << word;
        told.full |= (uint32_t)(words[word] == WORD_FULL) << word;
    }
    for (uint32_t order = 0; order < WORD_ORDERS; order++)
        if (told.with[order] != group->with[order])
            return "frames_buddy: a group's words of an order disagree with the free bits";
    if (told.full != group->full)
        return "frames_buddy: a group's full words disagree with the free bits";
    return NULL;
}

static bool group_has(const struct buddy_group *group, uint32_t order)
{
    return order < WORD_ORDERS ? group->with[order] != 0
                               : word_blocks(group->full, order - WORD_SHIFT) != 0;
}

/* Does a map agree with its groups? Its bits must be set for exactly those groups of the zone that
   have a block of the order. */
static bool map_agrees(const struct frames_buddy *buddy, enum zone zone, uint32_t map,
                       uint32_t order)
{
    uint32_t told = 0;

    for (uint32_t i = 0; i < MAP_GROUPS; i++) {
        uint32_t group = map * MAP_GROUPS + i;
        if (group < group_count(buddy) && group_zone(buddy, group) == zone)
            told |= (uint32_t)group_has(&buddy_groups(buddy)[group], order) << i;
    }
    return zone_maps(&buddy->zone[zone])[map].with[order] == told;
}

static const char *check_order(const struct frames_buddy *buddy, enum zone zone, uint32_t order)
{
    const struct frames_buddy_zone *in = &buddy->zone[zone];
    uint32_t groups = group_count(buddy);
    uint32_t told = 0;

    for (uint32_t map = 0; map * MAP_GROUPS < groups; map++) {
        bool starts_in = group_zone(buddy, map * MAP_GROUPS) == zone;
        bool ends_in = group_zone(buddy, map * MAP_GROUPS + MAP_GROUPS - 1u) == zone;
        if (!starts_in && !ends_in)
            continue;
        if (!map_agrees(buddy, zone, map, order))
            return "frames_buddy: a map disagrees with its groups";
        told |= (uint32_t)(zone_maps(&buddy->zone[zone])[map].with[order] != 0) << map;
    }
    if (told != in->maps_any[order])
        return "frames_buddy: maps_any disagrees with the maps";
    if ((in->orders >> order & 1u) != (told != 0))
        return "frames_buddy: a zone's orders disagree with maps_any";
    return NULL;
}

static bool all_used(const struct frames_buddy *buddy, uint32_t first, uint32_t frames)
{
    uint32_t used = 0;

    for (uint32_t frame = first; frame < first + frames; frame++)
        used += (~buddy_words(buddy)[frame / WORD_BITS] >> frame % WORD_BITS & 1u) != 0;
    return used == frames;
}

static bool buddy_is_free(const struct frames_buddy *buddy, uint32_t first, uint32_t order)
{
    uint32_t other = first ^ 1u << order;
    uint32_t frames = 0;

    for (uint32_t frame = other; frame < other + (1u << order); frame++)
        frames += buddy_words(buddy)[frame / WORD_BITS] >> frame % WORD_BITS & 1u;
    return frames == 1u << order;
}

static const char *check_open(const struct frames_buddy *buddy, enum zone zone)
{
    const struct frames_buddy_zone *in = &buddy->zone[zone];
    uint32_t size = 1u << in->open_order;

    if (in->orders >> ORDER_COUNT != 0)
        return "frames_buddy: orders names an order above the largest";
    if (in->open_first == NO_OPEN_BLOCK)
        return open_is_sound(buddy, in)
                   ? NULL
                   : "frames_buddy: there is no open block, but open_left or open_next is set";
    if (in->open_order > ORDER_MAX || in->open_first % size != 0 ||
        in->open_first < RESERVED_END_PFN || in->open_first + size > buddy->end.value ||
        buddy_zone_of(buddy, in->open_first) != zone)
        return "frames_buddy: the open block is not a block of its zone";
    if (in->open_left > size || in->open_next != in->open_first + size - in->open_left)
        return "frames_buddy: open_left disagrees with the bounds of the open block";
    if (!all_used(buddy, in->open_first, size))
        return "frames_buddy: a frame of the open block is in the index";
    if (in->open_left == size && in->open_order < ORDER_MAX &&
        buddy_is_free(buddy, in->open_first, in->open_order))
        return "frames_buddy: the open block is free, and so is its buddy";
    return NULL;
}

static const char *check_frames(const struct frames_buddy *buddy)
{
    uint32_t end = buddy->end.value;
    uint32_t frames[ZONE_COUNT] = {0};

    for (uint32_t first = 0; first < group_count(buddy) * GROUP_FRAMES; first += WORD_BITS) {
        uint32_t bits = buddy_words(buddy)[first / WORD_BITS];
        uint32_t beyond = first >= end              ? bits
                          : end - first < WORD_BITS ? bits & ~low_bits(end - first)
                                                    : 0;
        if (beyond != 0 || (bits != 0 && first < RESERVED_END_PFN))
            return "frames_buddy: a free frame is reserved, or beyond the end";
        frames[buddy_zone_of(buddy, first)] += count_bits(bits);
    }
    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++)
        if (frames[zone] + buddy->zone[zone].open_left != buddy->zone[zone].free_frames)
            return "frames_buddy: free_frames disagrees with the free bits";
    return NULL;
}

static const char *check_reserves(const struct frames_buddy *buddy)
{
    const struct frames_buddy_zone *zone = buddy->zone;
    uint32_t low = zone[ZONE_LOW].added_frames;
    uint32_t high = zone[ZONE_HIGH].added_frames;
    const uint32_t told[ZONE_COUNT][ZONE_COUNT] = {
        [ZONE_DMA] = {0, low / 256u, (low + high) / 256u},
        [ZONE_LOW] = {0, 0, high / 32u},
    };

    for (uint32_t z = 0; z < ZONE_COUNT; z++) {
        if (zone[z].free_frames > zone[z].added_frames)
            return "frames_buddy: more frames of a zone are free than were added";
        for (uint32_t top = 0; top < ZONE_COUNT; top++)
            if (zone[z].reserve[top] != told[z][top])
                return "frames_buddy: a reserve disagrees with the frames above it";
    }
    return NULL;
}

static const char *check_zone(const struct frames_buddy *buddy, enum zone zone)
{
    const char *broken = check_open(buddy, zone);

    for (uint32_t order = 0; broken == NULL && order <= ORDER_MAX; order++)
        broken = check_order(buddy, zone, order);
    return broken;
}

const char *frames_buddy_check(const struct frames_buddy *buddy)
{
    const char *broken = NULL;

    if (MM_HARDENING >= HARDEN_FULL && buddy->seal != buddy_seal(buddy))
        return "frames_buddy: the seal disagrees with the addresses of the arrays";
    for (uint32_t group = 0; broken == NULL && group < group_count(buddy); group++)
        broken = check_group(buddy, group);
    for (uint32_t zone = 0; broken == NULL && zone < ZONE_COUNT; zone++)
        broken = check_zone(buddy, (enum zone)zone);
    if (broken == NULL)
        broken = check_frames(buddy);
    return broken != NULL ? broken : check_reserves(buddy);
}
