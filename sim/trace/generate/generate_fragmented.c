/*
 * A state of memory to order. For each order k that is named, a share of the free memory, its
 * unusable free space index (M. Gorman), lies in blocks smaller than 2^k frames:
 *
 *     order       0   1   2   3   4   5   6   7   8   9   10
 *                |    0.2    |       0.5 more        |  rest   --unusable 3=0.2,9=0.7
 *
 * Each of these parts is spread evenly over its orders. How much memory is free in all is chosen so
 * that the blocks come out whole: a quarter, if that is possible.
 */
#include "generate.h"
#include "trace/convert.h"

#include <stdlib.h>

#define MILLION 1000000u

/* The holders of the frames in use. */
enum { HOLDER_MOVABLE, HOLDER_PINNED };

/* ---- what is ordered ---- */

static bool check_order(const struct fragmented_order *order, struct sim_error *error)
{
    uint32_t last = 0;
    uint32_t last_order = 0;

    for (uint32_t k = 0; k < ORDER_COUNT; k++) {
        if (!order->given[k])
            continue;
        if (k == 0 && order->unusable[0] != 0)
            return sim_error_set(error,
                                 "--unusable 0=%.3g: at order 0 the index is always 0, "
                                 "because every free frame is usable",
                                 order->unusable[0] / 1e6);
        if (order->unusable[k] < last)
            return sim_error_set(
                error,
                "--unusable %u=%.3g,%u=%.3g: the index cannot fall, because what is too "
                "small for order %u is too small for order %u",
                last_order, last / 1e6, k, order->unusable[k] / 1e6, last_order, k);
        last = order->unusable[k];
        last_order = k;
    }
    return true;
}

/* ---- the free blocks ---- */

/* Spreads frames over blocks of the orders [low, high). */
static void spread(uint64_t frames, uint32_t low, uint32_t high, struct free_blocks *blocks)
{
    for (uint32_t order = high; order-- > low;) {
        uint64_t share = frames / (order - low + 1u);
        uint64_t count = order > low ? share >> order : (share + (1u << order) / 2) >> order;

        blocks->count[order] += (uint32_t)count;
        blocks->frames += (uint32_t)count << order;
        frames -= count << order < frames ? count << order : frames;
    }
}

static void compose(const struct fragmented_order *order, uint64_t free, struct free_blocks *blocks)
{
    uint64_t before = 0; /* frames in the blocks of lower orders */
    uint32_t low = 0;

    *blocks = (struct free_blocks){.frames = 0};
    for (uint32_t k = 0; k < ORDER_COUNT; k++) {
        if (!order->given[k])
            continue;
        uint64_t until = (free * order->unusable[k] + MILLION / 2) / MILLION;
        if (k > low)
            spread(until - before, low, k, blocks);
        before = until;
        low = k;
    }
    spread(free - before, low, ORDER_COUNT, blocks);
}

/* The largest distance of an index from what is ordered, in millionths. */
static uint32_t distance(const struct fragmented_order *order, const struct free_blocks *blocks,
                         uint32_t *at)
{
    uint32_t most = 0;

    for (uint32_t k = 0; k < ORDER_COUNT; k++) {
        int64_t index = (int64_t)fragmentation_unusable_index(blocks, k) * 1000;
        int64_t off = order->given[k] ? llabs(index - (int64_t)order->unusable[k]) : 0;

        if (off > most) {
            most = (uint32_t)off;
            *at = k;
        }
    }
    return most;
}

static bool suits(const struct fragmented_order *order, const struct block_room *room,
                  uint64_t free, uint32_t tolerance, struct free_blocks *blocks)
{
    uint32_t at;

    compose(order, free, blocks);
    return blocks->frames > 0 && distance(order, blocks, &at) <= tolerance &&
           block_room_holds(room, blocks->count);
}

/* Finds the free blocks, as near to the wanted occupancy as possible; without one, to three
   quarters. First it looks for blocks that come nearer to the indices than they must. */
static bool choose_blocks(const struct fragmented_order *order, const struct block_room *room,
                          uint32_t frames, struct free_blocks *blocks)
{
    static const uint32_t tolerances[] = {4000, FRAGMENTED_TOLERANCE * 3 / 4};
    bool any = order->occupancy == UINT32_MAX;
    uint64_t wanted =
        (uint64_t)frames * (MILLION - (any ? 3 * (MILLION / 4) : order->occupancy)) / MILLION;
    uint64_t reach = any ? frames : (uint64_t)frames * (FRAGMENTED_TOLERANCE * 3 / 4) / MILLION;

    for (size_t i = 0; i < sizeof tolerances / sizeof tolerances[0]; i++)
        for (uint64_t off = 0; off <= reach; off++) {
            if (off < wanted && suits(order, room, wanted - off, tolerances[i], blocks))
                return true;
            if (wanted + off <= frames && suits(order, room, wanted + off, tolerances[i], blocks))
                return true;
        }
    return false;
}

/* ---- the frames in use ---- */

/* Chooses which of the held frames are pinned. Pages in HIGH always move, and a strategy may keep a
   reserve of the other zones from pages that move. */
