/*
 * Frame allocators over 4 GiB: the page stack, the sorted allocator and the buddy allocator,
 * compared with a plain array and with the structure of Linux's buddy.
 *
 *     pair    allocate a frame and free it
 *     all     allocate every frame
 *     free    free them all, in random order
 *     churn   free a random frame and allocate one, at a given percentage of used frames
 *     mixed   allocate a block (90% order 0, 5% order 1, 3% orders 2-3, 2% orders 4-10), and free
 *             random ones until the percentage of used frames is reached again
 *     failed  percentage of these requests that fail: of all, or of large ones (orders 7-10)
 *     take    take one given frame, each frame of a quarter of memory in turn
 *     brk     take [brk, brk + n), n from 1 to 64, upwards through LOW; and give the same runs
 * back, downwards
 */
#include "frames_subjects.h"
#include "replay/random.h"
#include "tables.h"

#define PAIRS      4000000u
#define CHURNS     1000000u
#define MIXES      1000000u
#define BRK_ROUNDS 20u
#define BRK_START  DMA_END_PFN
#define BRK_MOVE   64u
#define BRK_MOVES  (LOW_END_PFN - BRK_START)

static uint32_t live[FRAMES_MAX]; /* frames in use; mixed: order in bits 20-23 */
static uint32_t live_count;
static uint32_t random_state;

/* ---- initial states ---- */

static void shuffle_live(void)
{
    for (uint32_t i = live_count; i > 1; i--) {
        uint32_t other = random32_below(&random_state, i);
        uint32_t frame = live[i - 1];
        live[i - 1] = live[other];
        live[other] = frame;
    }
}

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

BENCH_INLINE uint32_t run_pairs(const struct frames_ops *ops)
{
    uint32_t pairs = bench_repeats(PAIRS);

    for (uint32_t i = 0; i < pairs; i++)
        ops->free(ops->alloc(0), 0);
    return pairs;
}

BENCH_INLINE uint32_t run_churn(const struct frames_ops *ops)
{
    uint32_t churns = bench_repeats(CHURNS);

    for (uint32_t i = 0; i < churns; i++) {
        uint32_t at = random32_below(&random_state, live_count);
        ops->free(pfn(live[at]), 0);
        live[at] = ops->alloc(0).value;
    }
    return churns;
}

#define LARGE_ORDER 7u

static uint32_t mixed_used; /* frames */
static struct {
    uint32_t requests;
    uint32_t failed;
} mixed_all, mixed_large;

static uint32_t mixed_order(uint32_t draw)
{
    uint32_t percent = random32_scale(draw, 100);

    if (percent < 90)
        return 0;
    if (percent < 95)
        return 1;
    return percent < 98 ? 2 + (draw & 1u) : 4 + (draw & 0xffffu) % 7u;
}

#define LIVE_ORDER_SHIFT 20u
_Static_assert(FRAMES_MAX == 1u << LIVE_ORDER_SHIFT, "a frame number and its order share a word");

static void mixed_count(uint32_t order, bool failed)
{
    mixed_all.requests++;
    mixed_all.failed += failed;
    mixed_large.requests += order >= LARGE_ORDER;
    mixed_large.failed += order >= LARGE_ORDER && failed;
}

BENCH_INLINE void mixed_free_one(const struct frames_ops *ops)
{
    uint32_t at = random32_below(&random_state, live_count);
    uint32_t block = live[at];
    uint32_t order = block >> LIVE_ORDER_SHIFT;

    live[at] = live[--live_count];
    mixed_used -= 1u << order;
    ops->free(pfn(block & (FRAMES_MAX - 1u)), order);
}

BENCH_INLINE uint32_t run_mixed(const struct frames_ops *ops, uint32_t percent)
{
    uint32_t requests = bench_repeats(MIXES);

    for (uint32_t i = 0; i < requests; i++) {
        uint32_t order = mixed_order(random32(&random_state));
        pfn_t first = ops->alloc(order);
        mixed_count(order, pfn_is_none(first));
        if (pfn_is_none(first))
            continue;
        live[live_count++] = first.value | order << LIVE_ORDER_SHIFT;
        mixed_used += 1u << order;
        while (mixed_used > FRAMES / 100 * percent)
            mixed_free_one(ops);
    }
    return requests;
}

BENCH_INLINE void start_mixed(const struct frames_ops *ops, uint32_t percent)
{
    start_empty(ops);
    mixed_used = 0;
    run_mixed(ops, percent);
    mixed_all.requests = mixed_all.failed = 0;
    mixed_large.requests = mixed_large.failed = 0;
}

/* Take FRAMES / 4 frames by their numbers. */
BENCH_INLINE uint32_t run_takes(bool (*take)(pfn_t frame))
{
    uint32_t taken = 0;

    for (uint32_t i = 0; i < FRAMES / 4; i++)
        taken += take(pfn(FRAMES / 4 + i));
    bench_require(taken == FRAMES / 4, "a frame that is free was not taken");
    return taken;
}

static uint32_t brk_run[BRK_MOVES];

