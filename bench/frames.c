/*
 * Frame allocators over 4 GiB: the sorted allocator and the page stack, beside a bare array.
 *
 * pair    allocate a frame and free it
 * all     allocate every frame             free    free them all, in random order
 * churn   free a random frame and allocate one, while so many per cent are used
 * mixed   allocate a block (90% order 0, 5% order 1, 3% orders 2-3, 2% orders 4-10), and free
 *         random ones until 90% are used again; failed: per cent of these requests
 * brk     take [brk, brk + n), n 1 to 64, up through LOW; and give the same runs back, downwards
 */
#include "frames_array.h"
#include "random.h"
#include "tables.h"

#include "machine/machine.h"
#include <mm/frames_sorted.h>
#include <mm/frames_stack.h>

#include <math.h>
#include <stdio.h>

#define FIRST      RESERVED_END_PFN
#define FRAMES     (FRAMES_MAX - FIRST)
#define PAIRS      4000000u
#define CHURNS     1000000u
#define MIXES      1000000u
#define BRK_ROUNDS 20u
#define BRK_START  DMA_END_PFN
#define BRK_MOVE   64u
#define BRK_MOVES  (LOW_END_PFN - BRK_START)

struct frames_ops {
    void (*init)(void);
    pfn_t (*alloc)(uint32_t order);
    void (*free)(pfn_t frame, uint32_t order);
};

static uint32_t live[FRAMES_MAX]; /* frames in use; mixed: order in bits 20-23 */
static uint32_t live_count;
static uint32_t random_state;

/* ---- the subjects ---- */

/* Metadata of the simulated machine, where nothing else is. */
static const vaddr_t arrays = {DIRECT_MAP_BASE + (RESERVED_END_PFN << PAGE_SHIFT)};
static struct machine *machine;
static struct frames_sorted sorted;
static struct frames_stack stack;

static bool machine_open(const char *name)
{
    machine = machine_create(NULL);
    if (machine == NULL)
        fprintf(stderr, "bench: %s: %s\n", name, machine_error());
    return machine != NULL;
}

static void machine_close(void)
{
    machine_destroy(machine);
}

static bool array_open(const char *name)
{
    (void)name;
    return true;
}

static void array_close(void)
{
}

static void array_init(void)
{
    frames_array_init(pfn(FIRST), pfn(FRAMES_MAX));
}

static inline pfn_t array_alloc(uint32_t order)
{
    (void)order;
    return frames_array_alloc();
}

static inline void array_free(pfn_t frame, uint32_t order)
{
    (void)order;
    frames_array_free(frame);
}

static void stack_init(void)
{
    frames_stack_init(&stack, arrays, pfn(FIRST), pfn(FRAMES_MAX));
    frames_stack_add(&stack, pfn(LOW_END_PFN), pfn(FRAMES_MAX));
    frames_stack_add(&stack, pfn(DMA_END_PFN), pfn(LOW_END_PFN));
    frames_stack_add(&stack, pfn(FIRST), pfn(DMA_END_PFN));
}

static inline pfn_t stack_alloc(uint32_t order)
{
    (void)order;
    for (uint32_t zone = ZONE_COUNT; zone-- > 0;) {
        pfn_t frame = frames_stack_alloc(&stack, (enum zone)zone);
        if (!pfn_is_none(frame))
            return frame;
    }
    return PFN_NONE;
}

static inline void stack_free(pfn_t frame, uint32_t order)
{
    (void)order;
    frames_stack_free(&stack, frame);
}

static void sorted_init(void)
{
    frames_sorted_init(&sorted, arrays, pfn(FRAMES_MAX));
    frames_sorted_add(&sorted, pfn(FIRST), pfn(FRAMES_MAX));
}

static inline pfn_t sorted_alloc(uint32_t order)
{
    return order == 0 ? frames_sorted_alloc_highest(&sorted, ZONE_HIGH)
                      : frames_sorted_alloc_block(&sorted, order, ZONE_HIGH);
}

static inline void sorted_free(pfn_t frame, uint32_t order)
{
    if (order == 0)
        frames_sorted_free(&sorted, frame);
    else
        frames_sorted_free_block(&sorted, frame, order);
}

/* ---- states to start from ---- */

static void shuffle_live(void)
{
    for (uint32_t i = live_count; i > 1; i--) {
        uint32_t other = random_scale(random_next(&random_state), i);
        uint32_t frame = live[i - 1];
        live[i - 1] = live[other];
        live[other] = frame;
    }
}

BENCH_INLINE void start_empty(const struct frames_ops *ops)
{
    ops->init();
    live_count = 0;
    random_state = RANDOM_SEED;
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

/* Frees the last ones of live[] until so many are in use. */
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
        uint32_t at = random_scale(random_next(&random_state), live_count);
        ops->free(pfn(live[at]), 0);
        live[at] = ops->alloc(0).value;
    }
    return churns;
}

