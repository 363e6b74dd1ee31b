/* The map of physical memory at a moment of a replay: as text, as exact lines for scripts, and as
 * JSON. */
#ifndef REPORT_MAP_REPORT_H
#define REPORT_MAP_REPORT_H

#include <stdio.h>

#include "lab/memory_map.h"
#include "report/sentence.h"

struct map_report {
    const struct memory_map *map; /* found */
    struct trace *trace;
    const struct strategy *strategy;
    uint64_t ram_bytes;
    const char *ram_source; /* how the size of RAM was decided */
};

/* "before event 1,234 of 5,678, 21.7 % of the trace", "after the last of 5,678 events" */
struct sentence map_moment_sentence(const struct map_report *report);

/* A picture for people: rows of cells, low addresses at the bottom, and a legend. */
void map_print(const struct map_report *report, FILE *out);

/*
 * A line of columns, then a line for each row of frames of one kind and one owner, from frame 0 to
 * the end of RAM; fields are separated by tabs, and "-" stands for nothing. Control characters in
 * names of sites are written as \xHH.
 */
void map_print_frames(const struct map_report *report, FILE *out);

void map_print_json(const struct map_report *report, FILE *out);

#endif
