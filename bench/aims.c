/* The aims of each table: figures relative to a reference of the same run, or absolute ones. */
#include "aims.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void print_aim(const char *what, double reached, const char *unit, double aim, bool at_least)
{
    if (isnan(reached))
        return;
    bool met = at_least ? reached >= aim : reached <= aim;
    printf("  %-52s %8.2f%-3s aim %s %g%-3s %s\n", what, reached, unit, at_least ? ">=" : "<=", aim,
           unit, met ? "reached" : "MISSED");
}

static double ratio(const struct bench_figures *figures, uint32_t row, uint32_t reference,
                    uint32_t column)
{
    return figures->at[row][column] / figures->at[reference][column];
}

/* ---- frames ---- */

static void print_frames_aims(const struct bench_figures *frames)
{
    static const struct {
        const char *what;
        enum frames_subject row;
        enum frames_column column;
        enum frames_subject reference;
        enum frames_column reference_column;
        double aim;
    } ratios[] = {
        {"sorted, pair / bare array", FRAMES_SORTED, FRAMES_PAIR, FRAMES_ARRAY, FRAMES_PAIR, 2},
        {"sorted, all / bare array", FRAMES_SORTED, FRAMES_ALL, FRAMES_ARRAY, FRAMES_ALL, 1.3},
        {"sorted, free / bare array", FRAMES_SORTED, FRAMES_FREE, FRAMES_ARRAY, FRAMES_FREE, 1.3},
        {"sorted, churn 50% / bare array", FRAMES_SORTED, FRAMES_CHURN_50, FRAMES_ARRAY,
         FRAMES_CHURN_50, 1.7},
        {"sorted, churn 90% / bare array", FRAMES_SORTED, FRAMES_CHURN_90, FRAMES_ARRAY,
         FRAMES_CHURN_90, 1.7},
        {"buddy, pair / bare array", FRAMES_BUDDY, FRAMES_PAIR, FRAMES_ARRAY, FRAMES_PAIR, 3},
        {"buddy, free / bare array", FRAMES_BUDDY, FRAMES_FREE, FRAMES_ARRAY, FRAMES_FREE, 4},
        {"buddy, churn 50% / bare array", FRAMES_BUDDY, FRAMES_CHURN_50, FRAMES_ARRAY,
         FRAMES_CHURN_50, 3},
        {"buddy, churn 90% / bare array", FRAMES_BUDDY, FRAMES_CHURN_90, FRAMES_ARRAY,
         FRAMES_CHURN_90, 3},
        {"buddy, mixed 90% / bare array's churn 90%", FRAMES_BUDDY, FRAMES_MIXED_90, FRAMES_ARRAY,
         FRAMES_CHURN_90, 3.5},
        {"buddy, mixed 90% / as Linux's", FRAMES_BUDDY, FRAMES_MIXED_90, FRAMES_LINUX,
         FRAMES_MIXED_90, 1},
    };
    const double *buddy = frames->at[FRAMES_BUDDY];
    const double *as_linux = frames->at[FRAMES_LINUX];

    for (size_t i = 0; i < sizeof ratios / sizeof ratios[0]; i++)
        print_aim(ratios[i].what,
                  frames->at[ratios[i].row][ratios[i].column] /
                      frames->at[ratios[i].reference][ratios[i].reference_column],
                  "x", ratios[i].aim, false);
    print_aim("sorted, take", frames->at[FRAMES_SORTED][FRAMES_TAKE], "ns", 3, false);
    print_aim("buddy, orders 7-9 that fail at 90%", buddy[FRAMES_FAILED_90_LARGE], "%", 0, false);
    print_aim("buddy, order 10 that fails at 90%", buddy[FRAMES_FAILED_90_LARGEST], "%", 0, false);
    print_aim("buddy, orders 7-9 that fail at 97%", buddy[FRAMES_FAILED_97_LARGE], "%",
              as_linux[FRAMES_FAILED_97_LARGE], false);
    print_aim("buddy, order 10 that fails at 97%", buddy[FRAMES_FAILED_97_LARGEST], "%",
              as_linux[FRAMES_FAILED_97_LARGEST], false);
    print_aim("buddy, start, metadata cleared", buddy[FRAMES_START] / 1e6, "ms", 0.3, false);
}

