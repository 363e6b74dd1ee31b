/* The workloads of the frame tables, for any allocator: what frames.c times, and the states in
   which it begins. */
#ifndef BENCH_FRAMES_RUNS_H
#define BENCH_FRAMES_RUNS_H

#include "frames_subjects.h"
#include "harness.h"
#include "replay/random.h"

#include <string.h>

#define PAIRS_USED 1000u
#define PAIRS_WARM 100000u
#define CHURN_WARM 500000u
#define MIXED_WARM 4000000u

extern uint32_t live[FRAMES_MAX]; /* frames in use; mixed: order in bits 20-23 */
extern uint32_t live_count;
extern uint32_t random_state;

/* Puts live[] into random order. */
void shuffle_live(void);

/* ---- initial states ---- */

BENCH_INLINE void start_empty(const struct frames_ops *ops)
{
    ops->init();
    live_count = 0;
    random_state = RANDOM32_SEED;
}

BENCH_INLINE uint32_t take_all(const struct frames_ops *ops)
{
    for (live_count = 0; live_count < FRAMES; live_count++) {
        pfn_t frame = ops->alloc(0);
        bench_require(!pfn_is_none(frame), "a frame allocator has run out early");
        live[live_count] = frame.value;
    }
    return live_count;
}

/* Free the last frames of live[] until `used` frames are in use. */
BENCH_INLINE uint32_t give_down_to(const struct frames_ops *ops, uint32_t used)
{
    uint32_t freed = live_count - used;

    while (live_count > used)
        ops->free(pfn(live[--live_count]), 0);
    return freed;
}

BENCH_INLINE void start_used(const struct frames_ops *ops, uint32_t used)
{
    start_empty(ops);
    take_all(ops);
    shuffle_live();
    give_down_to(ops, used);
}

/* ---- the workloads ---- */

BENCH_INLINE uint32_t run_pairs(const struct frames_ops *ops, uint32_t count)
{
    uint32_t pairs = bench_repeats(count);

    for (uint32_t i = 0; i < pairs; i++)
        ops->free(ops->alloc(0), 0);
    return pairs;
}

BENCH_INLINE void start_pairs(const struct frames_ops *ops)
{
    start_empty(ops);
    for (uint32_t i = 0; i < PAIRS_USED; i++)
        ops->alloc(0);
    run_pairs(ops, PAIRS_WARM);
}

/* ---- churn and mixed ---- */

#define BURST_MAX     64u
#define ORDER_LARGE   7u
#define ORDER_LARGEST 10u

struct occupancy {
    uint32_t used; /* frames; it stays near [least, most] */
    uint32_t least;
    uint32_t most;
    bool allocates; /* the present burst */
    uint32_t burst_left;
};
extern struct occupancy occupancy;

/* Allocations by order, since the state was prepared. */
struct order_requests {
    uint32_t requests;
    uint32_t failed;
};
extern struct order_requests of_order[ORDER_COUNT];

/* Begins with `used` frames; `wanted` frames are to be used, give or take `width`. */
void occupancy_start(uint32_t used, uint32_t wanted, uint32_t width);

/* Is the next call an allocation? A burst ends early at a bound of the occupancy. */
static inline bool occupancy_next(void)
{
    bool turns = occupancy.used <= occupancy.least  ? !occupancy.allocates
                 : occupancy.used >= occupancy.most ? occupancy.allocates
                                                    : occupancy.burst_left-- == 0;

    if (turns) {
        occupancy.allocates = !occupancy.allocates;
        occupancy.burst_left = random32_below(&random_state, BURST_MAX);
    }
    return occupancy.allocates;
}

/* The orders of mixed: a draw of 16 bits chooses one of these. */
#define MIXED_ORDERS 65536u
extern uint8_t mixed_orders[MIXED_ORDERS];
void mixed_orders_fill(void);

#define LIVE_ORDER_SHIFT 20u
_Static_assert(FRAMES_MAX == 1u << LIVE_ORDER_SHIFT, "a frame number and its order share a word");

BENCH_INLINE void churn_alloc(const struct frames_ops *ops, uint32_t order)
{
    pfn_t first = ops->alloc(order);

    of_order[order].requests++;
    if (pfn_is_none(first)) {
        of_order[order].failed++;
        return;
    }
    live[live_count++] = first.value | order << LIVE_ORDER_SHIFT;
    occupancy.used += 1u << order;
}

BENCH_INLINE void churn_free(const struct frames_ops *ops)
{
    uint32_t at = random32_below(&random_state, live_count);
    uint32_t block = live[at];
    uint32_t order = block >> LIVE_ORDER_SHIFT;

    live[at] = live[--live_count];
    ops->free(pfn(block & (FRAMES_MAX - 1u)), order);
    occupancy.used -= 1u << order;
}

BENCH_INLINE uint32_t mixed_order(void)
{
    return mixed_orders[random32(&random_state) >> 16];
}

BENCH_INLINE uint32_t run_churn(const struct frames_ops *ops, uint32_t count, bool mixed)
{
    uint32_t calls = bench_repeats(count);

    for (uint32_t i = 0; i < calls; i++)
        if (occupancy_next())
            churn_alloc(ops, mixed ? mixed_order() : 0);
        else
            churn_free(ops);
    return calls;
}

BENCH_INLINE void start_churn(const struct frames_ops *ops, uint32_t percent)
{
    uint32_t used = FRAMES / 100 * percent;

    start_used(ops, used);
    occupancy_start(used, used, FRAMES / 100);
    run_churn(ops, CHURN_WARM, false);
}

BENCH_INLINE void start_mixed(const struct frames_ops *ops, uint32_t percent)
{
    start_empty(ops);
    mixed_orders_fill();
    occupancy_start(0, FRAMES / 100 * percent, percent == 90 ? FRAMES / 100 : FRAMES / 200);
    for (uint32_t i = 0; i < MIXED_WARM && occupancy.used < occupancy.least; i++)
        churn_alloc(ops, mixed_order());
    run_churn(ops, MIXED_WARM, true);
    memset(of_order, 0, sizeof of_order);
}

/* Returns the percentage of requests of the orders from least to most that failed. */
double failed_percent(uint32_t least_order, uint32_t most_order);

#endif