static uint32_t mixed_used; /* frames */
static uint32_t mixed_failed;

static uint32_t mixed_order(uint32_t draw)
{
    uint32_t percent = random_scale(draw, 100);

    if (percent < 90)
        return 0;
    if (percent < 95)
        return 1;
    return percent < 98 ? 2 + (draw & 1u) : 4 + (draw & 0xffffu) % 7u;
}

#define LIVE_ORDER_SHIFT 20u
_Static_assert(FRAMES_MAX == 1u << LIVE_ORDER_SHIFT, "a frame number lies below its order");

BENCH_INLINE uint32_t run_mixed(const struct frames_ops *ops, uint32_t requests)
{
    for (uint32_t i = 0; i < requests; i++) {
        uint32_t order = mixed_order(random_next(&random_state));
        pfn_t first = ops->alloc(order);
        if (pfn_is_none(first)) {
            mixed_failed++;
            continue;
        }
        live[live_count++] = first.value | order << LIVE_ORDER_SHIFT;
        mixed_used += 1u << order;
        while (mixed_used > FRAMES / 10 * 9) {
            uint32_t at = random_scale(random_next(&random_state), live_count);
            uint32_t block = live[at];
            live[at] = live[--live_count];
            mixed_used -= 1u << (block >> LIVE_ORDER_SHIFT);
            ops->free(pfn(block & (FRAMES_MAX - 1u)), block >> LIVE_ORDER_SHIFT);
        }
    }
    return requests;
}

BENCH_INLINE void start_mixed(const struct frames_ops *ops)
{
    start_empty(ops);
    mixed_used = 0;
    run_mixed(ops, bench_repeats(MIXES));
    mixed_failed = 0;
}

static uint32_t brk_run[BRK_MOVES];

static uint32_t brk_up(void)
{
    uint32_t moves = 0;

    for (uint32_t brk = BRK_START;; moves++) {
        uint32_t frames = 1u + random_scale(random_next(&random_state), BRK_MOVE);
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
        frames_sorted_free_run(&sorted, pfn(brk_run[moves - 1]), pfn(brk_run[moves]));
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

/* The works of a subject, from its operations: each names them as constants. */
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

FRAMES_WORKS(array)
FRAMES_WORKS(stack)
FRAMES_WORKS(sorted)

static void sorted_mixed_start(uint32_t column)
{
    (void)column;
    start_mixed(&sorted_ops);
}

static uint32_t sorted_mixed(uint32_t column)
{
    (void)column;
    return run_mixed(&sorted_ops, bench_repeats(MIXES));
}

static double sorted_failed(uint32_t column)
{
    (void)column;
    return 100.0 * mixed_failed / run_mixed(&sorted_ops, MIXES);
}

static double array_bytes(uint32_t column)
{
    (void)column;
    return sizeof(uint32_t);
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

/* clang-format off */
#define FRAMES_SINGLE(S)                                                                           \
    [FRAMES_BYTES] = {NULL, NULL, S##_bytes},       [FRAMES_START] = {S##_empty, S##_start, NULL}, \
    [FRAMES_PAIR] = {S##_empty, S##_pairs, NULL},   [FRAMES_ALL] = {S##_empty, S##_all, NULL},     \
    [FRAMES_FREE] = {S##_used, S##_free_all, NULL}, [FRAMES_CHURN_50] = {S##_half_used, S##_churn, NULL}, \
    [FRAMES_CHURN_90] = {S##_half_used, S##_churn, NULL}
/* clang-format on */

static const struct bench_work array_works[BENCH_COLUMNS_MAX] = {FRAMES_SINGLE(array)};
static const struct bench_work stack_works[BENCH_COLUMNS_MAX] = {FRAMES_SINGLE(stack)};
static const struct bench_work sorted_works[BENCH_COLUMNS_MAX] = {
    FRAMES_SINGLE(sorted),
    [FRAMES_MIXED] = {sorted_mixed_start, sorted_mixed, NULL},
    [FRAMES_FAILED] = {sorted_mixed_start, NULL, sorted_failed},
    [FRAMES_BRK] = {sorted_empty, sorted_brk, NULL},
};

const struct bench_table bench_frames = {
    .name = "frames",
    .title = "Frames of 4 GiB (1,047,552 free), ns; brk: ns a move of 1 to 64 frames",
    .columns = FRAMES_BRK + 1,
    .subjects = FRAMES_SORTED + 1,
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
            [FRAMES_MIXED] = {"mixed 90%", 1, true},
            [FRAMES_FAILED] = {"failed %", 1, false},
            [FRAMES_BRK] = {"brk move", 1, true},
        },
    .subject =
        {
            [FRAMES_ARRAY] = {"bare array", array_open, array_close, array_works},
            [FRAMES_STACK] = {"page stack", machine_open, machine_close, stack_works},
            [FRAMES_SORTED] = {"sorted", machine_open, machine_close, sorted_works},
        },
};
