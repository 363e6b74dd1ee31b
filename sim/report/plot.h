/* Drawings of what series and sweeps measured, as scripts for gnuplot (gnuplot.h runs them). */
#ifndef REPORT_PLOT_H
#define REPORT_PLOT_H

#include "lab/sweep_results.h"
#include "report/plot_page.h"
#include "report/series_table.h"

/* What a drawing of series can show, and what it shows unless told. */
#define PLOT_PANELS_ALL     "heap,used,free,run,unusable,failures"
#define PLOT_PANELS_DEFAULT "heap,free,unusable,failures"

/*
 * Series: a panel for each measure that `panels` names, in that order, over the events; a line for
 * each run. table has a run. false: a name in panels is none; the error lists them.
 */
bool plot_series(FILE *out, enum plot_form form, const char *title,
                 const struct series_table *table, const char *panels, struct sim_error *error);

/* Sweeps: a panel for each trace, of the share of requests that fail by RAM, a line for each
   strategy; below it the least RAM with no failure. false: there is nothing to draw. */
bool plot_sweep(FILE *out, enum plot_form form, const char *title,
                const struct sweep_results *results, struct sim_error *error);

/* The title of a drawing that the user gave none: the names of its traces. */
struct plot_title {
    char text[256];
};

/* A file that does not name its trace gives the file's name. */
struct plot_title plot_series_title(const struct series_table *table);
struct plot_title plot_sweep_title(const struct sweep_results *results);

#endif
