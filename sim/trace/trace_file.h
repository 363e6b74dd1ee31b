/*
 * A trace that is open for reading. It may be text or binary, compressed or not. It is read block
 * by block, and memory does not grow with its length.
 */
#ifndef TRACE_TRACE_FILE_H
#define TRACE_TRACE_FILE_H

#include "error.h"
#include "replay/trace_reader.h"
#include "trace_writer.h"

struct trace {
    char *name; /* for messages: the path, or "standard input" */
    struct trace_header header;
    bool from_text;          /* it was text, and every line has been checked */
    struct trace_file *file; /* where it is read from; private to trace_file.c */
};

/*
 * Opens a trace that will be read several times, or in several processes. path is that of a file,
 * or "-". A plain binary file is read as it is. A text, a compressed file or a pipe is first
 * checked and written in the binary form into an unlinked temporary file in $TMPDIR or /tmp. false:
 * the error names file, line or offset, and reason; the trace need not be closed.
 */
bool trace_open(struct trace *trace, const char *path, struct sim_error *error);

/* Opens a trace that will be read once, from front to back, in this process. As trace_open(), but a
   compressed file or a pipe is read as the reader goes on, unless its header announces so many
   slots that its length must be known first. trace_read() may be called once. */
bool trace_open_once(struct trace *trace, const char *path, struct sim_error *error);

/* Finishes the trace of a writer and opens it. Its file is gone when both are closed. false: only
   the writer is to be closed. */
bool trace_open_written(struct trace *trace, struct trace_writer *writer, struct sim_error *error);

void trace_close(struct trace *trace);

/*
 * Starts reading at the first event. Any number of readers may read at the same time, also in
 * children of this process. A trace that cannot be read is reported at the first event. The trace
 * owns the memory of the reader, and frees it in trace_read_end() or trace_close().
 */
void trace_read(const struct trace *trace, struct trace_reader *reader);
void trace_read_end(const struct trace *trace, struct trace_reader *reader);

/* The CPU time that reading and decompressing the file have taken so far. */
uint64_t trace_read_nanoseconds(const struct trace_reader *reader);

/* After TRACE_ERROR: "FILE: offset N: reason". Returns false. */
bool trace_read_error(const struct trace *trace, const struct trace_reader *reader,
                      struct sim_error *error);

/* After replay_run() failed at event number `event`: "FILE: offset N: event E: reason". The offset
   is the end of the event's record. After TRACE_ERROR: as trace_read_error(). Returns false. */
bool trace_event_error(const struct trace *trace, const struct trace_reader *reader, uint64_t event,
                       const char *reason, struct sim_error *error);

/* The name of a site of the trace, terminated, valid until trace_close(); NULL: there is no such
   site. If no reader has met the site yet, the trace is read up to it, unless it can be read only
   once. */
const char *trace_site_name(struct trace *trace, uint32_t site);

/* Called for each event of a walk. Returns NULL, or the reason why it refuses the event. */
typedef const char *trace_visit(void *context, const struct event *event);

/* Reads the whole trace. false: a record is damaged ("FILE: offset N: reason"), or visit refused an
   event ("FILE: offset N: event E: reason"; the offset is the end of its record). */
bool trace_walk(const struct trace *trace, trace_visit *visit, void *context,
                struct sim_error *error);

/* Reads the whole trace and checks that every record is sound and every event makes sense. */
bool trace_verify(const struct trace *trace, struct sim_error *error);

/*
 * A number that tells traces apart, whatever their names and forms. The upper half is the checksum
 * of the header, which has the number of events and the peak; the lower half is the checksum over
 * all blocks' checksums, which ends the file. The trace must come from trace_open(). Constant time.
 */
uint64_t trace_content(const struct trace *trace);

/* Copies the binary form of a trace that is from_text to path, whole or not at all. The ending of
   path chooses the compression; "-" is standard output. */
bool trace_copy(const struct trace *trace, const char *path, struct sim_error *error);

#endif
