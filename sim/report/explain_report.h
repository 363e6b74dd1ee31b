/* The explanation of a failure, as text and as JSON. */
#ifndef REPORT_EXPLAIN_REPORT_H
#define REPORT_EXPLAIN_REPORT_H

#include <stdio.h>

#include "lab/explain.h"

/* explanation->status must be RUN_DONE. ram_source says how the size of RAM was decided. */
void explain_print(const struct explanation *explanation, const struct explain_request *request,
                   const char *ram_source, FILE *out);
void explain_print_json(const struct explanation *explanation,
                        const struct explain_request *request, FILE *file);

/* "DMA", "LOW", "HIGH" */
const char *explain_zone_name(enum zone zone);

/* "low", "dma", "user", as in traces */
const char *explain_class_name(enum page_class page_class);

#endif
