/*
 * A trace, ready to be read: whatever form it came in, text or binary, compressed or not, its whole
 * binary form lies mapped in memory. A text was checked to its last line on the way.
 */
#ifndef TRACE_TRACE_FILE_H
#define TRACE_TRACE_FILE_H

#include "error.h"
#include "replay/trace_reader.h"
#include "site_table.h"

struct trace {
    char *name; /* for messages: the path, or "standard input" */
    const uint8_t *data;
    size_t bytes;
    struct trace_header header;
    struct site_table sites; /* as far as loaded */
    bool sites_loaded;
};

/*
 * path is a file's or "-". Memory does not grow with the trace's length: a plain binary file is
 * mapped as it is, after its header was checked and nothing else was read; everything else goes
 * through an unlinked temporary file in $TMPDIR or /tmp. false: the error names file, line or
 * offset, and reason; nothing is to be closed.
 */
bool trace_open(struct trace *trace, const char *path, struct sim_error *error);

void trace_close(struct trace *trace);

/* Start reading at the first event. Any number of readers may read at the same time. */
void trace_read(const struct trace *trace, struct trace_reader *reader);

/* After TRACE_ERROR: "FILE: offset N: reason". Returns false. */
bool trace_read_error(const struct trace *trace, const struct trace_reader *reader,
                      struct sim_error *error);

/* The name of a site of the trace, terminated, valid until trace_close(); NULL when it has none of
   this number. The first call reads through the trace. */
const char *trace_site_name(struct trace *trace, uint32_t site);

/* Called for each event of a walk. NULL, or why the event cannot be taken. */
typedef const char *trace_visit(void *context, const struct event *event);

/* Read the whole trace. false: a record that is not sound ("FILE: offset N: reason"), or an event
   that visit turned down ("FILE: offset N: event E: reason", the offset where its record ends). */
bool trace_walk(const struct trace *trace, trace_visit *visit, void *context,
                struct sim_error *error);

/* Read the whole trace: is every record sound, and does every event make sense where it stands? */
bool trace_verify(const struct trace *trace, struct sim_error *error);

#endif
