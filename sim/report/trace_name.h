/* The short names of traces: "gcc_512" of "bench/traces/gcc_512.mmb.zst". */
#ifndef REPORT_TRACE_NAME_H
#define REPORT_TRACE_NAME_H

#include <stdbool.h>

/* Part of the path that it was made of. */
struct trace_name {
    const char *text;
    int bytes;
};

/* Of a path: the name of the file, without its folders. */
const char *file_name(const char *path);

/* Of a path: without its folders, and without what tells the form and the compression. */
struct trace_name trace_name_short(const char *path);

bool trace_names_equal(struct trace_name one, struct trace_name other);

#endif
