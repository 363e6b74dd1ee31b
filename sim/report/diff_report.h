/* The first event with another outcome under each of two strategies, as text and as JSON. */
#ifndef REPORT_DIFF_REPORT_H
#define REPORT_DIFF_REPORT_H

#include <stdio.h>

#include "lab/diff.h"

/* diff->status must be RUN_DONE. ram_source says how the size of RAM was decided. */
void diff_print(const struct diff *diff, const struct diff_request *request, uint64_t ram_bytes,
                const char *ram_source, FILE *out);
void diff_print_json(const struct diff *diff, const struct diff_request *request,
                     uint64_t ram_bytes, FILE *file);

#endif
