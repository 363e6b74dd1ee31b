/*
 * The file of --series: each strategy's rows are made in its own process, into a nameless temporary
 * file, and put together at the end. It appears whole, or not at all.
 */
#ifndef COMMAND_SERIES_H
#define COMMAND_SERIES_H

#include <stdio.h>

#include "command/arguments.h"
#include "trace/stream_out.h"

/* One strategy's. */
struct series_rows {
    const char *strategy;
    const char *trace; /* its file */
    uint64_t every;
    FILE *file;
    char reason[128]; /* why they can't be written */
};

struct series {
    bool wanted;
    struct stream_out out;
    struct series_rows rows[COMPARE_MAX];
    struct experiment_watch watches[COMPARE_MAX]; /* of the runs; they do nothing unless wanted */
    uint32_t count;
};

/* Is it to stand on standard output, where the result would be? */
bool series_takes_output(const struct arguments *arguments);

/* Get ready, before the runs. The exit status, after a message where that is not STATUS_DONE. */
int series_begin(struct series *series, const struct arguments *arguments,
                 const struct trace *trace, const struct strategy *const strategies[],
                 uint32_t count);

/* After the runs, of which came this exit status: write the file if all are done, else give up.
   The exit status, after a message where that is another. */
int series_end(struct series *series, int status);

#endif
