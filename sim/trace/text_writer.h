/* Writes the text form, the one that text_reader.h reads: back and forth, nothing is lost. */
#ifndef TRACE_TEXT_WRITER_H
#define TRACE_TEXT_WRITER_H

#include "live_set.h"
#include "stream_out.h"
#include "trace_file.h"

/*
 * Write the whole trace as text. false: the trace is damaged or makes no sense, or has a mark or a
 * site that a line of text cannot hold (control characters, blanks in a site's name); the error
 * says where. A failure to write shows in stream_out_close().
 */
bool text_write(struct trace *trace, struct stream_out *out, struct sim_error *error);

/* One event of a trace as its line, for people: cut to `bytes`, terminated, without a newline.
   live: what is live before it. */
void text_event(struct trace *trace, const struct live_set *live, const struct event *event,
                char line[], size_t bytes);

#endif
