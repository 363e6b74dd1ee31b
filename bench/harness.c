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

double bench_cpu_time_ns(void)
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

/* Measures a subject that is not open. figures are set to NAN before. */
typedef void measurement(const struct bench_table *table, uint32_t subject, uint32_t column,
                         double *figures);

/* The ns per operation of a fresh subject. */
static void time_once(const struct bench_table *table, uint32_t i, uint32_t column, double *ns)
{
    const struct bench_subject *subject = &table->subject[i];
    const struct bench_work *work = &subject->work[column];

    if (!subject->open(subject->name))
        return;
    if (work->prepare != NULL)
        work->prepare(column);
    double start_ns = bench_cpu_time_ns();
    uint32_t operations = bench_timed(work, column);
    double elapsed_ns = bench_cpu_time_ns() - start_ns;
    subject->close();
    *ns = elapsed_ns / operations;
}

static void find_fact(const struct bench_table *table, uint32_t i, uint32_t column, double *fact)
{
    const struct bench_subject *subject = &table->subject[i];
    const struct bench_work *work = &subject->work[column];

    if (!subject->open(subject->name))
        return;
    if (work->prepare != NULL)
        work->prepare(column);
    *fact = work->fact(column);
    subject->close();
}

static void find_row(const struct bench_table *table, uint32_t i, uint32_t column, double *figures)
{
    const struct bench_subject *subject = &table->subject[i];

    (void)column;
    if (!subject->open(subject->name))
        return;
    table->row(i, figures);
    subject->close();
}

/* Measures in a process of its own, in which no allocator was used before. */
static void measure_in_child(measurement *measure, const struct bench_table *table, uint32_t i,
                             uint32_t column, double figures[BENCH_COLUMNS_MAX])
{
    const size_t bytes = BENCH_COLUMNS_MAX * sizeof figures[0];
    int ends[2];

    bench_require(pipe(ends) == 0, "no pipe to a child process");
    fflush(NULL);
    pid_t child = fork();
    bench_require(child >= 0, "no child process");
    if (child == 0) {
        measure(table, i, column, figures);
        _exit(write(ends[1], figures, bytes) == (ssize_t)bytes ? 0 : 1);
    }
    close(ends[1]);
    if (read(ends[0], figures, bytes) != (ssize_t)bytes)
        fprintf(stderr, "bench: %s: %s was not measured\n", table->name, table->subject[i].name);
    close(ends[0]);
    waitpid(child, NULL, 0);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

static void clear(double figures[BENCH_COLUMNS_MAX])
{
    for (uint32_t column = 0; column < BENCH_COLUMNS_MAX; column++)
        figures[column] = NAN;
}

/* Facts come first, because no allocator may have been used before. */
static void measure_facts(const struct bench_table *table, const bool *usable,
                          struct bench_figures *figures)
{
    double fact[BENCH_COLUMNS_MAX];

    for (uint32_t column = 0; column < table->columns; column++) {
        progress(table, column);
        for (uint32_t i = 0; i < table->subjects; i++) {
            bool is_fact = usable[i] && table->subject[i].work[column].fact != NULL;
            clear(fact);
            if (is_fact)
                measure_in_child(find_fact, table, i, column, fact);
            figures->at[i][column] = fact[0];
        }
    }
}

/* Sets a figure from those of all rounds. A subject that could not be measured in one of them has
   none. */
static void set_figure(struct bench_figures *figures, uint32_t i, uint32_t column,
                       double rounds[BENCH_ROUNDS])
{
    for (uint32_t round = 0; round < BENCH_ROUNDS; round++)
        if (isnan(rounds[round]))
            return;
    qsort(rounds, BENCH_ROUNDS, sizeof(double), compare_doubles);
    figures->at[i][column] = rounds[BENCH_ROUNDS / 2];
    figures->least[i][column] = rounds[0];
    figures->most[i][column] = rounds[BENCH_ROUNDS - 1u];
}

static void measure_times(const struct bench_table *table, uint32_t column, const bool *usable,
                          struct bench_figures *figures)
{
    double times[BENCH_SUBJECTS_MAX][BENCH_ROUNDS];
    double time[BENCH_COLUMNS_MAX];

    for (uint32_t round = 0; round < BENCH_ROUNDS; round++)
        for (uint32_t i = 0; i < table->subjects; i++) {
            if (!usable[i] || table->subject[i].work[column].run == NULL)
                continue;
            clear(time);
            if (table->apart)
                measure_in_child(time_once, table, i, column, time);
            else
                time_once(table, i, column, time);
            times[i][round] = time[0];
        }
    for (uint32_t i = 0; i < table->subjects; i++)
        if (usable[i] && table->subject[i].work[column].run != NULL)
            set_figure(figures, i, column, times[i]);
}

/* Measures all columns of a row at once. */
static void measure_rows(const struct bench_table *table, const bool *usable,
                         struct bench_figures *figures)
{
    static double rounds[BENCH_SUBJECTS_MAX][BENCH_COLUMNS_MAX][BENCH_ROUNDS];
    double row[BENCH_COLUMNS_MAX];

    for (uint32_t round = 0; round < BENCH_ROUNDS; round++) {
        progress(table, round);
        for (uint32_t i = 0; i < table->subjects; i++) {
            clear(row);
            if (usable[i])
                measure_in_child(find_row, table, i, 0, row);
            for (uint32_t column = 0; column < table->columns; column++)
                rounds[i][column][round] = row[column];
        }
    }
    for (uint32_t i = 0; i < table->subjects; i++)
        for (uint32_t column = 0; column < table->columns; column++)
            set_figure(figures, i, column, rounds[i][column]);
}

static void clear_all(struct bench_figures *figures)
{
    for (uint32_t i = 0; i < BENCH_SUBJECTS_MAX; i++) {
        clear(figures->at[i]);
        clear(figures->least[i]);
        clear(figures->most[i]);
    }
}

static void measure_columns(const struct bench_table *table, const bool *usable,
                            struct bench_figures *figures)
{
    measure_facts(table, usable, figures);
    for (uint32_t column = 0; column < table->columns; column++) {
        progress(table, column);
        measure_times(table, column, usable, figures);
    }
}

void bench_measure(const struct bench_table *table, struct bench_figures *figures)
{
    bool usable[BENCH_SUBJECTS_MAX];

    if (table->begin != NULL)
        table->begin();
    clear_all(figures);
    for (uint32_t i = 0; i < table->subjects; i++) {
        usable[i] = table->subject[i].open(table->subject[i].name);
        if (usable[i])
            table->subject[i].close();
    }
    if (table->row != NULL)
        measure_rows(table, usable, figures);
    else
        measure_columns(table, usable, figures);
    if (table->finish != NULL)
        table->finish(figures);
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
