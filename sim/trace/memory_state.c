#include "memory_state.h"

#include <stdlib.h>

void memory_state_release(struct memory_state *state)
{
    free(state->frames);
    free(state->order);
    *state = (struct memory_state){.frames = NULL};
}

/* ---- how many blocks fit ---- */

static bool all_held(const struct memory_state *state, uint32_t first, uint32_t frames)
{
    for (uint32_t i = 0; i < frames; i++)
        if (first + i >= state->end || state->frames[first + i].fate != FATE_HELD)
            return false;
    return true;
}

/* The order of the largest aligned block of held frames that begins here. */
static uint32_t root_order(const struct memory_state *state, uint32_t first)
{
    uint32_t order = 0;

    while (order < ORDER_MAX && first % (2u << order) == 0 &&
           all_held(state, first + (1u << order), 1u << order))
        order++;
    return order;
}

struct block_room memory_state_room(const struct memory_state *state, struct frame_range range)
{
    struct block_room room = {.roots = {0}};

    for (uint32_t at = range.start.value; at < range.end.value && at < state->end;) {
        uint32_t order = 0;

        if (state->frames[at].fate == FATE_HELD) {
            order = root_order(state, at);
            room.roots[order]++;
        }
        at += 1u << order;
    }
    return room;
}

/*
 * A free block needs a buddy that is not wholly free, or none. Of the blocks of order k that are
 * not free, each either stays whole or is halved, and one of its halves may be free:
 *
 *     order k+1   |         used          |      a block that is not free
 *     order k     |   free    |   used    |      gives one free half, and one that is not
 */
bool block_room_holds(const struct block_room *room, const uint32_t wanted[ORDER_COUNT])
{
    uint64_t parents = 0; /* blocks of the next higher order that are not free */

    for (uint32_t order = ORDER_COUNT; order-- > 0;) {
        uint64_t blocks = 2 * parents + room->roots[order];

        if (wanted[order] > parents + room->roots[order])
            return false;
        parents = blocks - wanted[order];
    }
    return true;
}

/* ---- choosing them ---- */

struct choice {
    struct memory_state *state;
    struct frame_range range;
    uint8_t *largest; /* [frame]: order + 1 of the largest aligned block of held frames that begins
                         there; 0: the frame is not held */
};

static bool is_block(const struct choice *choice, uint32_t first, uint32_t order)
{
    return first < choice->state->end && choice->largest[first] > order;
}

/* The halves of the pair of blocks of this order that begins at `pair`; either may be free. At the
   highest order, blocks do not merge, and each is a pair of its own. */
static uint32_t halves_of(const struct choice *choice, uint32_t pair, uint32_t order)
{
    uint32_t halves = is_block(choice, pair, order) ? 1u : 0;

    if (order < ORDER_MAX && is_block(choice, pair + (1u << order), order))
        halves |= 2u;
    return halves;
}

static uint32_t pair_frames(uint32_t order)
{
    return order < ORDER_MAX ? 2u << order : 1u << order;
}

static uint32_t count_pairs(const struct choice *choice, uint32_t order)
{
    uint32_t count = 0;

    for (uint32_t at = choice->range.start.value; at < choice->range.end.value;
         at += pair_frames(order))
        count += halves_of(choice, at, order) != 0;
    return count;
}

static void make_free(struct choice *choice, uint32_t first, uint32_t order)
{
    for (uint32_t i = 0; i < 1u << order; i++) {
        choice->state->frames[first + i].fate = FATE_FREE;
        choice->largest[first + i] = 0;
    }
}

/* Frees `wanted` blocks in as many pairs, each set of pairs with equal chance (Knuth, TAOCP vol. 2,
   3.4.2, algorithm S). */
static bool choose_order(struct choice *choice, uint32_t order, uint32_t wanted,
                         struct random *random)
{
    uint32_t pairs = wanted > 0 ? count_pairs(choice, order) : 0;

    if (wanted > pairs)
        return false;
    for (uint32_t at = choice->range.start.value; wanted > 0; at += pair_frames(order)) {
        uint32_t halves = halves_of(choice, at, order);

        if (halves == 0 || random_below(random, pairs--) >= wanted)
            continue;
        bool upper = halves == 2u || (halves == 3u && random_one_in(random, 2));
        make_free(choice, at + (upper ? 1u << order : 0), order);
        wanted--;
    }
    return true;
}

/* Fills in choice->largest, from the end. */
static void find_blocks(struct choice *choice)
{
    const struct memory_state *state = choice->state;

    for (uint32_t at = state->end; at-- > 0;) {
        uint32_t order = 0;

        choice->largest[at] = 0;
        if (state->frames[at].fate != FATE_HELD)
            continue;
        while (order < ORDER_MAX && at % (2u << order) == 0 &&
               is_block(choice, at + (1u << order), order))
            order++;
        choice->largest[at] = (uint8_t)(order + 1u);
    }
}

bool memory_state_free(struct memory_state *state, struct frame_range range,
                       const uint32_t wanted[ORDER_COUNT], struct random *random)
{
    struct choice choice = {state, range, malloc(state->end + 1u)};
    bool chosen = choice.largest != NULL;

    if (chosen)
        find_blocks(&choice);
    for (uint32_t order = ORDER_COUNT; chosen && order-- > 0;)
        chosen = choose_order(&choice, order, wanted[order], random);
    free(choice.largest);
    return chosen;
}
