/* Which strategy to take for which aim: as a table with sentences, and as JSON. */
#ifndef REPORT_ADVICE_REPORT_H
#define REPORT_ADVICE_REPORT_H

#include <stdio.h>

#include "lab/advice.h"

/* range_source says how the range of RAM was decided. */
void advice_print(const struct advice *advice, const char *range_source, FILE *file);
void advice_print_json(const struct advice *advice, FILE *file);

#endif
