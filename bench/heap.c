/*
 * Heaps: the block allocator alone, the strategies' kmalloc() around it, and malloc().
 *
 *     pair    allocate a block and free it, on an otherwise empty heap; "in use": among 1,000 live
 *             blocks, of whose neighbours every other one is free
 *     mix     replace a random live block by another, of the sizes that a kernel requests from
 *             kmalloc(), at a constant number of live blocks
 *     torture many small blocks, free every other, larger ones in between, free the small ones,
 * still larger ones, free all; ns per call used %  the largest sum of live bytes, divided by the
 * largest span, in mix and torture arena   KiB: for heap.h, the smallest span in which mix and
 * torture do not fail; for the others, the largest span that they took
 *
 * In mix and torture the owner of a block writes the block's size to its first word.
 */
#include "heap_subjects.h"
#include "replay/random.h"
#include "tables.h"

#include <math.h>
#include <setjmp.h>

#define PAIRS          2000000u
#define REPLACEMENTS   1000000u
#define LIVE_MAX       100000u
#define TORTURE_SMALL  20000u
#define TORTURE_LARGE  5000u
#define TORTURE_LARGER 1000u
#define TORTURE_CYCLES 4u
#define IN_USE_BLOCKS  2000u
#define MIX_SIZES      4096u
/* A span is read after this number of calls, or when the live bytes exceed their maximum by
   SPAN_RISE. */
#define SPAN_EVERY 256u
#define SPAN_RISE  4096u

static uintptr_t live[LIVE_MAX];
static uint32_t random_state;
static uint16_t mix_sizes[MIX_SIZES];

/* ---- sizes ---- */

/* The distribution of 4,096 requests, by upper bounds of size: like those to slabs and kmalloc() in
   a running kernel, with a tail above the largest cache of kmalloc(). */
static const struct {
    uint16_t last_bytes;
    uint16_t requests;
} mix_classes[] = {
    {8, 410},   {16, 330},  {32, 575},   {64, 900},  {96, 330},  {128, 330},  {192, 245},
    {256, 245}, {512, 410}, {1024, 165}, {2048, 60}, {4096, 80}, {16384, 12}, {65528, 4},
};

static void mix_sizes_draw(void)
{
    uint32_t at = 0;
    uint32_t below = 4;

    for (uint32_t i = 0; i < sizeof(mix_classes) / sizeof(mix_classes[0]); i++) {
        uint32_t last = mix_classes[i].last_bytes;
        for (uint32_t k = 0; k < mix_classes[i].requests; k++) {
            uint32_t words = random32_below(&random_state, (last - below) / 4);
            mix_sizes[at++] = (uint16_t)(last - 4 * words);
        }
        below = last;
    }
    bench_require(at == MIX_SIZES, "the classes of sizes do not add up");
}

/* ---- the workloads ---- */

BENCH_INLINE uintptr_t make(const struct heap_ops *ops, uint32_t bytes)
{
    uintptr_t block = ops->alloc(bytes);

    bench_require(block != 0, "a heap has run out of memory");
    *(uint32_t *)ops->pointer(block) = bytes;
    return block;
}

BENCH_INLINE uint32_t run_pairs(const struct heap_ops *ops, uint32_t bytes)
{
    uint32_t pairs = bench_repeats(PAIRS);

    for (uint32_t i = 0; i < pairs; i++) {
        uintptr_t block = ops->alloc(bytes);
        __asm__ volatile("" : "+r"(block)); /* keeps the call, which the compiler could remove */
        ops->free(block);
    }
    return pairs;
}

BENCH_INLINE uint32_t run_mix(const struct heap_ops *ops, uint32_t blocks)
{
    uint32_t replacements = bench_repeats(REPLACEMENTS);

    for (uint32_t i = 0; i < replacements; i++) {
        uint32_t draw = random32(&random_state);
        uint32_t at = random32_scale(draw, blocks);
        ops->free(live[at]);
        live[at] = make(ops, mix_sizes[draw % MIX_SIZES]);
    }
    return replacements;
}

