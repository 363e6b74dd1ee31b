/*
 * Samples of a replay as comma-separated values (RFC 4180, except that lines end in LF): a line
 * with the names of the columns, and a line for each sample. Names are stable, and end in their
 * unit if they have one; sim/manual/json.md lists them. The output for several strategies, and
 * files, can be concatenated.
 */
#ifndef REPORT_SERIES_CSV_H
#define REPORT_SERIES_CSV_H

#include <stdio.h>

#include "replay/series.h"

void series_csv_put_header(FILE *out);

/* trace is the file name of the trace. */
void series_csv_put(FILE *out, const char *strategy, const char *trace,
                    const struct series_sample *sample);

#endif
