/* Instructions per operation, as callgrind (Valgrind) counts them. The counts do not depend on the
   load of the machine. */
#ifndef BENCH_INSTRUCTIONS_H
#define BENCH_INSTRUCTIONS_H

#include "harness.h"

/* The command that counts the instructions of a function of this program, with those of the
   functions that it calls; the program follows. The simulated machine needs exact registers at each
   access that may fault, so Valgrind gets the options for that. */
#define BENCH_CALLGRIND(function)                                                                  \
    "valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect=" function " "      \
    "--px-default=allregs-at-mem-access --px-file-backed=allregs-at-mem-access "                   \
    "--vex-guest-chase=no"

/* Returns whether Valgrind is installed; if not, standard error names the package. */
bool bench_has_valgrind(void);

/*
 * Run each subject's counted columns under callgrind, in one process each: `program --count TABLE
 * ROW COLUMN`, which must call bench_count_once() and print "operations N". Returns false when
 * Valgrind is not installed; standard error then names the package.
 */
bool bench_count(const struct bench_table *table, const char *program,
                 struct bench_figures *figures);

#endif
