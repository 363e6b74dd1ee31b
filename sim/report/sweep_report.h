/* The results of sweeps, as tables and as JSON. */
#ifndef REPORT_SWEEP_REPORT_H
#define REPORT_SWEEP_REPORT_H

#include <stdio.h>

#include "lab/sweep_results.h"

/* Print the least RAM of each trace and strategy, and then for each trace the share of requests
 * that failed with each size of RAM. A - is not known: its job is missing, or has no result.
 * markdown: write tables for a README. */
void sweep_print(const struct sweep_results *results, bool markdown, FILE *file);

/* Print the results as one JSON object. least_ram_bytes is null if no size of the range is enough,
 * and is left out if it is not known. */
void sweep_print_json(const struct sweep_results *results, FILE *file);

#endif
