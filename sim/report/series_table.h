/* Reads series that --series wrote, from any number of files, concatenated or not. */
#ifndef REPORT_SERIES_TABLE_H
#define REPORT_SERIES_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include <mm/types.h>

#include "trace/stream_in.h"

/* The columns that are kept, by their names in the file. */
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
    SERIES_UNUSABLE, /* of order 0; ORDER_MAX more follow */
    SERIES_VALUES = SERIES_UNUSABLE + ORDER_COUNT
};

/* A run of more rows than this is thinned (series_thin.h), to bound memory and the time of drawing.
 */
#define SERIES_ROWS_WHOLE 8192u

/* The samples of one strategy in one file; their events ascend. */
struct series_run {
    char *strategy;
    char *trace;      /* the name of the trace's file; NULL: there is no such column */
    const char *file; /* the name of the file, which the caller keeps */
    int64_t (*samples)[SERIES_VALUES];
    size_t count; /* at least 1 */
    size_t capacity;
    uint64_t rows;  /* rows in the file: count, unless they were thinned */
    size_t thin_at; /* the samples are thinned when there are so many */
};

struct series_table {
    struct series_run *runs; /* in the order of the files */
    size_t count;
    size_t capacity;
};

/*
 * Add the runs of a file that is open at its start. Columns may have any order, and there may be
 * others. If the event of a row is not after that of the row before it of the same strategy,
 * another run begins. Memory does not grow with the length of a run. Returns false with an error
 * that names file, line and reason; the table must be freed nevertheless.
 */
bool series_table_read(struct series_table *table, struct stream_in *in, struct sim_error *error);

void series_table_free(struct series_table *table);

#endif
