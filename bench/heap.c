/*
 * Heaps: the block allocator alone, the strategies' kmalloc() around it, malloc(), and the heaps of
 * `--heap`.
 *
 *     pair N          allocate a block of N bytes and free it, on an otherwise empty heap
 *     64, in use      the same among 1,000 live blocks of many sizes, with gaps between them
 *     pair 1000 live  1,000 blocks of 64 bytes, every other one freed; then pairs of 64 bytes
 *     mix, torture    the sequences of requests.h; ns a request
 *     used %          the most live bytes over the largest span
 *     least %         the most live bytes over the smallest region in which no request fails
 *
 * Times of mix and torture are those of a second run, after a first one whose blocks were freed;
 * of a mix, without its first quarter.
 */
#include "heap_runs.h"
#include "heap_sequences.h"
#include "heap_span.h"
#include "replay/random.h"
#include "tables.h"

#define PAIRS         1000000u
#define IN_USE_BLOCKS 2000u
#define LIVE_BLOCKS   1000u
#define LIVE_BYTES    64u

/* ---- pairs ---- */

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

/* The same, and the owner writes the block's first word. */
BENCH_INLINE uint32_t run_written_pairs(const struct heap_ops *ops)
{
    uint32_t pairs = bench_repeats(PAIRS);

    for (uint32_t i = 0; i < pairs; i++) {
        uintptr_t block = ops->alloc(LIVE_BYTES);
        *(volatile uint64_t *)ops->pointer(block) = i;
        ops->free(block);
    }
    return pairs;
}

/* Allocates blocks of the sizes of mix, or of one size, and frees every other one. */
BENCH_INLINE void fill_half(const struct heap_ops *ops, uint32_t blocks, uint32_t bytes)
{
    const struct request *mix = heap_sequence(SEQUENCE_MIX_10K)->list;
    static uintptr_t live[IN_USE_BLOCKS];

    for (uint32_t i = 0; i < blocks; i++) {
        live[i] = ops->alloc(bytes != 0 ? bytes : mix[i].bytes);
        bench_require(live[i] != 0, "a heap has run out of memory");
    }
    for (uint32_t i = 0; i < blocks; i += 2)
        ops->free(live[i]);
}

static uint32_t pair_bytes(uint32_t column)
{
    static const uint32_t bytes[] = {16, 64, 256, 4096, 64};

    return bytes[column - HEAP_PAIR_16];
}

/* ---- the table ---- */

/* The sequence of a column, whose columns for the three sequences stand side by side. */
static const struct requests *sequence_of(uint32_t column)
{
    return heap_sequence((enum heap_sequence)((column - HEAP_MIX_10K) % SEQUENCES));
}

_Static_assert(HEAP_TORTURE == HEAP_MIX_10K + 2 && HEAP_USE_10K == HEAP_MIX_10K + 3 &&
                   HEAP_LEAST_10K == HEAP_MIX_10K + 6,
               "sequence_of() relies on the order of columns");

