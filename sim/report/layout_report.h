/* A strategy's map of virtual memory, for people and for scripts. */
#ifndef REPORT_LAYOUT_REPORT_H
#define REPORT_LAYOUT_REPORT_H

#include <stdio.h>

#include "lab/layout_map.h"
#include "replay/run_json.h"

/* A table: a line for each area. */
void layout_print(const struct layout_map *layout, const struct strategy *strategy, FILE *out);

/* The object of one strategy: strategy, areas. */
void layout_put_json(const struct layout_map *layout, const struct strategy *strategy,
                     const struct text_out *out);

#endif