BENCH_INLINE void fill(const struct heap_ops *ops, uint32_t blocks)
{
    random_state = RANDOM32_SEED;
    mix_sizes_draw();
    for (uint32_t i = 0; i < blocks; i++)
        live[i] = make(ops, mix_sizes[random32(&random_state) % MIX_SIZES]);
}

/* Make live blocks, and the same number of gaps between them. */
BENCH_INLINE void fill_half(const struct heap_ops *ops)
{
    fill(ops, IN_USE_BLOCKS);
    for (uint32_t i = 0; i < IN_USE_BLOCKS; i += 2)
        ops->free(live[i]);
}

BENCH_INLINE void start_mix(const struct heap_ops *ops, uint32_t blocks)
{
    fill(ops, blocks);
    run_mix(ops, blocks);
}

/* Fill live[first, end) with blocks of [least, 4 * least) bytes. */
BENCH_INLINE void make_range(const struct heap_ops *ops, uint32_t first, uint32_t end,
                             uint32_t least)
{
    for (uint32_t i = first; i < end; i++)
        live[i] = make(ops, least + random32_below(&random_state, 3 * least));
}

BENCH_INLINE void free_range(const struct heap_ops *ops, uint32_t first, uint32_t end,
                             uint32_t step)
{
    for (uint32_t i = first; i < end; i += step)
        ops->free(live[i]);
}

BENCH_INLINE uint32_t run_torture(const struct heap_ops *ops)
{
    const uint32_t larger = TORTURE_SMALL + TORTURE_LARGE;
    const uint32_t end = larger + TORTURE_LARGER;

    random_state = RANDOM32_SEED;
    for (uint32_t cycle = 0; cycle < TORTURE_CYCLES; cycle++) {
        make_range(ops, 0, TORTURE_SMALL, 16);
        free_range(ops, 0, TORTURE_SMALL, 2);
        make_range(ops, TORTURE_SMALL, larger, 256);
        free_range(ops, 1, TORTURE_SMALL, 2);
        make_range(ops, larger, end, 2048);
        free_range(ops, TORTURE_SMALL, end, 1);
    }
    return TORTURE_CYCLES * 2 * end;
}

/* ---- utilisation ---- */

static const struct heap_ops *accounted;
static struct {
    uint64_t payload_bytes;
    uint64_t payload_peak_bytes;
    uint64_t payload_seen_bytes; /* the largest live sum at a reading of the span */
    uint64_t span_peak_bytes;
    uint32_t calls;
} account;

static void raise_to(uint64_t *peak, uint64_t value)
{
    if (value > *peak)
        *peak = value;
}

static uintptr_t account_alloc(uint32_t bytes)
{
    uintptr_t block = accounted->alloc(bytes);

    account.payload_bytes += bytes;
    raise_to(&account.payload_peak_bytes, account.payload_bytes);
    if (account.calls++ % SPAN_EVERY == 0 ||
        account.payload_bytes >= account.payload_seen_bytes + SPAN_RISE) {
        raise_to(&account.payload_seen_bytes, account.payload_bytes);
        raise_to(&account.span_peak_bytes, accounted->span_bytes());
    }
    return block;
}

static void account_free(uintptr_t block)
{
    account.payload_bytes -= *(uint32_t *)accounted->pointer(block);
    accounted->free(block);
}

static void *account_pointer(uintptr_t block)
{
    return accounted->pointer(block);
}

static const struct heap_ops account_ops = {account_alloc, account_free, account_pointer, NULL};

/* Run the whole workload of a column. */
BENCH_INLINE void run_whole(const struct heap_ops *ops, uint32_t column)
{
    if (column == HEAP_USE_TORTURE || column == HEAP_ARENA_TORTURE)
        run_torture(ops);
    else
        start_mix(ops, column == HEAP_USE_10K || column == HEAP_ARENA_10K ? 10000 : LIVE_MAX);
}

