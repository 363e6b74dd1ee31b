/* Instructions an operation, as callgrind (Valgrind) counts them: the same on a busy machine as on
   a quiet one. */
#ifndef BENCH_INSTRUCTIONS_H
#define BENCH_INSTRUCTIONS_H

#include "harness.h"

/*
 * Run each subject's counted columns under callgrind, one process each: `program --count TABLE ROW
 * COLUMN`, which is to call bench_count_once() and print "operations N". false: there is no
 * Valgrind; the package is named on standard error.
 */
bool bench_count(const struct bench_table *table, const char *program,
                 struct bench_figures *figures);

#endif
