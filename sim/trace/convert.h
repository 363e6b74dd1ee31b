/* Writes a trace in the form that a name asks for, and converts one form to another:
   `mmsim convert`. */
#ifndef TRACE_CONVERT_H
#define TRACE_CONVERT_H

#include "trace_file.h"
#include "trace_writer.h"

/*
 * Writes the trace at `in` (a path or "-") to `out`. The ending of out names the form: .mmt is
 * text, .mmb is binary, and .zst or .xz behind it compresses; "-" is text on standard output. The
 * whole trace is checked. out appears whole or not at all, and may be the same file as in.
 */
bool trace_convert(const char *in, const char *out, struct sim_error *error);

/*
 * Finishes the trace of a writer, and writes it to `out` in the same way. Writer takes no events
 * after that. false: see error; text_write() says what a line of text cannot hold.
 */
bool trace_write(struct trace_writer *writer, const char *out, struct sim_error *error);

/* Writes an event of a trace into writer, and looks up its site by name. Returns as
   trace_writer_event(). */
__attribute__((warn_unused_result)) const char *
trace_copy_event(struct trace *trace, struct trace_writer *writer, const struct event *event);

/* Checks that a trace can be written to a file of this name. false: its ending names no form; see
   error. */
bool trace_name_check(const char *out, struct sim_error *error);

/* Does a name end in .mmb, .mmb.zst or .mmb.xz; in .mmt and so on? */
bool trace_name_is_binary(const char *name);
bool trace_name_is_text(const char *name);

#endif
