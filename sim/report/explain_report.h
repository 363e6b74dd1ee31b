/* The story of a failure, as people read it and as JSON. */
#ifndef REPORT_EXPLAIN_REPORT_H
#define REPORT_EXPLAIN_REPORT_H

#include <stdio.h>

#include "lab/explain.h"

/* explanation->status is RUN_DONE. ram_source: where the size of RAM was said. */
void explain_print(const struct explanation *explanation, const struct explain_request *request,
                   const char *ram_source, FILE *out);
void explain_print_json(const struct explanation *explanation,
                        const struct explain_request *request, FILE *file);

/* The character that stands for a mark in a picture, and what it means. */
char explain_mark_character(uint32_t mark);
const char *explain_mark_name(uint32_t mark);

/* "DMA", "LOW", "HIGH" */
const char *explain_zone_name(enum zone zone);

/* "low", "dma", "user": as traces have it. */
const char *explain_class_name(enum page_class page_class);

#endif