/* The works of a kind of heaps, made from its operations, which each work names as constants. */
#define HEAP_WORKS(S)                                                                              \
    static void S##_start_pairs(uint32_t column)                                                   \
    {                                                                                              \
        if (column == HEAP_PAIR_64_USED)                                                           \
            fill_half(&S##_ops, IN_USE_BLOCKS, 0);                                                 \
        run_pairs(&S##_ops, pair_bytes(column));                                                   \
    }                                                                                              \
    static uint32_t S##_pairs(uint32_t column)                                                     \
    {                                                                                              \
        return run_pairs(&S##_ops, pair_bytes(column));                                            \
    }                                                                                              \
    static void S##_start_live(uint32_t column)                                                    \
    {                                                                                              \
        (void)column;                                                                              \
        fill_half(&S##_ops, LIVE_BLOCKS, LIVE_BYTES);                                              \
        run_written_pairs(&S##_ops);                                                               \
    }                                                                                              \
    static uint32_t S##_live_pairs(uint32_t column)                                                \
    {                                                                                              \
        (void)column;                                                                              \
        return run_written_pairs(&S##_ops);                                                        \
    }                                                                                              \
    static void S##_start(uint32_t column)                                                         \
    {                                                                                              \
        start_timed(&S##_ops, sequence_of(column));                                                \
    }                                                                                              \
    static uint32_t S##_run(uint32_t column)                                                       \
    {                                                                                              \
        return run_timed(&S##_ops, sequence_of(column));                                           \
    }                                                                                              \
    static double S##_used(uint32_t column)                                                        \
    {                                                                                              \
        return heap_used_percent(&S##_ops, sequence_of(column));                                   \
    }                                                                                              \
    static double S##_least(uint32_t column)                                                       \
    {                                                                                              \
        return heap_least_percent(&S##_ops, sequence_of(column));                                  \
    }                                                                                              \
    static const struct bench_work S##_works[BENCH_COLUMNS_MAX] = {                                \
        [HEAP_PAIR_16] = {S##_start_pairs, S##_pairs, NULL},                                       \
        [HEAP_PAIR_64] = {S##_start_pairs, S##_pairs, NULL},                                       \
        [HEAP_PAIR_256] = {S##_start_pairs, S##_pairs, NULL},                                      \
        [HEAP_PAIR_4096] = {S##_start_pairs, S##_pairs, NULL},                                     \
        [HEAP_PAIR_64_USED] = {S##_start_pairs, S##_pairs, NULL},                                  \
        [HEAP_PAIR_LIVE] = {S##_start_live, S##_live_pairs, NULL},                                 \
        [HEAP_MIX_10K] = {S##_start, S##_run, NULL},                                               \
        [HEAP_MIX_100K] = {S##_start, S##_run, NULL},                                              \
        [HEAP_TORTURE] = {S##_start, S##_run, NULL},                                               \
        [HEAP_USE_10K] = {NULL, NULL, S##_used},                                                   \
        [HEAP_USE_100K] = {NULL, NULL, S##_used},                                                  \
        [HEAP_USE_TORTURE] = {NULL, NULL, S##_used},                                               \
        [HEAP_LEAST_10K] = {NULL, NULL, S##_least},                                                \
        [HEAP_LEAST_100K] = {NULL, NULL, S##_least},                                               \
        [HEAP_LEAST_TORTURE] = {NULL, NULL, S##_least},                                            \
    };

HEAP_WORKS(direct)
HEAP_WORKS(kernel)
HEAP_WORKS(glibc)
HEAP_WORKS(loaded)
HEAP_WORKS(classes)
HEAP_WORKS(region)

struct bench_table bench_heap = {
    .name = "heap",
    .title = "Heap blocks, ns",
    .columns = HEAP_LEAST_TORTURE + 1,
    .reference = HEAP_GLIBC,
    .apart = true,
    .begin = heap_sequences_draw,
    .column =
        {
            [HEAP_PAIR_16] = {"pair 16", 1, false},
            [HEAP_PAIR_64] = {"pair 64", 1, true},
            [HEAP_PAIR_256] = {"pair 256", 1, false},
            [HEAP_PAIR_4096] = {"pair 4096", 1, true},
            [HEAP_PAIR_64_USED] = {"64, in use", 1, true},
            [HEAP_PAIR_LIVE] = {"pair 1000 live", 1, true},
            [HEAP_MIX_10K] = {"mix 10k", 1, true},
            [HEAP_MIX_100K] = {"mix 100k", 1, false},
            [HEAP_TORTURE] = {"torture", 1, true},
            [HEAP_USE_10K] = {"used % 10k", 1, false},
            [HEAP_USE_100K] = {"used % 100k", 1, false},
            [HEAP_USE_TORTURE] = {"used % tort.", 1, false},
            [HEAP_LEAST_10K] = {"least % 10k", 1, false},
            [HEAP_LEAST_100K] = {"least % 100k", 1, false},
            [HEAP_LEAST_TORTURE] = {"least % tort.", 1, false},
        },
};

void bench_heap_load(void)
{
    static const struct bench_work *const works[HEAP_KINDS] = {
        [HEAP_KIND_DIRECT] = direct_works,   [HEAP_KIND_KERNEL] = kernel_works,
        [HEAP_KIND_GLIBC] = glibc_works,     [HEAP_KIND_LOADED] = loaded_works,
        [HEAP_KIND_CLASSES] = classes_works, [HEAP_KIND_REGION] = region_works,
    };

    heap_rows_fill(&bench_heap, works);
}
