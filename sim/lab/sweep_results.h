/* The results of sweeps, merged from any number of files. */
#ifndef LAB_SWEEP_RESULTS_H
#define LAB_SWEEP_RESULTS_H

#include "lab/sweep_line.h"

struct sweep_point {
    uint64_t ram_bytes;
    uint64_t requests;
    uint64_t failed;
};

/* The result of one trace under one strategy. */
struct sweep_result {
    char *trace;
    char *strategy;
    bool least_known;           /* the search for the least RAM has ended */
    uint64_t least_ram_bytes;   /* 0: none in the range, or not known */
    struct sweep_range range;   /* the range of the search; all 0: not known */
    struct sweep_point *points; /* ascending by ram_bytes */
    uint32_t count;
};

/* Sorted by the names of traces, then by the order of the table of strategies. */
struct sweep_results {
    char sources[SWEEP_HEX_BYTES]; /* of the program that wrote them; "": not known */
    struct sweep_result *list;
    uint32_t count;
};

/* Lines that are being merged. */
struct sweep_merge {
    struct sweep_record *list;
    size_t capacity;
    size_t count;
};

/* Add a copy of a line. source is the file's name, and must outlive the merge. */
void sweep_merge_add(struct sweep_merge *merge, const struct sweep_line *line, const char *source,
                     uint64_t number);

/* Add all lines of a file. Returns false as sweep_read() does. */
bool sweep_merge_read(struct sweep_merge *merge, const char *path, struct sim_error *error);

/*
 * Make results of the lines; trials are not needed for that. A line may occur several times.
 * Returns false if two lines of one job disagree, if the name of a trace stands for two contents,
 * or if two programs wrote the lines. Lines that do not name their program count as one more
 * program. The error names both lines. O(n log n). Afterwards the merge is empty.
 */
bool sweep_merge_finish(struct sweep_merge *merge, struct sweep_results *results,
                        struct sim_error *error);

void sweep_merge_free(struct sweep_merge *merge);

/* Read and merge one file: the object of `sweep --json`, or lines of jobs. Returns false with empty
 * results. */
bool sweep_results_load(struct sweep_results *results, const char *path, struct sim_error *error);

/* The result of a trace under a strategy; NULL if there is none. O(results) */
const struct sweep_result *sweep_results_find(const struct sweep_results *results,
                                              const char *trace, const char *strategy);

/* The order of the names of strategies: first by the table of strategies, then others by alphabet.
 */
int sweep_compare_strategies(const char *a, const char *b);

void sweep_results_free(struct sweep_results *results);

#endif
