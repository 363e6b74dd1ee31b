/* Results of sweeps, for people and for programs. */
#ifndef REPORT_SWEEP_REPORT_H
#define REPORT_SWEEP_REPORT_H

#include <stdio.h>

#include "lab/sweep_results.h"

/*
 * The least RAM of each trace and strategy, then for each trace the share of requests that failed
 * with so much RAM. A - is not known: its job is missing, or broke. markdown: tables that a README
 * can take as they are.
 */
void sweep_print(const struct sweep_results *results, bool markdown, FILE *file);

/* The object of the contract. least_ram_bytes is null where the range has none, and is left out
   where it is not known. */
void sweep_print_json(const struct sweep_results *results, FILE *file);

#endif
