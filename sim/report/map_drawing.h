/* The map of a moment as a drawing. A map of any size has at most 256 x 256 cells. */
#ifndef REPORT_MAP_DRAWING_H
#define REPORT_MAP_DRAWING_H

#include "report/drawing.h"
#include "report/map_report.h"

enum map_form { MAP_SVG, MAP_PNG };

/* Returns false with the error if the form cannot be drawn (report/drawing.h). */
bool map_draw(const struct map_report *report, enum map_form form, const struct text_out *out,
              struct sim_error *error);

#endif
