/* The file of --series. The rows of each strategy are written in its own process into a nameless
 * temporary file, and are joined at the end. The file appears whole, or not at all. */
#ifndef COMMAND_SERIES_H
#define COMMAND_SERIES_H

#include <stdio.h>

#include "command/arguments.h"
#include "trace/stream_out.h"

/* The series of one strategy. */
struct series_rows {
    const char *strategy;
    const char *trace; /* the name of its file */
    uint64_t every;
    FILE *file;
    char reason[128]; /* why the samples cannot be written */
};

struct series {
    bool wanted;
    struct stream_out out;
    struct series_rows rows[COMPARE_MAX];
    struct experiment_watch
        watches[COMPARE_MAX]; /* watches for the runs, which do nothing unless series are wanted */
    uint32_t count;
};

/* Whether the series goes to standard output, in place of the result. */
bool series_takes_output(const struct arguments *arguments);

/* Prepare before the runs. Returns the exit status, after a message unless that is STATUS_DONE. */
int series_begin(struct series *series, const struct arguments *arguments,
                 const struct trace *trace, const struct strategy *const strategies[],
                 uint32_t count);

/* Finish after the runs, whose exit status is given: write the file if all are done, otherwise
 * discard it. Returns the exit status, after a message if it is a different one. */
int series_end(struct series *series, int status);

#endif
