/* What sweeps found out, put together from any number of files. */
#ifndef LAB_SWEEP_RESULTS_H
#define LAB_SWEEP_RESULTS_H

#include "lab/sweep_line.h"

struct sweep_point {
    uint64_t ram_bytes;
    uint64_t requests;
    uint64_t failed;
};

/* Of one trace under one strategy. */
struct sweep_result {
    char *trace;
    char *strategy;
    bool least_known;           /* the bisection came to its end */
    uint64_t least_ram_bytes;   /* 0: none in the range, or not known */
    struct sweep_range range;   /* that the least was looked for in; all 0: not said */
    struct sweep_point *points; /* by ram_bytes */
    uint32_t count;
};

/* By the names of traces, then as the table of strategies has them. */
struct sweep_results {
    char sources[SWEEP_HEX_BYTES]; /* of the program that ran them; "": not said */
    struct sweep_result *list;
    uint32_t count;
};

/* Lines on their way to become results. */
struct sweep_merge {
    struct sweep_record *list;
    size_t capacity;
    size_t count;
};

/* Add a copy of a line. source, its file's name, outlives the merge. */
void sweep_merge_add(struct sweep_merge *merge, const struct sweep_line *line, const char *source,
                     uint64_t number);

/* Add all lines of a file; false as sweep_read(). */
bool sweep_merge_read(struct sweep_merge *merge, const char *path, struct sim_error *error);

/*
 * Make results of what was added; trials are not needed for that. The same line twice is the same
 * as once. false: two lines of one job disagree, one trace's name stands for two contents, or two
 * programs wrote the lines, as far as they say (lines that say nothing are all of one, another);
 * the error names both lines. O(n log n). The merge is empty afterwards.
 */
bool sweep_merge_finish(struct sweep_merge *merge, struct sweep_results *results,
                        struct sim_error *error);

void sweep_merge_free(struct sweep_merge *merge);

/* All of it for one file: the object of `sweep --json`, or lines of jobs. false: results are empty.
 */
bool sweep_results_load(struct sweep_results *results, const char *path, struct sim_error *error);

/* The result of a trace under a strategy; NULL: there is none. O(results) */
const struct sweep_result *sweep_results_find(const struct sweep_results *results,
                                              const char *trace, const char *strategy);

/* The order of strategies' names: as the table of strategies has them, then others by alphabet. */
int sweep_compare_strategies(const char *a, const char *b);

void sweep_results_free(struct sweep_results *results);

#endif
