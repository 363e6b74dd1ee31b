/*
 * Samples of a replay as comma-separated values (RFC 4180, but for its CR): a line with the names
 * of the columns, and a line for each sample. Names are stable, and end in their unit where they
 * have one; sim/manual/json.md has the list. Files and strategies can be concatenated.
 */
#ifndef REPORT_SERIES_CSV_H
#define REPORT_SERIES_CSV_H

#include <stdio.h>

#include "replay/series.h"

void series_csv_put_header(FILE *out);

/* trace is the name of its file. */
void series_csv_put(FILE *out, const char *strategy, const char *trace,
                    const struct series_sample *sample);

#endif