/* ---- heaps ---- */

/* Print the ratio of two rows in a column. */
static void print_heap_aim(const struct bench_figures *heap, enum heap_subject row,
                           enum heap_subject reference, enum heap_column column, double aim)
{
    char what[96];

    snprintf(what, sizeof(what), "%s, %s / %s", bench_heap.subject[row].name,
             bench_heap.column[column].name, bench_heap.subject[reference].name);
    print_aim(what, ratio(heap, row, reference, column), "x", aim, false);
}

static void print_direct_aims(const struct bench_figures *heap)
{
    char what[96];

    for (uint32_t column = HEAP_PAIR_16; column <= HEAP_PAIR_LIVE; column++)
        print_heap_aim(heap, HEAP_DIRECT, HEAP_GLIBC, column, 1);
    print_heap_aim(heap, HEAP_DIRECT, HEAP_GLIBC, HEAP_MIX_10K, 0.6);
    print_heap_aim(heap, HEAP_DIRECT, HEAP_GLIBC, HEAP_MIX_100K, 0.6);
    for (uint32_t column = HEAP_LEAST_10K; column <= HEAP_LEAST_TORTURE; column++) {
        uint32_t used = column - HEAP_LEAST_10K + HEAP_USE_10K;
        snprintf(what, sizeof(what), "heap.h, smallest region, %s / glibc's span",
                 bench_heap.column[used - HEAP_USE_10K + HEAP_MIX_10K].name);
        print_aim(what, heap->at[HEAP_GLIBC][used] / heap->at[HEAP_DIRECT][column], "x", 1, false);
    }
}

