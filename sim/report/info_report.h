/* The content of a trace, and the counts of an import, as text and as JSON. */
#ifndef REPORT_INFO_REPORT_H
#define REPORT_INFO_REPORT_H

#include <stdio.h>

#include "trace/import/import.h"
#include "trace/info.h"

/* So many sites are listed in each of three orders. */
#define SITES_SHOWN 10u

/* Print events by kind, peaks, sizes, orders, lifetimes and sites. Both functions sort info's sites
 * again. */
void info_print(struct trace_info *info, struct trace *trace, FILE *out);

/* Print one JSON object: events, by_kind, peak_live_bytes, and all the rest. */
void info_print_json(struct trace_info *info, struct trace *trace, FILE *out);

/* Print how much an import read and wrote, and what it changed or left out, by reason. */
void import_print(const struct import_counts *counts, FILE *out);

#endif
