/* A strategy's map of virtual memory, as text and as JSON. */
#ifndef REPORT_LAYOUT_REPORT_H
#define REPORT_LAYOUT_REPORT_H

#include <stdio.h>

#include "lab/layout_map.h"
#include "replay/json.h"

/* Print a table with a line for each area. */
void layout_print(const struct layout_map *layout, const struct strategy *strategy, FILE *out);

/* The map of one strategy as an element of a list: strategy, areas. */
void layout_put_json(struct json *json, const struct layout_map *layout,
                     const struct strategy *strategy);

#endif
