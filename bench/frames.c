/*
 * Frame allocators over 4 GiB: the page stack, the sorted allocator and the buddy allocator,
 * compared with a plain array and with the structure of Linux's buddy.
 *
 *     start   make the allocator over all frames: in memory that was never touched; in memory that
 *             was
 *     pair    allocate a frame and free it, with 1,000 frames in use
 *     all     allocate every frame
 *     free    free them all, in random order
 *     churn   bursts of 1 to 64 allocations, and bursts of as many frees of random frames, while a
 *             given percentage of frames is used; ns a call
 *     mixed   the same with blocks: 90% order 0, 5% order 1, 3% orders 2-3, 2% orders 4-10, each of
 *             which is half as frequent as the one before
 *     failed  percentage of these requests that fail: of orders 7-9, of order 10
 *     take    take one given frame, each frame of a quarter of memory in turn
 *     brk     take [brk, brk + n), n from 1 to 64, upwards through LOW; and give the same runs
 *             back, downwards
 */
#include "frames_runs.h"
#include "tables.h"

#define PAIRS      4000000u
#define CHURNS     4000000u
#define MIXES      8000000u
#define BRK_ROUNDS 20u
#define BRK_START  DMA_END_PFN
#define BRK_MOVE   64u
#define BRK_MOVES  (LOW_END_PFN - BRK_START)

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
    static double S##_cold(uint32_t column)                                                        \
    {                                                                                              \
        double start_ns = bench_cpu_time_ns();                                                     \
        (void)column;                                                                              \
        S##_init();                                                                                \
        return bench_cpu_time_ns() - start_ns;                                                     \
    }                                                                                              \
    static void S##_start_pairs(uint32_t column)                                                   \
    {                                                                                              \
        (void)column;                                                                              \
        start_pairs(&S##_ops);                                                                     \
    }                                                                                              \
    static void S##_start_churn(uint32_t column)                                                   \
    {                                                                                              \
        start_churn(&S##_ops, column == FRAMES_CHURN_50 ? 50 : 90);                                \
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
        return run_pairs(&S##_ops, PAIRS);                                                         \
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
        return run_churn(&S##_ops, CHURNS, false);                                                 \
    }

/* The works of a subject that has orders. */
#define FRAMES_MIXED_WORKS(S)                                                                      \
    static void S##_mixed_start(uint32_t column)                                                   \
    {                                                                                              \
        start_mixed(&S##_ops, mixed_percent(column));                                              \
    }                                                                                              \
    static uint32_t S##_mixed(uint32_t column)                                                     \
    {                                                                                              \
        (void)column;                                                                              \
        return run_churn(&S##_ops, MIXES, true);                                                   \
    }                                                                                              \
    static double S##_failed(uint32_t column)                                                      \
    {                                                                                              \
        run_churn(&S##_ops, MIXES, true);                                                          \
        return column == FRAMES_FAILED_90_LARGE || column == FRAMES_FAILED_97_LARGE                \
                   ? failed_percent(ORDER_LARGE, ORDER_LARGEST - 1u)                               \
                   : failed_percent(ORDER_LARGEST, ORDER_LARGEST);                                 \
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
    return column <= FRAMES_FAILED_90_LARGEST ? 90 : 97;
}

FRAMES_WORKS(array)
FRAMES_WORKS(bitmap)
FRAMES_WORKS(stack)
FRAMES_WORKS(sorted)
FRAMES_WORKS(buddy)
FRAMES_WORKS(one_zone)
FRAMES_WORKS(linux)
FRAMES_MIXED_WORKS(bitmap)
FRAMES_MIXED_WORKS(sorted)
FRAMES_MIXED_WORKS(buddy)
FRAMES_MIXED_WORKS(one_zone)
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

static double one_zone_bytes(uint32_t column)
{
    return buddy_bytes(column);
}

static double linux_bytes(uint32_t column)
{
    (void)column;
    return FRAMES_LINUX_PAGE_BYTES;
}

/* clang-format off */
#define FRAMES_SINGLE(S)                                                                           \
    [FRAMES_BYTES] = {NULL, NULL, S##_bytes},                                                      \
    [FRAMES_START_COLD] = {NULL, NULL, S##_cold},                                                  \
    [FRAMES_START] = {S##_empty, S##_start, NULL},                                                 \
    [FRAMES_PAIR] = {S##_start_pairs, S##_pairs, NULL},                                            \
    [FRAMES_ALL] = {S##_empty, S##_all, NULL},                                                     \
    [FRAMES_FREE] = {S##_used, S##_free_all, NULL},                                                \
    [FRAMES_CHURN_50] = {S##_start_churn, S##_churn, NULL},                                        \
    [FRAMES_CHURN_90] = {S##_start_churn, S##_churn, NULL}
#define FRAMES_ORDERS(S)                                                                           \
    [FRAMES_MIXED_90] = {S##_mixed_start, S##_mixed, NULL},                                        \
    [FRAMES_FAILED_90_LARGE] = {S##_mixed_start, NULL, S##_failed},                                \
    [FRAMES_FAILED_90_LARGEST] = {S##_mixed_start, NULL, S##_failed},                              \
    [FRAMES_MIXED_97] = {S##_mixed_start, S##_mixed, NULL},                                        \
    [FRAMES_FAILED_97_LARGE] = {S##_mixed_start, NULL, S##_failed},                                \
    [FRAMES_FAILED_97_LARGEST] = {S##_mixed_start, NULL, S##_failed}
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
static const struct bench_work one_zone_works[BENCH_COLUMNS_MAX] = {FRAMES_SINGLE(one_zone),
                                                                    FRAMES_ORDERS(one_zone)};
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
            [FRAMES_START_COLD] = {"cold us", 1000, false},
            [FRAMES_START] = {"start us", 1000, false},
            [FRAMES_PAIR] = {"pair", 1, true},
            [FRAMES_ALL] = {"all", 1, true},
            [FRAMES_FREE] = {"free", 1, true},
            [FRAMES_CHURN_50] = {"churn 50%", 1, true},
            [FRAMES_CHURN_90] = {"churn 90%", 1, true},
            [FRAMES_MIXED_90] = {"mixed 90%", 1, true},
            [FRAMES_FAILED_90_LARGE] = {"7-9 failed%", 1, false},
            [FRAMES_FAILED_90_LARGEST] = {"10 failed%", 1, false},
            [FRAMES_MIXED_97] = {"mixed 97%", 1, true},
            [FRAMES_FAILED_97_LARGE] = {"7-9 failed%", 1, false},
            [FRAMES_FAILED_97_LARGEST] = {"10 failed%", 1, false},
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
            [FRAMES_BUDDY_ONE_ZONE] = {"buddy, 1 zone", simulated_open, simulated_close,
                                       one_zone_works},
            [FRAMES_LINUX] = {"as Linux's", host_open, host_close, linux_works},
        },
};
