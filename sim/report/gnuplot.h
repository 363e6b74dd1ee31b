/* Runs gnuplot, the program that draws. It is optional: Debian's gnuplot-nox. */
#ifndef REPORT_GNUPLOT_H
#define REPORT_GNUPLOT_H

#include <stdio.h>

#include "trace/error.h"

/* Run a script, and append its standard output to `drawn`. script is a file, read from its start.
 * The user's own settings of gnuplot are ignored. Returns false if gnuplot is not installed, if it
 * failed (the error has its last line), or if it drew nothing. */
bool gnuplot_run(FILE *script, FILE *drawn, struct sim_error *error);

#endif
