/* Series read back: what --series wrote, from any number of files, concatenated or not. */
#ifndef REPORT_SERIES_TABLE_H
#define REPORT_SERIES_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include <mm/types.h>

#include "trace/stream_in.h"

/* The columns that are kept: by their names in the file. */
enum series_value {
    SERIES_EVENT,
    SERIES_HEAP_PAYLOAD,
    SERIES_HEAP_SPAN,
    SERIES_USED,
    SERIES_FREE_DMA,
    SERIES_FREE_LOW,
    SERIES_FREE_HIGH,
    SERIES_LARGEST_RUN,
    SERIES_FAILURES,
    SERIES_UNUSABLE, /* order 0, and ORDER_MAX more */
    SERIES_VALUES = SERIES_UNUSABLE + ORDER_COUNT
};

/* A run of more rows than this is thinned (series_thin.h): memory has an end, and drawing, too. */
#define SERIES_ROWS_WHOLE 8192u

/* One run's: samples of one strategy in one file, their events ascending. */
struct series_run {
    char *strategy;
    char *trace;      /* the name of its file; NULL: there is no such column */
    const char *file; /* its name, which the caller keeps */
    int64_t (*samples)[SERIES_VALUES];
    size_t count; /* at least 1 */
    size_t capacity;
    uint64_t rows;  /* of the file: count, unless they were thinned */
    size_t thin_at; /* so many samples are thinned */
};

struct series_table {
    struct series_run *runs; /* as they begin in the files */
    size_t count;
    size_t capacity;
};

/*
 * Add the runs of a file that is open at its start. Columns may stand in any order, and others
 * beside them. A row whose event is not after the one before it of the same strategy begins another
 * run. Memory does not grow with a run's length. false: the error names file, line and reason; the
 * table is to be freed all the same.
 */
bool series_table_read(struct series_table *table, struct stream_in *in, struct sim_error *error);

void series_table_free(struct series_table *table);

#endif
