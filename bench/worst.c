#include "worst.h"

#include "instructions.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_include) && __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define VALGRIND_MONITOR_COMMAND(command) ((void)(command))
#endif

#define COMMAND_BYTES 4096u
#define NAME_BYTES    32u

/* callgrind prints its sum on a line that begins with this, when it is asked for its status. */
#define SUM_PREFIX "events-1: "

/* The call that took the most instructions of its kind. */
struct worst_call {
    double instructions; /* NAN: there was none */
    char sequence[NAME_BYTES];
    unsigned long long detail;
};

static struct worst_call calls[BENCH_SUBJECTS_MAX][BENCH_COLUMNS_MAX];

/* ---- in the process under callgrind ---- */

static const char *sequence_name;

void worst_sequence(const char *name)
{
    sequence_name = name;
}

uint64_t worst_memory_bytes(enum worst_size size)
{
    static const uint64_t mib[WORST_SIZES] = {16, 256, 3072};

    return mib[size] << 20;
}

uint64_t worst_timed(worst_operation *operation, uint64_t a, uint64_t b);

/* callgrind collects only while this function runs. */
__attribute__((noinline)) uint64_t worst_timed(worst_operation *operation, uint64_t a, uint64_t b)
{
    uint64_t result = operation(a, b);

    __asm__ volatile("" : "+r"(result)); /* no tail call: the frame stays on the stack */
    return result;
}

uint64_t worst_count(enum worst_kind kind, uint64_t detail, worst_operation *operation, uint64_t a,
                     uint64_t b)
{
    uint64_t result = worst_timed(operation, a, b);

    printf("call %u %s %llu\n", (unsigned)kind, sequence_name, (unsigned long long)detail);
    fflush(stdout);
    VALGRIND_MONITOR_COMMAND("status internal");
    return result;
}

/* The subjects, in the order of the table. */
enum worst_subject { WORST_HEAP, WORST_SORTED, WORST_BUDDY, WORST_KMALLOC };

void worst_run(uint32_t subject, enum worst_size size)
{
    switch (subject) {
    case WORST_HEAP:
        worst_run_heap(size);
        break;
    case WORST_SORTED:
        worst_run_sorted(size);
        break;
    case WORST_BUDDY:
        worst_run_buddy(size);
        break;
    default:
        worst_run_kmalloc(bench_worst.subject[subject].name, size);
    }
}

/* ---- in the process that starts it ---- */

static void keep_worst(struct worst_call *kinds, unsigned kind, const struct worst_call *call)
{
    if (kind < WORST_KINDS && !(kinds[kind].instructions >= call->instructions))
        kinds[kind] = *call;
}

/* The program prints a line for each call that counts, and callgrind then prints its sum of all
   calls so far. Returns the number of calls. */
static uint32_t read_counts(FILE *counts, struct worst_call *kinds)
{
    char line[512];
    double before = 0;
    unsigned kind = WORST_KINDS;
    struct worst_call call = {.instructions = NAN};
    uint32_t count = 0;

    while (fgets(line, sizeof line, counts) != NULL) {
        const char *sum = strstr(line, SUM_PREFIX);
        if (sscanf(line, "call %u %31s %llu", &kind, call.sequence, &call.detail) == 3) {
            count++;
        } else if (sum != NULL) {
            double after = strtod(sum + strlen(SUM_PREFIX), NULL);
            call.instructions = after - before;
            before = after;
            keep_worst(kinds, kind, &call);
        }
    }
    return count;
}

static bool count_subject(const char *program, uint32_t subject, uint32_t size)
{
    struct worst_call *kinds = &calls[subject][size * WORST_KINDS];
    char command[COMMAND_BYTES];
    int length =
        snprintf(command, sizeof command, "%s '%s' --worst %u %u 2>&1",
                 BENCH_CALLGRIND("worst_timed"), program, (unsigned)subject, (unsigned)size);

    bench_require(length < (int)sizeof command, "the program's path is too long");
    for (uint32_t kind = 0; kind < WORST_KINDS; kind++)
        kinds[kind].instructions = NAN;
    FILE *counts = popen(command, "r");
    bench_require(counts != NULL, "no child process");
    bool counted = read_counts(counts, kinds) != 0;
    if (pclose(counts) == 0 && counted)
        return true;
    fprintf(stderr, "bench: no count; see what this says: %s\n", command);
    return false;
}

bool worst_measure(const char *program, struct bench_figures *figures)
{
    if (!bench_has_valgrind())
        return false;
    for (uint32_t subject = 0; subject < bench_worst.subjects; subject++)
        for (uint32_t size = 0; size < WORST_SIZES; size++) {
            bool counted = count_subject(program, subject, size);
            for (uint32_t kind = 0; kind < WORST_KINDS; kind++) {
                uint32_t column = size * WORST_KINDS + kind;
                figures->at[subject][column] =
                    counted ? calls[subject][column].instructions : (double)NAN;
            }
        }
    return true;
}

void worst_print_calls(const struct bench_figures *figures)
{
    for (uint32_t subject = 0; subject < bench_worst.subjects; subject++)
        for (uint32_t column = 0; column < bench_worst.columns; column++)
            if (!isnan(figures->at[subject][column]))
                printf("  %-10s %-16s %8.0f in %s, %llu\n", bench_worst.subject[subject].name,
                       bench_worst.column[column].name, figures->at[subject][column],
                       calls[subject][column].sequence, calls[subject][column].detail);
}

#define COLUMNS(size)                                                                              \
    {size " alloc", 1, true}, {size " free", 1, true},                                             \
    {                                                                                              \
        size " other", 1, true                                                                     \
    }

const struct bench_table bench_worst = {
    .name = "worst",
    .title = "The most instructions of one call, found in sequences that are bad for it",
    .columns = WORST_SIZES * WORST_KINDS,
    .subjects = WORST_KMALLOC + BENCH_STRATEGIES_COUNT,
    .reference = WORST_KMALLOC + BENCH_STRATEGIES_COUNT,
    .column = {COLUMNS("16M"), COLUMNS("256M"), COLUMNS("3G")},
    .subject = {[WORST_HEAP] = {"heap.h", NULL, NULL, NULL},
                [WORST_SORTED] = {"sorted", NULL, NULL, NULL},
                [WORST_BUDDY] = {"buddy", NULL, NULL, NULL},
                BENCH_STRATEGIES("", NULL, NULL, NULL)},
};
