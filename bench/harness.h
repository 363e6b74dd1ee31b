/*
 * Measures tables of subjects (rows) under workloads (columns), so that every figure of a table
 * comes from one run: a round measures each subject once, in turn, and a figure is the median of
 * its rounds.
 *
 * Time is the CPU time of the process, system calls included: what else runs on the machine does
 * not count, but for the caches that it takes away.
 */
#ifndef BENCH_HARNESS_H
#define BENCH_HARNESS_H

#include <stdbool.h>
#include <stdint.h>

#define BENCH_ROUNDS       5u
#define BENCH_COLUMNS_MAX  14u
#define BENCH_SUBJECTS_MAX 14u

/* For workloads: inlined into each caller together with the calls of the subject that it names, so
   that an operation is one direct call and nothing else. */
#define BENCH_INLINE static inline __attribute__((always_inline))

/* What a subject does in a column. Given is the column's number, from 0. */
struct bench_work {
    void (*prepare)(uint32_t column); /* not timed; may be NULL */
    uint32_t (*run)(uint32_t column); /* timed; how many operations it did */
    double (*fact)(uint32_t column); /* instead of run: a figure that is not a time; NAN: unknown */
};

struct bench_subject {
    const char *name;
    bool (*open)(const char *name); /* a fresh state; false: can't, and said why the first time */
    void (*close)(void);
    const struct bench_work *work; /* one for each column; neither run nor fact: not measured */
};

/* The strategies as subjects, in the order of all tables; `suffix` is added to their names. */
#define BENCH_STRATEGIES_COUNT 7u
#define BENCH_STRATEGIES(suffix, open, close, work)                                                \
    {"window" suffix, open, close, work}, {"primary" suffix, open, close, work},                   \
        {"brk" suffix, open, close, work}, {"zoned" suffix, open, close, work},                    \
        {"kseg0" suffix, open, close, work}, {"jump" suffix, open, close, work},                   \
    {                                                                                              \
        "migrate" suffix, open, close, work                                                        \
    }

struct bench_column {
    const char *name;
    double unit_ns; /* the figure is shown in this many ns; facts: 1; 0: as millions a second */
    bool counted;   /* `make bench-instructions` counts it */
};

struct bench_table {
    const char *name; /* one word */
    const char *title;
    uint32_t columns;
    uint32_t subjects;
    uint32_t reference; /* the subject that ratios are to; == subjects: no ratios */
    struct bench_column column[BENCH_COLUMNS_MAX];
    struct bench_subject subject[BENCH_SUBJECTS_MAX];
};

/* Of a measured table: ns an operation, or facts. NAN: not measured. */
struct bench_figures {
    double at[BENCH_SUBJECTS_MAX][BENCH_COLUMNS_MAX];
};

/* Stay on one CPU, where that is allowed. */
void bench_pin(void);

/* A repetition count: as it is when time is measured, small when instructions are counted. */
uint32_t bench_repeats(uint32_t count);

/* Measure all of a table; progress goes to standard error where that is a terminal. */
void bench_measure(const struct bench_table *table, struct bench_figures *figures);

/* One run of one subject in one column, for a tool that counts what bench_timed() executes.
   Operations done; 0: the subject could not be opened. */
uint32_t bench_count_once(const struct bench_table *table, uint32_t subject, uint32_t column);

/* The timed call itself: the only frame of the program that is on the stack while it is measured,
   and never inlined. */
uint32_t bench_timed(const struct bench_work *work, uint32_t column);

/* End the program with a line on standard error unless the fact holds. */
void bench_require(bool holds, const char *fact);

#endif
