/* Short names of traces: "gcc_512" for "bench/traces/gcc_512.mmb.zst". */
#ifndef REPORT_TRACE_NAME_H
#define REPORT_TRACE_NAME_H

#include <stdbool.h>

/* A part of the path, which must outlive it. */
struct trace_name {
    const char *text;
    int bytes;
};

/* The name of a file without its folders. */
const char *file_name(const char *path);

/* The name of a file without its folders, and without the endings for form and compression. */
struct trace_name trace_name_short(const char *path);

bool trace_names_equal(struct trace_name one, struct trace_name other);

#endif
