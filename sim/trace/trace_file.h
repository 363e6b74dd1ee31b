/*
 * A trace, ready to be read: whatever form it came in, text or binary, compressed or not. It is
 * read block by block, and memory does not grow with its length.
 */
#ifndef TRACE_TRACE_FILE_H
#define TRACE_TRACE_FILE_H

#include "error.h"
#include "replay/trace_reader.h"
#include "trace_writer.h"

struct trace {
    char *name; /* for messages: the path, or "standard input" */
    struct trace_header header;
    bool from_text;          /* every line was checked on the way */
    struct trace_file *file; /* where it is read from; private to trace_file.c */
};

/*
 * path is a file's or "-". For who reads the trace several times, or in several processes: a plain
 * binary file is read as it is; a text, a compressed file or a pipe is checked and written in the
 * binary form into an unlinked temporary file in $TMPDIR or /tmp first. false: the error names
 * file, line or offset, and reason; nothing is to be closed.
 */
bool trace_open(struct trace *trace, const char *path, struct sim_error *error);

/* For who reads the trace once, from front to back: as trace_open(), but a compressed file is
   decompressed, and a pipe read, as the reader goes, unless its header announces so many slots that
   it should be whole first. trace_read() is called once, in this process. */
bool trace_open_once(struct trace *trace, const char *path, struct sim_error *error);

/* The trace that a writer wrote: finishes it. No file of that trace is left when both are closed.
   false: nothing is to be closed but the writer. */
bool trace_open_written(struct trace *trace, struct trace_writer *writer, struct sim_error *error);

void trace_close(struct trace *trace);

/*
 * Start reading at the first event. Any number of readers may read at the same time, in children of
 * this process too. What cannot be read shows at the first event. The reader's memory is the
 * trace's: it goes with trace_close(), or before with trace_read_end().
 */
void trace_read(const struct trace *trace, struct trace_reader *reader);
void trace_read_end(const struct trace *trace, struct trace_reader *reader);

/* The CPU time that reading the file and decompression have taken. */
uint64_t trace_read_nanoseconds(const struct trace_reader *reader);

/* After TRACE_ERROR: "FILE: offset N: reason". Returns false. */
bool trace_read_error(const struct trace *trace, const struct trace_reader *reader,
                      struct sim_error *error);

/* After replay_run() failed at event number `event`: "FILE: offset N: event E: reason", with the
   offset where the event's record ends; or as trace_read_error(). Returns false. */
bool trace_event_error(const struct trace *trace, const struct trace_reader *reader, uint64_t event,
                       const char *reason, struct sim_error *error);

/* The name of a site of the trace, terminated, valid until trace_close(); NULL when it has none of
   this number. Where no reader has met the site yet the trace is read, but a pipe opened once. */
const char *trace_site_name(struct trace *trace, uint32_t site);

/* Called for each event of a walk. NULL, or why the event cannot be taken. */
typedef const char *trace_visit(void *context, const struct event *event);

/* Read the whole trace. false: a record that is not sound ("FILE: offset N: reason"), or an event
   that visit turned down ("FILE: offset N: event E: reason", the offset where its record ends). */
bool trace_walk(const struct trace *trace, trace_visit *visit, void *context,
                struct sim_error *error);

/* Read the whole trace: is every record sound, and does every event make sense where it stands? */
bool trace_verify(const struct trace *trace, struct sim_error *error);

/*
 * What tells traces apart, whatever their names and forms: the checksum of the header, which has
 * the number of events and the peak, and below it that of all blocks' checksums, which ends the
 * file. Of one from trace_open(). Constant time: nothing else is read.
 */
uint64_t trace_content(const struct trace *trace);

/* Copy the binary form of a trace that is from_text to path, whole or not at all, compressed by its
   ending; "-" is standard output. */
bool trace_copy(const struct trace *trace, const char *path, struct sim_error *error);

#endif