static bool choose_pinned(const struct fragmented_order *order, struct memory_state *state,
                          const char *strategy, struct random *random, struct sim_error *error)
{
    uint64_t held = 0;
    uint64_t only_pinned = 0;
    uint64_t either = 0;

    for (uint32_t i = 0; i < state->end; i++) {
        const struct state_frame *frame = &state->frames[i];
        bool is_held = frame->fate == FATE_HELD;

        held += is_held;
        only_pinned += is_held && !frame->may_move;
        either += is_held && frame->may_move && frame->may_be_held;
    }
    uint64_t wanted = (held * order->pinned + MILLION / 2) / MILLION;
    uint64_t slack = held * (FRAGMENTED_TOLERANCE * 3 / 4) / MILLION;
    if (wanted + slack < only_pinned)
        return sim_error_set(error,
                             "--pinned %.3g: under %s at least %.3f of the used frames are "
                             "pinned, because a reserve is kept from pages that move",
                             order->pinned / 1e6, strategy, (double)only_pinned / (double)held);
    if (wanted > only_pinned + either + slack)
        return sim_error_set(error,
                             "--pinned %.3g: at most %.3f of the used frames can be pinned, "
                             "because pages above low memory always move: give less --ram",
                             order->pinned / 1e6, (double)(only_pinned + either) / (double)held);
    uint64_t left = wanted > only_pinned ? wanted - only_pinned : 0;
    for (uint32_t i = 0; i < state->end; i++) {
        struct state_frame *frame = &state->frames[i];

        if (frame->fate != FATE_HELD || !frame->may_move || !frame->may_be_held)
            continue;
        if (random_below(random, (uint32_t)either--) < left) {
            frame->holder = HOLDER_PINNED;
            left--;
        }
    }
    return true;
}

/* ---- the trace ---- */

static bool check_result(const struct fragmented_order *order, const struct state_left *left,
                         const char *strategy, struct sim_error *error)
{
    uint32_t at = 0;
    double pinned = left->held > 0 ? (double)left->pinned / left->held : order->pinned / 1e6;
    double off = pinned - order->pinned / 1e6;

    if (distance(order, &left->all, &at) > FRAGMENTED_TOLERANCE)
        return sim_error_set(error,
                             "under %s the index at order %u comes out as %.3f, not %.3g: "
                             "its pages do not stay where the state has them",
                             strategy, at, fragmentation_unusable_index(&left->all, at) / 1e3,
                             order->unusable[at] / 1e6);
    if (off > FRAGMENTED_TOLERANCE / 1e6 || off < -(FRAGMENTED_TOLERANCE / 1e6))
        return sim_error_set(error, "under %s the share of pinned frames comes out as %.3f",
                             strategy, pinned);
    return true;
}

static bool make_state(const struct fragmented_order *order, struct memory_state *state,
                       const struct state_machine *machine, struct sim_error *error)
{
    const struct frame_range all = {state->zones[0].start, state->zones[ZONE_COUNT - 1].end};
    struct block_room room = memory_state_room(state, all);
    struct free_blocks blocks;
    struct random random;

    random_seed(&random, order->seed);
    if (!choose_blocks(order, &room, state->count, &blocks))
        return sim_error_set(
            error, "%u MiB of RAM have no state with these indices%s: %s",
            (unsigned)(state->ram_bytes >> 20),
            order->occupancy != UINT32_MAX ? " at this --occupancy" : "",
            "blocks of the named orders do not fit, or do not come out whole; give more --ram");
    if (!memory_state_free(state, all, blocks.count, &random))
        return sim_error_set(error, "the host has no memory for the state");
    state->holders[HOLDER_MOVABLE] = (struct state_holder){"movable_page", true};
    state->holders[HOLDER_PINNED] = (struct state_holder){"pinned_page", false};
    return choose_pinned(order, state, machine->strategy, &random, error);
}

static bool write_state(const struct fragmented_order *order, const struct state_machine *machine,
                        struct trace_writer *writer, struct fragmented_result *result,
                        struct sim_error *error)
{
    struct memory_state state;
    bool ok;

    if (!machine->survey(machine->context, machine->ram_bytes, &state, error))
        return false;
    result->ram_bytes = state.ram_bytes;
    result->frames = state.count;
    ok = make_state(order, &state, machine, error) &&
         machine->build(machine->context, &state, NULL, writer, &result->left, error) &&
         check_result(order, &result->left, machine->strategy, error);
    memory_state_release(&state);
    return ok;
}

bool generate_fragmented(const struct fragmented_order *order, const struct state_machine *machine,
                         const char *out, struct fragmented_result *result, struct sim_error *error)
{
    struct trace_writer *writer;
    bool ok;

    if (!check_order(order, error) || !trace_name_check(out, error))
        return false;
    writer = trace_writer_open(error);
    if (writer == NULL)
        return false;
    ok = write_state(order, machine, writer, result, error) && trace_write(writer, out, error);
    trace_writer_close(writer);
    return ok;
}
