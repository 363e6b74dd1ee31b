/*
 * Measures tables of subjects (rows) under workloads (columns). All figures of a table come from
 * one run: a round measures each subject once, in turn, and a figure is the median of its rounds.
 *
 * Time is the CPU time of the process with its system calls. Other processes do not count, except
 * that they displace the contents of caches.
 */
#ifndef BENCH_HARNESS_H
#define BENCH_HARNESS_H

#include <stdbool.h>
#include <stdint.h>

#define BENCH_ROUNDS       5u
#define BENCH_COLUMNS_MAX  20u
#define BENCH_SUBJECTS_MAX 24u

/* For workloads: each is inlined into its callers, together with the calls of the named subject, so
   that an operation is one direct call and nothing else. */
#define BENCH_INLINE static inline __attribute__((always_inline))

/* The work of a subject in a column. The argument is the column's index, from 0. */
struct bench_work {
    void (*prepare)(uint32_t column); /* not timed; may be NULL */
    uint32_t (*run)(uint32_t column); /* timed; returns the number of operations */
    double (*fact)(uint32_t column);  /* instead of run: returns a figure that is not a time; NAN:
                                         unknown */
};

struct bench_subject {
    const char *name;
    bool (*open)(const char *name); /* make a fresh state; false: impossible, and the first call
                                       printed why */
    void (*close)(void);
    const struct bench_work *work; /* one for each column; without run and fact it is not
                                      measured */
};

/* The strategies as subjects, in the same order in all tables; `suffix` is added to their names. */
#define BENCH_STRATEGIES_COUNT 7u
#define BENCH_STRATEGIES(suffix, open, close, work)                                                \
    {"window" suffix, open, close, work}, {"primary" suffix, open, close, work},                   \
        {"brk" suffix, open, close, work}, {"zoned" suffix, open, close, work},                    \
        {"kseg0" suffix, open, close, work}, {"jump" suffix, open, close, work},                   \
    {                                                                                              \
        "migrate" suffix, open, close, work                                                        \
    }

#define BENCH_THOUSANDS (-1.0)

struct bench_column {
    const char *name;
    double unit_ns; /* nanoseconds in the unit of the figure; facts: 1; 0: millions per second;
                       BENCH_THOUSANDS: thousands per second */
    bool counted;   /* `make bench-instructions` counts it */
};

struct bench_figures;

struct bench_table {
    const char *name; /* one word */
    const char *title;
    uint32_t columns;
    uint32_t subjects;
    uint32_t reference;  /* index of the subject with ratio 1; == subjects: no ratios */
    void (*begin)(void); /* called before the table is measured; may be NULL */
    bool apart;          /* each time is measured in a process of its own, as facts are */
    /* Instead of the subjects' work: measures all columns of a subject, which is open, at once, in
       a process of its own. May be NULL. */
    void (*row)(uint32_t subject, double figures[BENCH_COLUMNS_MAX]);
    void (*finish)(struct bench_figures *figures); /* sets figures that follow from others; may be
                                                      NULL */
    struct bench_column column[BENCH_COLUMNS_MAX];
    struct bench_subject subject[BENCH_SUBJECTS_MAX];
};

/* Figures of a measured table: ns per operation, or facts. NAN: not measured. */
struct bench_figures {
    double at[BENCH_SUBJECTS_MAX][BENCH_COLUMNS_MAX];
    double least[BENCH_SUBJECTS_MAX][BENCH_COLUMNS_MAX]; /* of the rounds; NAN for a fact, which is
                                                            found once */
    double most[BENCH_SUBJECTS_MAX][BENCH_COLUMNS_MAX];
};

/* Bind the process to one CPU, if that is allowed. */
void bench_pin(void);

/* Returns a repetition count: `count` when time is measured, a small one when instructions are
   counted. */
uint32_t bench_repeats(uint32_t count);

/* The CPU time of this process so far. */
double bench_cpu_time_ns(void);

/* Measure a whole table. Progress goes to standard error if that is a terminal. */
void bench_measure(const struct bench_table *table, struct bench_figures *figures);

/* Run one subject once in one column, for a tool that counts the instructions of bench_timed().
   Returns the number of operations; 0 when the subject could not be opened. */
uint32_t bench_count_once(const struct bench_table *table, uint32_t subject, uint32_t column);

/* The timed call, never inlined: during a measurement it is the program's only frame on the
   stack. */
uint32_t bench_timed(const struct bench_work *work, uint32_t column);

/* Unless the fact holds, end the program with a line on standard error. */
void bench_require(bool holds, const char *fact);

#endif