static double utilisation(const struct heap_ops *ops, uint32_t column)
{
    if (ops->span_bytes == NULL)
        return NAN;
    accounted = ops;
    run_whole(&account_ops, column);
    return 100.0 * (double)account.payload_peak_bytes / (double)account.span_peak_bytes;
}

/* ---- the smallest arena ---- */

static jmp_buf exhausted;

static uintptr_t limited_alloc(uint32_t bytes)
{
    uintptr_t block = direct_alloc(bytes);

    if (block == 0)
        longjmp(exhausted, 1);
    return block;
}

static const struct heap_ops limited_ops = {limited_alloc, direct_free, simulated_pointer, NULL};

static bool arena_suffices(uint32_t pages, uint32_t column)
{
    heap_init(&direct_heap, vaddr(direct_heap.start));
    heap_extend(&direct_heap, pages << PAGE_SHIFT);
    if (setjmp(exhausted) != 0)
        return false;
    run_whole(&limited_ops, column);
    return true;
}

static double least_arena(uint32_t column)
{
    uint32_t fails = 0;
    uint32_t suffices = (direct_heap.end - direct_heap.start) >> PAGE_SHIFT;

    while (suffices - fails > 1) {
        uint32_t pages = fails + (suffices - fails) / 2;
        if (arena_suffices(pages, column))
            suffices = pages;
        else
            fails = pages;
    }
    return (double)suffices * PAGE_SIZE / 1024;
}

static double arena(const struct heap_ops *ops, uint32_t column)
{
    if (ops == &direct_ops)
        return least_arena(column);
    if (isnan(utilisation(ops, column)))
        return NAN;
    return (double)account.span_peak_bytes / 1024;
}

/* ---- the table ---- */

static uint32_t pair_bytes(uint32_t column)
{
    static const uint32_t bytes[] = {16, 64, 256, 4096, 64};

    return bytes[column - HEAP_PAIR_16];
}

static uint32_t mix_blocks(uint32_t column)
{
    return column == HEAP_MIX_10K ? 10000 : LIVE_MAX;
}

