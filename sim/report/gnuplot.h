/* Runs gnuplot, which draws: an optional program, Debian's gnuplot-nox. */
#ifndef REPORT_GNUPLOT_H
#define REPORT_GNUPLOT_H

#include <stdio.h>

#include "trace/error.h"

/*
 * Run a script, and append to `drawn` what it draws on standard output. script is a file of the
 * host, read from its start. The user's own settings of gnuplot have no part in it. false: it is
 * not installed, or it failed, and the error has its last words, or it drew nothing.
 */
bool gnuplot_run(FILE *script, FILE *drawn, struct sim_error *error);

#endif
