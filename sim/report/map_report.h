/* The map of physical memory at a moment of a replay: as text, as exact lines for scripts, and as
 * JSON. */
#ifndef REPORT_MAP_REPORT_H
#define REPORT_MAP_REPORT_H

#include <stdio.h>

#include "lab/memory_map.h"

struct map_report {
    const struct memory_map *map; /* found */
    struct trace *trace;
    const struct strategy *strategy;
    uint64_t ram_bytes;
    const char *ram_source; /* how the size of RAM was decided */
};

#define MAP_SENTENCE_BYTES 512u

struct map_sentence {
    char text[MAP_SENTENCE_BYTES]; /* fit to be printed (trace/printable.h) */
};

/* "before event 1,234 of 5,678", "at the failure in event ...", "after the last of 5,678 events" */
struct map_sentence map_moment_text(const struct map_report *report);

/* "kmalloc of 512 B by ext4_inode fails: a used frame is in brk's way". The event must fail. */
struct map_sentence map_failure_text(const struct map_report *report);

/* "frame 0x01234, user, of modprobe since event 1,234"; "" if nothing is in the way. */
struct map_sentence map_blocker_text(const struct map_report *report);

/* The same, short: "in the way: page_cache, 1,234 events old". Something must be in the way. */
struct map_sentence map_blocker_label(const struct map_report *report);

/* "gcc_512 under brk, RAM 88.0 MiB" */
struct map_sentence map_title(const struct map_report *report);

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