/* The works of a subject, made from its operations, which each work names as constants. */
#define HEAP_WORKS(S)                                                                              \
    static void S##_start_pairs(uint32_t column)                                                   \
    {                                                                                              \
        if (column == HEAP_PAIR_64_USED)                                                           \
            fill_half(&S##_ops);                                                                   \
        run_pairs(&S##_ops, pair_bytes(column));                                                   \
    }                                                                                              \
    static uint32_t S##_pairs(uint32_t column)                                                     \
    {                                                                                              \
        return run_pairs(&S##_ops, pair_bytes(column));                                            \
    }                                                                                              \
    static void S##_start_mix(uint32_t column)                                                     \
    {                                                                                              \
        start_mix(&S##_ops, mix_blocks(column));                                                   \
    }                                                                                              \
    static uint32_t S##_mix(uint32_t column)                                                       \
    {                                                                                              \
        return run_mix(&S##_ops, mix_blocks(column));                                              \
    }                                                                                              \
    static void S##_start_torture(uint32_t column)                                                 \
    {                                                                                              \
        (void)column;                                                                              \
        run_torture(&S##_ops);                                                                     \
    }                                                                                              \
    static uint32_t S##_torture(uint32_t column)                                                   \
    {                                                                                              \
        (void)column;                                                                              \
        return run_torture(&S##_ops);                                                              \
    }                                                                                              \
    static double S##_utilisation(uint32_t column)                                                 \
    {                                                                                              \
        return utilisation(&S##_ops, column);                                                      \
    }                                                                                              \
    static double S##_arena(uint32_t column)                                                       \
    {                                                                                              \
        return arena(&S##_ops, column);                                                            \
    }                                                                                              \
    static const struct bench_work S##_works[BENCH_COLUMNS_MAX] = {                                \
        [HEAP_PAIR_16] = {S##_start_pairs, S##_pairs, NULL},                                       \
        [HEAP_PAIR_64] = {S##_start_pairs, S##_pairs, NULL},                                       \
        [HEAP_PAIR_256] = {S##_start_pairs, S##_pairs, NULL},                                      \
        [HEAP_PAIR_4096] = {S##_start_pairs, S##_pairs, NULL},                                     \
        [HEAP_PAIR_64_USED] = {S##_start_pairs, S##_pairs, NULL},                                  \
        [HEAP_MIX_10K] = {S##_start_mix, S##_mix, NULL},                                           \
        [HEAP_MIX_100K] = {S##_start_mix, S##_mix, NULL},                                          \
        [HEAP_TORTURE] = {S##_start_torture, S##_torture, NULL},                                   \
        [HEAP_USE_10K] = {NULL, NULL, S##_utilisation},                                            \
        [HEAP_USE_100K] = {NULL, NULL, S##_utilisation},                                           \
        [HEAP_USE_TORTURE] = {NULL, NULL, S##_utilisation},                                        \
        [HEAP_ARENA_10K] = {NULL, NULL, S##_arena},                                                \
        [HEAP_ARENA_100K] = {NULL, NULL, S##_arena},                                               \
        [HEAP_ARENA_TORTURE] = {NULL, NULL, S##_arena},                                            \
    };

HEAP_WORKS(direct)
HEAP_WORKS(kernel)
HEAP_WORKS(glibc)
HEAP_WORKS(jemalloc)
HEAP_WORKS(mimalloc)
HEAP_WORKS(classes)

const struct bench_table bench_heap = {
    .name = "heap",
    .title = "Heap blocks, ns",
    .columns = HEAP_ARENA_TORTURE + 1,
    .subjects = HEAP_SUBJECTS,
    .reference = HEAP_GLIBC,
    .column =
        {
            [HEAP_PAIR_16] = {"pair 16", 1, false},
            [HEAP_PAIR_64] = {"pair 64", 1, true},
            [HEAP_PAIR_256] = {"pair 256", 1, false},
            [HEAP_PAIR_4096] = {"pair 4096", 1, true},
            [HEAP_PAIR_64_USED] = {"64, in use", 1, true},
            [HEAP_MIX_10K] = {"mix 10k", 1, true},
            [HEAP_MIX_100K] = {"mix 100k", 1, false},
            [HEAP_TORTURE] = {"torture", 1, true},
            [HEAP_USE_10K] = {"used % 10k", 1, false},
            [HEAP_USE_100K] = {"used % 100k", 1, false},
            [HEAP_USE_TORTURE] = {"used % tort.", 1, false},
            [HEAP_ARENA_10K] = {"arena 10k", 1, false},
            [HEAP_ARENA_100K] = {"arena 100k", 1, false},
            [HEAP_ARENA_TORTURE] = {"arena torture", 1, false},
        },
    .subject =
        {
            [HEAP_DIRECT] = {"heap.h", direct_open, direct_close, direct_works},
            [HEAP_WINDOW] = {"window", kernel_open, kernel_close, kernel_works},
            [HEAP_PRIMARY] = {"primary", kernel_open, kernel_close, kernel_works},
            [HEAP_BRK] = {"brk", kernel_open, kernel_close, kernel_works},
            [HEAP_ZONED] = {"zoned", kernel_open, kernel_close, kernel_works},
            [HEAP_KSEG0] = {"kseg0", kernel_open, kernel_close, kernel_works},
            [HEAP_JUMP] = {"jump", kernel_open, kernel_close, kernel_works},
            [HEAP_MIGRATE] = {"migrate", kernel_open, kernel_close, kernel_works},
            [HEAP_GLIBC] = {"glibc", glibc_open, libc_close, glibc_works},
            [HEAP_JEMALLOC] = {"jemalloc", jemalloc_open, libc_close, jemalloc_works},
            [HEAP_MIMALLOC] = {"mimalloc", mimalloc_open, libc_close, mimalloc_works},
            [HEAP_CLASS_LISTS] = {"class lists", heap_classes_open, heap_classes_close,
                                  classes_works},
        },
};
