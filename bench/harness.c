#include "harness.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNTING_SHIFT 5u

static bool counting;

void bench_pin(void)
{
    cpu_set_t allowed;
    cpu_set_t last;

    if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
        return;
    for (size_t cpu = CPU_SETSIZE; cpu-- > 0;) {
        if (!CPU_ISSET(cpu, &allowed))
            continue;
        CPU_ZERO(&last);
        CPU_SET(cpu, &last);
        sched_setaffinity(0, sizeof(last), &last);
        return;
    }
}

uint32_t bench_repeats(uint32_t count)
{
    return counting ? count >> COUNTING_SHIFT : count;
}

void bench_require(bool holds, const char *fact)
{
    if (holds)
        return;
    fprintf(stderr, "bench: %s\n", fact);
    exit(1);
}

static double cpu_time_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

__attribute__((noinline)) uint32_t bench_timed(const struct bench_work *work, uint32_t column)
{
    uint32_t operations = work->run(column);

    __asm__ volatile("" : "+r"(operations)); /* no tail call: the frame stays on the stack */
    return operations;
}

static void progress(const struct bench_table *table, uint32_t column)
{
    if (!isatty(STDERR_FILENO))
        return;
    if (column == table->columns)
        fputs("\r\033[K", stderr);
    else
        fprintf(stderr, "\r\033[K%s: %s", table->name, table->column[column].name);
}

/* Returns the ns per operation of a fresh subject. */
static double time_once(const struct bench_subject *subject, uint32_t column)
{
    const struct bench_work *work = &subject->work[column];

    if (!subject->open(subject->name))
        return NAN;
    if (work->prepare != NULL)
        work->prepare(column);
    double start_ns = cpu_time_ns();
    uint32_t operations = bench_timed(work, column);
    double elapsed_ns = cpu_time_ns() - start_ns;
    subject->close();
    return elapsed_ns / operations;
}

static double fact_of(const struct bench_subject *subject, uint32_t column)
{
    const struct bench_work *work = &subject->work[column];
    double fact = NAN;

    if (!subject->open(subject->name))
        return NAN;
    if (work->prepare != NULL)
        work->prepare(column);
    fact = work->fact(column);
    subject->close();
    return fact;
}

/* Find a fact in a process of its own, in which no allocator was used before. */
static double fact_in_child(const struct bench_subject *subject, uint32_t column)
{
    int ends[2];
    double fact = NAN;

    bench_require(pipe(ends) == 0, "no pipe to a child process");
    fflush(NULL);
    pid_t child = fork();
    bench_require(child >= 0, "no child process");
    if (child == 0) {
        fact = fact_of(subject, column);
        _exit(write(ends[1], &fact, sizeof(fact)) == (ssize_t)sizeof(fact) ? 0 : 1);
    }
    close(ends[1]);
    if (read(ends[0], &fact, sizeof(fact)) != (ssize_t)sizeof(fact))
        fact = NAN;
    close(ends[0]);
    waitpid(child, NULL, 0);
    return fact;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Facts come first, because no allocator may have been used before. */
static void measure_facts(const struct bench_table *table, const bool *usable,
                          struct bench_figures *figures)
{
    for (uint32_t i = 0; i < table->subjects; i++)
        for (uint32_t column = 0; column < table->columns; column++) {
            bool is_fact = usable[i] && table->subject[i].work[column].fact != NULL;
            figures->at[i][column] = is_fact ? fact_in_child(&table->subject[i], column) : NAN;
        }
}

static void measure_times(const struct bench_table *table, uint32_t column, const bool *usable,
                          struct bench_figures *figures)
{
    double times[BENCH_SUBJECTS_MAX][BENCH_ROUNDS];

    for (uint32_t round = 0; round < BENCH_ROUNDS; round++)
        for (uint32_t i = 0; i < table->subjects; i++)
            if (usable[i] && table->subject[i].work[column].run != NULL)
                times[i][round] = time_once(&table->subject[i], column);
    for (uint32_t i = 0; i < table->subjects; i++) {
        if (!usable[i] || table->subject[i].work[column].run == NULL)
            continue;
        qsort(times[i], BENCH_ROUNDS, sizeof(double), compare_doubles);
        figures->at[i][column] = times[i][BENCH_ROUNDS / 2];
        figures->least[i][column] = times[i][0];
        figures->most[i][column] = times[i][BENCH_ROUNDS - 1u];
    }
}

void bench_measure(const struct bench_table *table, struct bench_figures *figures)
{
    bool usable[BENCH_SUBJECTS_MAX];

    for (uint32_t i = 0; i < table->subjects; i++) {
        usable[i] = table->subject[i].open(table->subject[i].name);
        if (usable[i])
            table->subject[i].close();
    }
    measure_facts(table, usable, figures);
    for (uint32_t column = 0; column < table->columns; column++) {
        progress(table, column);
        measure_times(table, column, usable, figures);
    }
    progress(table, table->columns);
}

uint32_t bench_count_once(const struct bench_table *table, uint32_t subject, uint32_t column)
{
    const struct bench_subject *counted = &table->subject[subject];
    const struct bench_work *work = &counted->work[column];

    counting = true;
    if (!counted->open(counted->name))
        return 0;
    if (work->prepare != NULL)
        work->prepare(column);
    uint32_t operations = bench_timed(work, column);
    counted->close();
    return operations;
}
