/* The benchmark program: `bench [TRACE...]` measures times, `bench --only TABLE` measures the times
   of one table with the spread of its rounds, `bench --instructions` counts instructions, and
   `bench --worst` those of the worst call. */
#include "instructions.h"
#include "print.h"
#include "tables.h"
#include "worst.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum table {
    TABLE_FRAMES,
    TABLE_HEAP,
    TABLE_REPLAY,
    TABLE_START,
    TABLE_MMU,
    TABLE_PROCESS,
    TABLE_CHECK,
    TABLE_HARDENING,
    TABLE_KERNEL,
    TABLE_COUNT
};

static const struct bench_table *const tables[TABLE_COUNT] = {
    &bench_frames,  &bench_heap,  &bench_replay,    &bench_start, &bench_mmu,
    &bench_process, &bench_check, &bench_hardening, &bench_kernel};

/* ---- aims ---- */

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

static void print_frames_aims(const struct bench_figures *frames)
{
    const double *array = frames->at[FRAMES_ARRAY];
    const double *buddy = frames->at[FRAMES_BUDDY];
    const double *as_linux = frames->at[FRAMES_LINUX];

    print_aim("sorted frame pair / bare array",
              ratio(frames, FRAMES_SORTED, FRAMES_ARRAY, FRAMES_PAIR), "x", 2, false);
    print_aim("buddy, pair / bare array", buddy[FRAMES_PAIR] / array[FRAMES_PAIR], "x", 3, false);
    print_aim("buddy, churn 90% / bare array", buddy[FRAMES_CHURN_90] / array[FRAMES_CHURN_90], "x",
              5, false);
    print_aim("buddy, mixed 90% / bare array's churn 90%",
              buddy[FRAMES_MIXED_90] / array[FRAMES_CHURN_90], "x", 8, false);
    print_aim("buddy, mixed 90% / as Linux's", buddy[FRAMES_MIXED_90] / as_linux[FRAMES_MIXED_90],
              "x", 1, false);
    print_aim("buddy, requests that fail at 90%", buddy[FRAMES_FAILED_90], "%", 0, false);
    print_aim("buddy, orders 7-10 that fail at 97%", buddy[FRAMES_FAILED_LARGE], "%",
              as_linux[FRAMES_FAILED_LARGE], false);
    print_aim("buddy, start, metadata cleared", buddy[FRAMES_START] / 1e6, "ms", 0.3, false);
}

/* Returns the aim of heap.h in a column, relative to glibc; NAN when there is none. */
static double heap_aim(uint32_t column)
{
    if (column <= HEAP_PAIR_64_USED || column >= HEAP_ARENA_10K)
        return 1.0;
    return column == HEAP_MIX_10K || column == HEAP_MIX_100K ? 0.6 : NAN;
}

static void print_heap_aims(const struct bench_figures *heap)
{
    char what[96];

    for (uint32_t row = HEAP_DIRECT; row < HEAP_GLIBC; row++)
        for (uint32_t column = 0; column < bench_heap.columns; column++) {
            double aim = row == HEAP_DIRECT                                      ? heap_aim(column)
                         : column == HEAP_PAIR_64 || column == HEAP_PAIR_64_USED ? 1.5
                                                                                 : NAN;
            if (isnan(aim))
                continue;
            snprintf(what, sizeof(what), "%s, %s / glibc", bench_heap.subject[row].name,
                     bench_heap.column[column].name);
            print_aim(what, ratio(heap, row, HEAP_GLIBC, column), "x", aim, false);
        }
    for (uint32_t column = HEAP_PAIR_16; column <= HEAP_MIX_100K; column++) {
        if (column == HEAP_PAIR_64_USED)
            continue;
        snprintf(what, sizeof(what), "zoned, %s / mimalloc", bench_heap.column[column].name);
        print_aim(what, ratio(heap, HEAP_ZONED, HEAP_MIMALLOC, column), "x", 1, false);
    }
}

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

static void (*const print_aims[TABLE_COUNT])(const struct bench_figures *figures) = {
    print_frames_aims, print_heap_aims,
    print_replay_aims, print_start_aims,
    print_mmu_aims,    NULL,
    print_check_aims,  NULL,
    print_kernel_aims};

/* ---- the command line ---- */

