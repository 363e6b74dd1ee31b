/* Instructions per operation, as callgrind (Valgrind) counts them. The counts do not depend on the
   load of the machine. */
#ifndef BENCH_INSTRUCTIONS_H
#define BENCH_INSTRUCTIONS_H

#include "harness.h"

/*
 * Run each subject's counted columns under callgrind, in one process each: `program --count TABLE
 * ROW COLUMN`, which must call bench_count_once() and print "operations N". Returns false when
 * Valgrind is not installed; standard error then names the package.
 */
bool bench_count(const struct bench_table *table, const char *program,
                 struct bench_figures *figures);

#endif