static void print_kmalloc_aims(const struct bench_figures *heap)
{
    static const enum heap_subject rows[] = {HEAP_BRK, HEAP_JUMP, HEAP_MIGRATE, HEAP_PRIMARY};

    for (uint32_t row = HEAP_WINDOW; row < HEAP_GLIBC; row++) {
        print_heap_aim(heap, row, HEAP_GLIBC, HEAP_PAIR_64, 1.5);
        print_heap_aim(heap, row, HEAP_GLIBC, HEAP_PAIR_64_USED, 1.5);
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (uint32_t column = HEAP_PAIR_LIVE; column <= HEAP_TORTURE; column++)
            print_heap_aim(heap, rows[i], HEAP_DIRECT, column, 1.25);
    for (uint32_t column = HEAP_PAIR_LIVE; column <= HEAP_MIX_100K; column++)
        print_heap_aim(heap, HEAP_WINDOW, HEAP_DIRECT, column, 2);
}

static void print_heap_aims(const struct bench_figures *heap)
{
    print_direct_aims(heap);
    print_kmalloc_aims(heap);
    for (uint32_t column = HEAP_PAIR_16; column <= HEAP_MIX_100K; column++)
        if (column < HEAP_PAIR_64_USED || column > HEAP_PAIR_LIVE)
            print_heap_aim(heap, HEAP_ZONED, HEAP_MIMALLOC, column, 1);
    print_heap_aim(heap, HEAP_ZONED, HEAP_MIMALLOC, HEAP_PAIR_LIVE, 1.5);
    print_heap_aim(heap, HEAP_ZONED, HEAP_MIMALLOC, HEAP_TORTURE, 1.2);
}

/* ---- the other tables ---- */

/* Print the slowest trace of each strategy. */
static void print_replay_aims(const struct bench_figures *replay)
{
    char what[96];

    for (uint32_t row = 0; row < bench_replay.subjects; row++) {
        bool is_fresh = strchr(bench_replay.subject[row].name, ' ') != NULL;
        uint32_t slowest = 0;
        for (uint32_t column = 1; column < bench_replay.columns; column++)
            if (replay->at[row][column] > replay->at[row][slowest])
                slowest = column;
        snprintf(what, sizeof(what), "replay, %s, %s, events a second",
                 bench_replay.subject[row].name, bench_replay.column[slowest].name);
        if (bench_replay.columns != 0)
            print_aim(what, 1e3 / replay->at[row][slowest], "M", is_fresh ? 10 : 20, true);
    }
}

/* Print the slower page size of each subject. */
static void print_mmu_aims(const struct bench_figures *mmu)
{
    static const struct {
        enum mmu_subject row;
        const char *what;
        double aim;
    } ratios[] = {
        {MMU_HIT, "a load that hits the TLB model / a plain load", 2},
        {MMU_LAST_WAY, "the same in the last way of a set / a plain load", 4},
        {MMU_WALK, "a walk, tables in cache / a plain load", 4},
    };
    const double *touch = mmu->at[MMU_TOUCH];

    for (size_t i = 0; i < sizeof(ratios) / sizeof(ratios[0]); i++)
        print_aim(ratios[i].what,
                  fmax(ratio(mmu, ratios[i].row, MMU_PLAIN, MMU_SMALL),
                       ratio(mmu, ratios[i].row, MMU_PLAIN, MMU_LARGE)),
                  "x", ratios[i].aim, false);
    print_aim("touches a second that hit the TLB model",
              1e3 / fmax(touch[MMU_SMALL], touch[MMU_LARGE]), "M", 20, true);
}

static void print_start_aims(const struct bench_figures *start)
{
    char what[96];

    for (uint32_t row = 0; row < bench_start.subjects; row++) {
        snprintf(what, sizeof(what), "a machine with 4 GiB ready, %s",
                 bench_start.subject[row].name);
        print_aim(what, start->at[row][0] / 1e6, "ms", 10, false);
    }
}

/* Print the slowest strategy. */
static void print_check_aims(const struct bench_figures *check)
{
    char what[96];

    for (uint32_t column = 0; column <= CHECK_KIND; column++) {
        double slowest = 0;
        for (uint32_t row = 0; row < bench_check.subjects; row++)
            slowest = fmax(slowest, check->at[row][column]);
        snprintf(what, sizeof what, "%s, %s, the slowest strategy",
                 column == CHECK_KIND ? "a frame's" : "a check, for each unit",
                 bench_check.column[column].name);
        print_aim(what, slowest, "ns", column == CHECK_KIND ? 100 : 50, false);
    }
}

static void print_kernel_aims(const struct bench_figures *kernel)
{
    const double *apart = kernel->at[KERNEL_TWO_CORES];
    const double *together = kernel->at[KERNEL_ONE_CORE];

    if (bench_kernel_is_interpreted) {
        puts("  a foreign kernel: no aims, because this host cannot execute 32-bit code, and each\n"
             "  instruction was emulated (sim/manual/kernel.md, \"Native or interpreted\")");
        return;
    }
    print_aim("a call of a foreign kernel, a core for each", apart[KERNEL_CALL] / 1e3, "us", 2.5,
              false);
    print_aim("a trap", apart[KERNEL_TRAP] / 1e3, "us", 2.5, false);
    print_aim("a call, one core for both", together[KERNEL_CALL] / 1e3, "us", 5, false);
    print_aim("an entry that comes into its TLB", apart[KERNEL_FILL] / 1e3, "us", 6, false);
}

void bench_print_aims(enum bench_table_index table, const struct bench_figures *figures)
{
    static void (*const print[TABLE_COUNT])(const struct bench_figures *figures) = {
        [TABLE_FRAMES] = print_frames_aims, [TABLE_HEAP] = print_heap_aims,
        [TABLE_REPLAY] = print_replay_aims, [TABLE_START] = print_start_aims,
        [TABLE_MMU] = print_mmu_aims,       [TABLE_CHECK] = print_check_aims,
        [TABLE_KERNEL] = print_kernel_aims,
    };

    if (print[table] != NULL)
        print[table](figures);
}
