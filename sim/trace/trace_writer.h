/*
 * Writes the binary form (replay/trace_format.h). Records go into a temporary file as they come,
 * and the header is written at the end. So memory grows only with what is live and the names of
 * sites.
 */
#ifndef TRACE_TRACE_WRITER_H
#define TRACE_TRACE_WRITER_H

#include "error.h"
#include "live_set.h"
#include "replay/trace_format.h"
#include "tables.h"

#define TRACE_BLOCK_HEAD_BYTES 8u

struct trace_writer {
    int fd; /* the temporary file: header, blocks, end */
    struct live_set live;
    struct site_table sites; /* the names of trace_writer_site() */
    uint32_t *site_numbers;  /* site_numbers[site]: its number in the file; 0: not used yet */
    size_t site_numbers_capacity;
    uint32_t sites_written;
    uint64_t last_id;
    uint64_t last_pid;
    uint32_t block_crcs;
    uint32_t payload_bytes;
    int failed; /* errno of the first write that failed, 0: none */
    uint8_t block[TRACE_BLOCK_HEAD_BYTES + TRACE_BLOCK_MAX];
};

/* Creates a writer. NULL: there is no temporary file; see error. */
struct trace_writer *trace_writer_open(struct sim_error *error);

/* Returns the number by which events name a site, whose name has `bytes` bytes, 1 to MARK_TEXT_MAX.
   Only sites that an event names get into the file. */
uint32_t trace_writer_site(struct trace_writer *writer, const char *name, size_t bytes);

/*
 * Writes one event. Its slot comes from a slot_pool, one for allocations and one for processes; its
 * id is > 0 if it creates; its site comes from trace_writer_site(); its other fields are in range.
 * Returns NULL, or the reason why it makes no sense here; then it was not written. The functions
 * below report a failed write.
 */
__attribute__((warn_unused_result)) const char *trace_writer_event(struct trace_writer *writer,
                                                                   const struct event *event);

/* Completes the binary trace in the temporary file. No event may follow. */
bool trace_writer_finish(struct trace_writer *writer, struct sim_error *error);

/* After trace_writer_finish(): copies the trace to path, whole or not at all. The ending of path
   chooses the compression; "-" is standard output. */
bool trace_writer_save(struct trace_writer *writer, const char *path, struct sim_error *error);

/* After trace_writer_finish(): returns the descriptor of the temporary file, which the caller owns
   from now on. */
int trace_writer_detach(struct trace_writer *writer);

void trace_writer_close(struct trace_writer *writer);

#endif
