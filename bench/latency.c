/*
 * The time of a single call of a heap, in the mixes of 10,000 and 100,000 blocks: percentiles and
 * the maximum, for allocations and for frees.
 *
 * The processor's time-stamp counter is read before and after each call. What the two readings
 * themselves take is subtracted: the least difference of many readings without a call. An interrupt
 * during a call counts as time of the call. It disturbs few calls, so the least of several rounds
 * shows the heap, and the greatest the machine.
 */
#include "heap_runs.h"
#include "heap_sequences.h"
#include "tables.h"

#include <time.h>
#include <x86intrin.h>

/* Calls by their time in ticks of the counter; the last one counts all longer calls. */
#define TICKS_MAX 200000u

struct calls {
    uint32_t with_ticks[TICKS_MAX + 1u];
    uint32_t count;
    uint64_t most_ticks;
};
static struct calls allocs;
static struct calls frees;
static uint64_t own_ticks;

/* ---- the counter ---- */

/* Reads the counter before a call. */
static inline uint64_t ticks_before(void)
{
    return __rdtsc();
}

/* Reads the counter when all instructions before it are done. */
static inline uint64_t ticks_after(void)
{
    unsigned processor;

    return __rdtscp(&processor);
}

#define OWN_READINGS 10000u

static uint64_t least_own_ticks(void)
{
    uint64_t least = UINT64_MAX;

    for (uint32_t i = 0; i < OWN_READINGS; i++) {
        uint64_t before = ticks_before();
        uint64_t ticks = ticks_after() - before;
        least = ticks < least ? ticks : least;
    }
    return least;
}

static double clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

#define CALIBRATION_NS 2e7

static double ns_of_tick(void)
{
    double start_ns = clock_ns();
    uint64_t start = ticks_before();

    while (clock_ns() - start_ns < CALIBRATION_NS)
        ;
    uint64_t ticks = ticks_after() - start;

    return (clock_ns() - start_ns) / (double)ticks;
}

/* ---- the calls ---- */

BENCH_INLINE void count_call(struct calls *calls, uint64_t ticks)
{
    uint64_t net = ticks > own_ticks ? ticks - own_ticks : 0;

    calls->with_ticks[net < TICKS_MAX ? net : TICKS_MAX]++;
    if (net > calls->most_ticks)
        calls->most_ticks = net;
}

BENCH_INLINE void time_alloc(const struct heap_ops *ops, const struct request *request)
{
    uint64_t before = ticks_before();
    uintptr_t block = ops->alloc(request->bytes);
    uint64_t ticks = ticks_after() - before;

    count_call(&allocs, ticks);
    bench_require(block != 0, "a heap has run out of memory");
    block_write(ops->pointer(block), request->bytes, request->slot);
    heap_blocks[request->slot] = (struct heap_block){block, request->bytes};
}

BENCH_INLINE void time_free(const struct heap_ops *ops, uint32_t slot)
{
    struct heap_block *held = &heap_blocks[slot];

    block_verify(ops->pointer(held->block), held->bytes, slot);
    uint64_t before = ticks_before();
    ops->free(held->block);
    count_call(&frees, ticks_after() - before);
    held->block = 0;
}

BENCH_INLINE void time_requests(const struct heap_ops *ops, const struct requests *requests)
{
    start_timed(ops, requests);
    own_ticks = least_own_ticks();
    for (uint32_t i = requests->untimed; i < requests->count; i++) {
        const struct request *request = &requests->list[i];
        if (request->kind == REQUEST_ALLOC)
            time_alloc(ops, request);
        else
            time_free(ops, request->slot);
    }
}

/* ---- the figures ---- */

static const double shares[] = {0.5, 0.99, 0.999, 0.9999};
#define SHARES (sizeof shares / sizeof shares[0])

/* Sets the percentiles and the maximum, in ns. */
static void summarise(const struct calls *calls, double ns, double figures[SHARES + 1u])
{
    uint64_t count = 0;
    uint64_t met = 0;
    uint32_t ticks = 0;

    for (uint32_t i = 0; i <= TICKS_MAX; i++)
        count += calls->with_ticks[i];
    for (size_t i = 0; i < SHARES; i++) {
        while ((double)(met + calls->with_ticks[ticks]) < shares[i] * (double)count)
            met += calls->with_ticks[ticks++];
        figures[i] = ticks * ns;
    }
    figures[SHARES] = (double)calls->most_ticks * ns;
}

