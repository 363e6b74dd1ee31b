/* What a drawing is called where nobody gave it a title: the traces that it shows. */
#ifndef REPORT_PLOT_TITLE_H
#define REPORT_PLOT_TITLE_H

#include "lab/sweep_results.h"
#include "report/series_table.h"

struct plot_title {
    char text[256];
};

/* The names of the traces; where a file does not tell its trace, the file's name. */
struct plot_title plot_series_title(const struct series_table *table);

struct plot_title plot_sweep_title(const struct sweep_results *results);

#endif
