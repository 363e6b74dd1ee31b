#ifndef BENCH_AIMS_H
#define BENCH_AIMS_H

#include "tables.h"

/* Prints the aims of a table that was measured, one a line, and whether each is reached. Most
   tables have some. */
void bench_print_aims(enum bench_table_index table, const struct bench_figures *figures);

#endif
