/* Writes the text form, which text_reader.h reads back without loss. */
#ifndef TRACE_TEXT_WRITER_H
#define TRACE_TEXT_WRITER_H

#include "live_set.h"
#include "stream_out.h"
#include "trace_file.h"

/*
 * Writes the whole trace as text. false: the trace is damaged or makes no sense, or has a mark or a
 * site that a line of text cannot hold (control characters, blanks in the name of a site); the
 * error says where. stream_out_close() reports a failed write.
 */
bool text_write(struct trace *trace, struct stream_out *out, struct sim_error *error);

/* Writes one event of a trace as a line for people: terminated, without a newline, and cut to
   `bytes`. live: what is live before the event. */
void text_event(struct trace *trace, const struct live_set *live, const struct event *event,
                char line[], size_t bytes);

#endif
