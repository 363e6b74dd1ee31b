/* The forms that a trace is written in; from one to another: `mmsim convert`. */
#ifndef TRACE_CONVERT_H
#define TRACE_CONVERT_H

#include "trace_file.h"
#include "trace_writer.h"

/*
 * Write the trace at `in` (a path or "-") to `out`, in the form that out's ending names: .mmt text,
 * .mmb binary, each compressed when .zst or .xz follows; "-" is text on standard output. The whole
 * trace is checked. out appears whole or not at all; it may be the same file as in.
 */
bool trace_convert(const char *in, const char *out, struct sim_error *error);

/*
 * Finish writer, whose trace is new, and write that to `out` in the same way. No events after it.
 * What a line of text cannot hold is an error, as in text_write().
 */
bool trace_write(struct trace_writer *writer, const char *out, struct sim_error *error);

/* Write an event of a trace into writer, its site by name. As trace_writer_event(). */
__attribute__((warn_unused_result)) const char *
trace_copy_event(struct trace *trace, struct trace_writer *writer, const struct event *event);

/* Can a trace be written to a file of this name? false: its ending names no form; see error. */
bool trace_name_check(const char *out, struct sim_error *error);

/* Does a name end in .mmb, .mmb.zst or .mmb.xz; in .mmt and so on? */
bool trace_name_is_binary(const char *name);
bool trace_name_is_text(const char *name);

#endif
