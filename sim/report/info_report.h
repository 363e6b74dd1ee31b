/* What is in a trace, and what an import met, for people and for scripts. */
#ifndef REPORT_INFO_REPORT_H
#define REPORT_INFO_REPORT_H

#include <stdio.h>

#include "trace/import/import.h"
#include "trace/info.h"

/* Sites are listed in three orders. */
#define SITES_SHOWN 10u

/* Events by kind, peaks, sizes, orders, lifetimes, sites. Both rank info's sites anew. */
void info_print(struct trace_info *info, struct trace *trace, FILE *out);

/* One JSON object: events, by_kind, peak_live_bytes, and all the rest. */
void info_print_json(struct trace_info *info, struct trace *trace, FILE *out);

/* What an import read, wrote, and did not take as it stood, by reason. */
void import_print(const struct import_counts *counts, FILE *out);

#endif
