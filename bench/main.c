/* The benchmark program: `bench [TRACE...]` measures times, `bench --only TABLE` measures the times
   of some tables with the spread of their rounds, `bench --instructions` counts instructions, and
   `bench --worst` those of the worst call. */
#include "aims.h"
#include "heap_subjects.h"
#include "instructions.h"
#include "print.h"
#include "tables.h"
#include "worst.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct bench_table *const tables[TABLE_COUNT] = {
    [TABLE_FRAMES] = &bench_frames,
    [TABLE_HEAP] = &bench_heap,
    [TABLE_REPLAY] = &bench_replay,
    [TABLE_START] = &bench_start,
    [TABLE_MMU] = &bench_mmu,
    [TABLE_PROCESS] = &bench_process,
    [TABLE_CHECK] = &bench_check,
    [TABLE_HARDENING] = &bench_hardening,
    [TABLE_KERNEL] = &bench_kernel,
    [TABLE_LATENCY_10K] = &bench_latency_10k,
    [TABLE_LATENCY_100K] = &bench_latency_100k,
    [TABLE_REP_USED] = &bench_rep_used,
    [TABLE_REP_SPEED] = &bench_rep_speed,
};

/* ---- which tables are measured ---- */

#define BIT(table) (1u << (table))
#define LATENCY    (BIT(TABLE_LATENCY_10K) | BIT(TABLE_LATENCY_100K))
#define REP        (BIT(TABLE_REP_USED) | BIT(TABLE_REP_SPEED))
#define ALL        ((BIT(TABLE_COUNT) - 1u) & ~REP)

/* What TABLE may be after --only, and which files may follow it. */
enum files { FILES_NONE, FILES_TRACES, FILES_REP, FILES_REP_OPTIONAL };

static const struct choice {
    const char *name;
    uint32_t tables; /* a bit for each */
    enum files files;
} choices[] = {
    {"frames", BIT(TABLE_FRAMES), FILES_NONE},
    {"heap", BIT(TABLE_HEAP), FILES_NONE},
    {"latency", LATENCY, FILES_NONE},
    {"rep", REP, FILES_REP},
    {"peers", BIT(TABLE_FRAMES) | BIT(TABLE_HEAP) | LATENCY | REP, FILES_REP_OPTIONAL},
    {"replay", BIT(TABLE_REPLAY), FILES_TRACES},
    {"start", BIT(TABLE_START), FILES_NONE},
    {"mmu", BIT(TABLE_MMU), FILES_NONE},
    {"process", BIT(TABLE_PROCESS), FILES_NONE},
    {"check", BIT(TABLE_CHECK), FILES_NONE},
    {"hardening", BIT(TABLE_HARDENING), FILES_NONE},
    {"kernel", BIT(TABLE_KERNEL), FILES_NONE},
};
static const struct choice everything = {"all", ALL, FILES_TRACES};

#define CHOICES (sizeof choices / sizeof choices[0])

static int usage(const char *problem, const char *word)
{
    fprintf(stderr,
            "bench: %s%s\n"
            "usage: bench [--heap NAME=LIB.so]... [TRACE...]\n"
            "       bench [--heap NAME=LIB.so]... --only TABLE [FILE...]\n"
            "       bench --instructions\n"
            "       bench --worst\n"
            "TABLE is one of:",
            problem, word);
    for (size_t i = 0; i < CHOICES; i++)
        fprintf(stderr, " %s", choices[i].name);
    fputs("\n", stderr);
    return 2;
}

static const struct choice *choice_named(const char *name)
{
    for (size_t i = 0; i < CHOICES; i++)
        if (strcmp(name, choices[i].name) == 0)
            return &choices[i];
    return NULL;
}

/* Load what the tables of a choice need. Returns the tables that can be measured. */
static uint32_t load(const struct choice *choice, char *const *files, int count)
{
    uint32_t chosen = choice->tables;

    bench_heap_load();
    bench_latency_load();
    if (chosen & BIT(TABLE_REPLAY))
        bench_replay_load(files, count);
    if (chosen & REP)
        bench_rep_load(files, count);
    return choice->files == FILES_REP_OPTIONAL && count == 0 ? chosen & ~REP : chosen;
}

/* ---- the command line ---- */

static int measure(const struct choice *choice, char *const *files, int count)
{
    static struct bench_figures figures[TABLE_COUNT];

    if (count != 0 && choice->files == FILES_NONE)
        return usage("this table takes no files: ", choice->name);
    if (count == 0 && choice->files == FILES_REP)
        return usage("expected files of the malloc lab after --only ", choice->name);
    uint32_t chosen = load(choice, files, count);
    bench_pin();
    bench_print_machine();
    printf("Medians of %u interleaved rounds, CPU time, one core.\n\n", BENCH_ROUNDS);
    for (uint32_t i = 0; i < TABLE_COUNT; i++) {
        if ((chosen & BIT(i)) == 0)
            continue;
        bench_measure(tables[i], &figures[i]);
        bench_print(tables[i], &figures[i]);
        if (choice != &everything)
            bench_print_spread(tables[i], &figures[i]);
    }
    puts("Aims");
    for (uint32_t i = 0; i < TABLE_COUNT; i++)
        if (chosen & BIT(i))
            bench_print_aims((enum bench_table_index)i, &figures[i]);
    return 0;
}

/* Measure the words behind the options: TRACE..., or --only TABLE FILE... */
static int measure_words(char *const *words, int count)
{
    if (count == 0 || words[0][0] != '-')
        return measure(&everything, words, count);
    if (strcmp(words[0], "--only") != 0)
        return usage("unknown option ", words[0]);
    if (count == 1)
        return usage("expected TABLE after ", words[0]);
    const struct choice *choice = choice_named(words[1]);

    if (choice == NULL)
        return usage("there is no table ", words[1]);
    return measure(choice, words + 2, count - 2);
}

static int count_all(const char *program)
{
    static struct bench_figures figures;

    load(&everything, NULL, 0);
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
    const struct choice *choice = choice_named(arguments[0]);
    uint32_t row = (uint32_t)strtoul(arguments[1], NULL, 10);
    uint32_t column = (uint32_t)strtoul(arguments[2], NULL, 10);

    bench_require(choice != NULL, "--count: no such table");
    load(choice, NULL, 0);
    const struct bench_table *table = tables[__builtin_ctz(choice->tables)];
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
    int at = 1;

    if (argc == 2 && strcmp(option, "--worst") == 0)
        return count_worst(argv[0]);
    if (argc == 4 && strcmp(option, "--worst") == 0)
        return count_worst_here(argv + 2);
    make_room_for_libraries(argv);
    if (argc == 2 && strcmp(option, "--instructions") == 0)
        return count_all(argv[0]);
    if (argc == 5 && strcmp(option, "--count") == 0)
        return count_here(argv + 2);
    for (; at < argc && strcmp(argv[at], "--heap") == 0; at += 2) {
        if (at + 1 == argc)
            return usage("expected NAME=LIB.so after ", argv[at]);
        heap_rows_load(argv[at + 1]);
    }
    return measure_words(argv + at, argc - at);
}
