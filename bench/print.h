/* Tables of figures for a terminal of 132 columns at most. */
#ifndef BENCH_PRINT_H
#define BENCH_PRINT_H

#include "harness.h"

/* Print the figures, and below them, if the table has a reference, their ratios to its row. */
void bench_print(const struct bench_table *table, const struct bench_figures *figures);

/* The same for the counted columns only, in instructions per operation. */
void bench_print_counts(const struct bench_table *table, const struct bench_figures *figures);

/* Print the least and the most of the rounds of each time. */
void bench_print_spread(const struct bench_table *table, const struct bench_figures *figures);

/* Print the date, and the processor's name (/proc/cpuinfo): figures of a document name both. */
void bench_print_machine(void);

#endif