static int measure_all(void)
{
    static struct bench_figures figures[TABLE_COUNT];

    bench_pin();
    bench_print_machine();
    printf("Medians of %u interleaved rounds, CPU time, one core.\n\n", BENCH_ROUNDS);
    for (uint32_t i = 0; i < TABLE_COUNT; i++) {
        bench_measure(tables[i], &figures[i]);
        bench_print(tables[i], &figures[i]);
    }
    puts("Aims");
    for (uint32_t i = 0; i < TABLE_COUNT; i++)
        if (print_aims[i] != NULL)
            print_aims[i](&figures[i]);
    return 0;
}

static uint32_t table_named(const char *name)
{
    uint32_t i = 0;

    while (i < TABLE_COUNT && strcmp(name, tables[i]->name) != 0)
        i++;
    bench_require(i < TABLE_COUNT, "no such table");
    return i;
}

static int measure_one(const char *name)
{
    static struct bench_figures figures;
    uint32_t table = table_named(name);

    bench_pin();
    bench_print_machine();
    bench_measure(tables[table], &figures);
    bench_print(tables[table], &figures);
    bench_print_spread(tables[table], &figures);
    if (print_aims[table] != NULL)
        print_aims[table](&figures);
    return 0;
}

static int count_all(const char *program)
{
    static struct bench_figures figures;

    for (uint32_t i = 0; i < TABLE_START; i++) {
        if (!bench_count(tables[i], program, &figures))
            return 1;
        bench_print_counts(tables[i], &figures);
    }
    return 0;
}

/* Run TABLE ROW COLUMN once, for callgrind around this process. */
static int count_here(char *const *arguments)
{
    const struct bench_table *table = tables[table_named(arguments[0])];
    uint32_t row = (uint32_t)strtoul(arguments[1], NULL, 10);
    uint32_t column = (uint32_t)strtoul(arguments[2], NULL, 10);

    bench_require(row < table->subjects && column < table->columns,
                  "--count: no such row or column");
    printf("operations %u\n", (unsigned)bench_count_once(table, row, column));
    return 0;
}

static int count_worst(const char *program)
{
    static struct bench_figures figures;

    if (!worst_measure(program, &figures))
        return 1;
    bench_print(&bench_worst, &figures);
    worst_print_calls(&figures);
    return 0;
}

/* Run the sequences of SUBJECT at SIZE, for callgrind around this process. */
static int count_worst_here(char *const *arguments)
{
    uint32_t subject = (uint32_t)strtoul(arguments[0], NULL, 10);
    uint32_t size = (uint32_t)strtoul(arguments[1], NULL, 10);

    bench_require(subject < bench_worst.subjects && size < WORST_SIZES,
                  "--worst: no such subject or size");
    worst_run(subject, (enum worst_size)size);
    return 0;
}

/* jemalloc needs more room for thread-local data of libraries opened at run time than glibc keeps.
   The room can only be set at the start of a process, so the program starts itself again, once. */
static void make_room_for_libraries(char **arguments)
{
    if (getenv("GLIBC_TUNABLES") != NULL)
        return;
    setenv("GLIBC_TUNABLES", "glibc.rtld.optional_static_tls=16384", 1);
    execv("/proc/self/exe", arguments);
}

int main(int argc, char **argv)
{
    const char *option = argc > 1 && argv[1][0] == '-' ? argv[1] : "";
    bool instructions = argc == 2 && strcmp(option, "--instructions") == 0;
    bool here = argc == 5 && strcmp(option, "--count") == 0;
    bool only = argc >= 3 && strcmp(option, "--only") == 0;
    bool worst = (argc == 2 || argc == 4) && strcmp(option, "--worst") == 0;

    if (*option != 0 && !instructions && !here && !only && !worst) {
        fprintf(
            stderr,
            "usage: %s [TRACE...]\n       %s --only TABLE [TRACE...]\n       %s --instructions\n"
            "       %s --worst\n",
            argv[0], argv[0], argv[0], argv[0]);
        return 2;
    }
    if (worst)
        return argc == 2 ? count_worst(argv[0]) : count_worst_here(argv + 2);
    make_room_for_libraries(argv);
    if (!here || strcmp(argv[2], bench_replay.name) == 0)
        bench_replay_load(argv + (only ? 3 : 1), only ? argc - 3 : *option != 0 ? 0 : argc - 1);
    if (here)
        return count_here(argv + 2);
    if (only)
        return measure_one(argv[2]);
    return instructions ? count_all(argv[0]) : measure_all();
}