static uint32_t brk_up(void)
{
    uint32_t moves = 0;

    for (uint32_t brk = BRK_START;; moves++) {
        uint32_t frames = 1u + random32_below(&random_state, BRK_MOVE);
        if (frames > LOW_END_PFN - brk)
            return moves;
        pfn_t used = frames_sorted_take(&sorted, pfn(brk), pfn(brk + frames));
        bench_require(pfn_is_none(used), "a frame above brk is in use");
        brk_run[moves] = brk;
        brk += frames;
        brk_run[moves + 1] = brk;
    }
}

static void brk_down(uint32_t moves)
{
    for (; moves > 0; moves--)
        frames_sorted_free_range(&sorted, pfn(brk_run[moves - 1]), pfn(brk_run[moves]));
}

static uint32_t sorted_brk(uint32_t column)
{
    uint32_t moves = 0;

    (void)column;
    for (uint32_t round = 0; round < BRK_ROUNDS; round++) {
        uint32_t up = brk_up();
        brk_down(up);
        moves += 2 * up;
    }
    return moves;
}

/* ---- the table ---- */

/* The works of a subject, made from its operations, which each work names as constants. */
#define FRAMES_WORKS(S)                                                                            \
    static const struct frames_ops S##_ops = {S##_init, S##_alloc, S##_free};                      \
    static void S##_empty(uint32_t column)                                                         \
    {                                                                                              \
        (void)column;                                                                              \
        start_empty(&S##_ops);                                                                     \
    }                                                                                              \
    static void S##_half_used(uint32_t column)                                                     \
    {                                                                                              \
        start_used(&S##_ops, column == FRAMES_CHURN_50 ? FRAMES / 2 : FRAMES / 10 * 9);            \
        run_churn(&S##_ops);                                                                       \
    }                                                                                              \
    static void S##_used(uint32_t column)                                                          \
    {                                                                                              \
        (void)column;                                                                              \
        start_used(&S##_ops, FRAMES);                                                              \
    }                                                                                              \
    static uint32_t S##_start(uint32_t column)                                                     \
    {                                                                                              \
        (void)column;                                                                              \
        S##_init();                                                                                \
        return 1;                                                                                  \
    }                                                                                              \
    static uint32_t S##_pairs(uint32_t column)                                                     \
    {                                                                                              \
        (void)column;                                                                              \
        return run_pairs(&S##_ops);                                                                \
    }                                                                                              \
    static uint32_t S##_all(uint32_t column)                                                       \
    {                                                                                              \
        (void)column;                                                                              \
        return take_all(&S##_ops);                                                                 \
    }                                                                                              \
    static uint32_t S##_free_all(uint32_t column)                                                  \
    {                                                                                              \
        (void)column;                                                                              \
        return give_down_to(&S##_ops, 0);                                                          \
    }                                                                                              \
    static uint32_t S##_churn(uint32_t column)                                                     \
    {                                                                                              \
        (void)column;                                                                              \
        return run_churn(&S##_ops);                                                                \
    }

/* The works of a subject that has orders. */
#define FRAMES_MIXED_WORKS(S)                                                                      \
    static void S##_mixed_start(uint32_t column)                                                   \
    {                                                                                              \
        start_mixed(&S##_ops, mixed_percent(column));                                              \
    }                                                                                              \
    static uint32_t S##_mixed(uint32_t column)                                                     \
    {                                                                                              \
        return run_mixed(&S##_ops, mixed_percent(column));                                         \
    }                                                                                              \
    static double S##_failed(uint32_t column)                                                      \
    {                                                                                              \
        run_mixed(&S##_ops, mixed_percent(column));                                                \
        return column == FRAMES_FAILED_LARGE ? 100.0 * mixed_large.failed / mixed_large.requests   \
                                             : 100.0 * mixed_all.failed / mixed_all.requests;      \
    }

/* The works of a subject that gives a frame by its number. */
#define FRAMES_TAKE_WORK(S)                                                                        \
    static uint32_t S##_takes(uint32_t column)                                                     \
    {                                                                                              \
        (void)column;                                                                              \
        return run_takes(S##_take);                                                                \
    }

static uint32_t mixed_percent(uint32_t column)
{
    return column == FRAMES_MIXED_90 || column == FRAMES_FAILED_90 ? 90 : 97;
}

FRAMES_WORKS(array)
FRAMES_WORKS(bitmap)
FRAMES_WORKS(stack)
FRAMES_WORKS(sorted)
FRAMES_WORKS(buddy)
FRAMES_WORKS(linux)
FRAMES_MIXED_WORKS(bitmap)
FRAMES_MIXED_WORKS(sorted)
FRAMES_MIXED_WORKS(buddy)
FRAMES_MIXED_WORKS(linux)
FRAMES_TAKE_WORK(bitmap)
FRAMES_TAKE_WORK(sorted)

static double array_bytes(uint32_t column)
{
    (void)column;
    return sizeof(uint32_t);
}

static double bitmap_bytes(uint32_t column)
{
    (void)column;
    return FRAMES_BITMAP_BYTES;
}

static double stack_bytes(uint32_t column)
{
    (void)column;
    return (double)frames_stack_bytes(pfn(FIRST), pfn(FRAMES_MAX)) / FRAMES;
}

static double sorted_bytes(uint32_t column)
{
    (void)column;
    return (double)(frames_sorted_bytes(pfn(FRAMES_MAX)) + sizeof(sorted)) / FRAMES_MAX;
}

static double buddy_bytes(uint32_t column)
{
    (void)column;
    return (double)(frames_buddy_bytes(pfn(FRAMES_MAX)) + sizeof(buddy)) / FRAMES_MAX;
}

static double linux_bytes(uint32_t column)
{
    (void)column;
    return FRAMES_LINUX_PAGE_BYTES;
}

/* clang-format off */
#define FRAMES_SINGLE(S)                                                                           \
    [FRAMES_BYTES] = {NULL, NULL, S##_bytes},       [FRAMES_START] = {S##_empty, S##_start, NULL}, \
    [FRAMES_PAIR] = {S##_empty, S##_pairs, NULL},   [FRAMES_ALL] = {S##_empty, S##_all, NULL},     \
    [FRAMES_FREE] = {S##_used, S##_free_all, NULL}, [FRAMES_CHURN_50] = {S##_half_used, S##_churn, NULL}, \
    [FRAMES_CHURN_90] = {S##_half_used, S##_churn, NULL}
#define FRAMES_ORDERS(S)                                                                           \
    [FRAMES_MIXED_90] = {S##_mixed_start, S##_mixed, NULL},                                        \
    [FRAMES_FAILED_90] = {S##_mixed_start, NULL, S##_failed},                                      \
    [FRAMES_MIXED_97] = {S##_mixed_start, S##_mixed, NULL},                                        \
    [FRAMES_FAILED_LARGE] = {S##_mixed_start, NULL, S##_failed}
/* clang-format on */

static const struct bench_work array_works[BENCH_COLUMNS_MAX] = {FRAMES_SINGLE(array)};
static const struct bench_work bitmap_works[BENCH_COLUMNS_MAX] = {
    FRAMES_SINGLE(bitmap),
    FRAMES_ORDERS(bitmap),
    [FRAMES_TAKE] = {bitmap_empty, bitmap_takes, NULL},
};
static const struct bench_work stack_works[BENCH_COLUMNS_MAX] = {FRAMES_SINGLE(stack)};
static const struct bench_work sorted_works[BENCH_COLUMNS_MAX] = {
    FRAMES_SINGLE(sorted),
    FRAMES_ORDERS(sorted),
    [FRAMES_TAKE] = {sorted_empty, sorted_takes, NULL},
    [FRAMES_BRK] = {sorted_empty, sorted_brk, NULL},
};
static const struct bench_work buddy_works[BENCH_COLUMNS_MAX] = {FRAMES_SINGLE(buddy),
                                                                 FRAMES_ORDERS(buddy)};
static const struct bench_work linux_works[BENCH_COLUMNS_MAX] = {FRAMES_SINGLE(linux),
                                                                 FRAMES_ORDERS(linux)};

const struct bench_table bench_frames = {
    .name = "frames",
    .title = "Frames of 4 GiB (1,047,552 free), ns; brk: ns a move of 1 to 64 frames",
    .columns = FRAMES_BRK + 1,
    .subjects = FRAMES_LINUX + 1,
    .reference = FRAMES_ARRAY,
    .column =
        {
            [FRAMES_BYTES] = {"bytes/ frame", 1, false},
            [FRAMES_START] = {"start us", 1000, false},
            [FRAMES_PAIR] = {"pair", 1, true},
            [FRAMES_ALL] = {"all", 1, true},
            [FRAMES_FREE] = {"free", 1, true},
            [FRAMES_CHURN_50] = {"churn 50%", 1, true},
            [FRAMES_CHURN_90] = {"churn 90%", 1, true},
            [FRAMES_MIXED_90] = {"mixed 90%", 1, true},
            [FRAMES_FAILED_90] = {"90% failed%", 1, false},
            [FRAMES_MIXED_97] = {"mixed 97%", 1, true},
            [FRAMES_FAILED_LARGE] = {"large failed%", 1, false},
            [FRAMES_TAKE] = {"take", 1, true},
            [FRAMES_BRK] = {"brk move", 1, true},
        },
    .subject =
        {
            [FRAMES_ARRAY] = {"bare array", host_open, host_close, array_works},
            [FRAMES_BITMAP] = {"bitmap", host_open, host_close, bitmap_works},
            [FRAMES_STACK] = {"page stack", simulated_open, simulated_close, stack_works},
            [FRAMES_SORTED] = {"sorted", simulated_open, simulated_close, sorted_works},
            [FRAMES_BUDDY] = {"buddy", simulated_open, simulated_close, buddy_works},
            [FRAMES_LINUX] = {"as Linux's", host_open, host_close, linux_works},
        },
};
