/* Drawings of series and sweeps, as scripts for gnuplot, which gnuplot.h runs. */
#ifndef REPORT_PLOT_H
#define REPORT_PLOT_H

#include "lab/sweep_results.h"
#include "report/plot_page.h"
#include "report/series_table.h"

/* The panels that a drawing of series can have, and those that it has by default. */
#define PLOT_PANELS_ALL     "heap,used,free,run,unusable,failures"
#define PLOT_PANELS_DEFAULT "heap,free,unusable,failures"

/* Draw series: a panel for each measure that `panels` names, in that order, over the events, with a
 * line for each run. table must have a run. Returns false if a name in panels is unknown; the error
 * lists the known ones. */
bool plot_series(FILE *out, enum plot_form form, const char *title,
                 const struct series_table *table, const char *panels, struct sim_error *error);

/* Draw sweeps: a panel for each trace with the share of requests that fail over RAM, a line for
 * each strategy; below them the least RAM with no failure. Returns false if there is nothing to
 * draw. */
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
