/* Text to binary and back, and from one compression to another: `mmsim convert`. */
#ifndef TRACE_CONVERT_H
#define TRACE_CONVERT_H

#include "error.h"

/*
 * Write the trace at `in` (a path or "-") to `out`, in the form that out's ending names: .mmt text,
 * .mmb binary, each compressed when .zst or .xz follows; "-" is text on standard output. The whole
 * trace is checked. out appears whole or not at all; it may be the same file as in.
 */
bool trace_convert(const char *in, const char *out, struct sim_error *error);

/* Does a name end in .mmb, .mmb.zst or .mmb.xz; in .mmt and so on? */
bool trace_name_is_binary(const char *name);
bool trace_name_is_text(const char *name);

#endif