/* ---- the tables ---- */

static void (*const time_kind[HEAP_KINDS])(const struct requests *requests);

static void time_row(uint32_t subject, enum heap_sequence sequence,
                     double figures[BENCH_COLUMNS_MAX])
{
    double ns = ns_of_tick();

    memset(&allocs, 0, sizeof allocs); /* so that no call pays for a page of them */
    memset(&frees, 0, sizeof frees);
    time_kind[heap_rows[subject].kind](heap_sequence(sequence));
    summarise(&allocs, ns, figures);
    summarise(&frees, ns, figures + LATENCY_FREE_MEDIAN);
}

_Static_assert(LATENCY_FREE_MEDIAN == SHARES + 1u, "the figures of allocations come first");

#define LATENCY_WORK(S)                                                                            \
    static void S##_time(const struct requests *requests)                                          \
    {                                                                                              \
        time_requests(&S##_ops, requests);                                                         \
    }

LATENCY_WORK(direct)
LATENCY_WORK(kernel)
LATENCY_WORK(glibc)
LATENCY_WORK(loaded)
LATENCY_WORK(classes)
LATENCY_WORK(region)

static void (*const time_kind[HEAP_KINDS])(const struct requests *requests) = {
    [HEAP_KIND_DIRECT] = direct_time,   [HEAP_KIND_KERNEL] = kernel_time,
    [HEAP_KIND_GLIBC] = glibc_time,     [HEAP_KIND_LOADED] = loaded_time,
    [HEAP_KIND_CLASSES] = classes_time, [HEAP_KIND_REGION] = region_time,
};

static void time_row_10k(uint32_t subject, double figures[BENCH_COLUMNS_MAX])
{
    time_row(subject, SEQUENCE_MIX_10K, figures);
}

static void time_row_100k(uint32_t subject, double figures[BENCH_COLUMNS_MAX])
{
    time_row(subject, SEQUENCE_MIX_100K, figures);
}

#define LATENCY_COLUMNS                                                                            \
    {                                                                                              \
        [LATENCY_ALLOC_MEDIAN] = {"alloc 50%", 1, false},                                          \
        [LATENCY_ALLOC_99] = {"alloc 99%", 1, false},                                              \
        [LATENCY_ALLOC_999] = {"alloc 99.9%", 1, false},                                           \
        [LATENCY_ALLOC_9999] = {"alloc 99.99%", 1, false},                                         \
        [LATENCY_ALLOC_MOST] = {"alloc most", 1, false},                                           \
        [LATENCY_FREE_MEDIAN] = {"free 50%", 1, false},                                            \
        [LATENCY_FREE_99] = {"free 99%", 1, false}, [LATENCY_FREE_999] = {"free 99.9%", 1, false}, \
        [LATENCY_FREE_9999] = {"free 99.99%", 1, false},                                           \
        [LATENCY_FREE_MOST] = {"free most", 1, false},                                             \
    }

struct bench_table bench_latency_10k = {
    .name = "latency-10k",
    .title = "A single call in the mix of 10,000 blocks, percentiles, ns",
    .columns = LATENCY_COLUMN_COUNT,
    .reference = BENCH_SUBJECTS_MAX,
    .begin = heap_sequences_draw,
    .row = time_row_10k,
    .column = LATENCY_COLUMNS,
};

struct bench_table bench_latency_100k = {
    .name = "latency-100k",
    .title = "A single call in the mix of 100,000 blocks, percentiles, ns",
    .columns = LATENCY_COLUMN_COUNT,
    .reference = BENCH_SUBJECTS_MAX,
    .begin = heap_sequences_draw,
    .row = time_row_100k,
    .column = LATENCY_COLUMNS,
};

void bench_latency_load(void)
{
    heap_rows_fill(&bench_latency_10k, NULL);
    heap_rows_fill(&bench_latency_100k, NULL);
}
