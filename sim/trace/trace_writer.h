/*
 * Writes the binary form (replay/trace_format.h). The records go into a temporary file as they
 * come, the header is made at the end; so memory grows with what is live and with the names of
 * sites alone.
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
    struct site_table sites; /* as the events given name them */
    uint32_t *site_numbers;  /* site_numbers[site]: its number in the file, 0: not used yet */
    size_t site_numbers_capacity;
    uint32_t sites_written;
    uint64_t last_id;
    uint64_t last_pid;
    uint32_t block_crcs;
    uint32_t payload_bytes;
    int failed; /* errno of the first write that failed, 0: none */
    uint8_t block[TRACE_BLOCK_HEAD_BYTES + TRACE_BLOCK_MAX];
};

/* A new writer, or NULL and the error: no temporary file. */
struct trace_writer *trace_writer_open(struct sim_error *error);

/* The number by which events name a site of `bytes` bytes, 1 to MARK_TEXT_MAX. Only sites that an
   event names get into the file. */
uint32_t trace_writer_site(struct trace_writer *writer, const char *name, size_t bytes);

/*
 * Write one event. slot is dense (slot_pool.h), allocations and processes apart; id of kmalloc,
 * pages, vmalloc, process is > 0; site is trace_writer_site()'s; the other fields are in range.
 * NULL, or why it makes no sense here (then it was not written). A failure to write shows in the
 * functions below.
 */
__attribute__((warn_unused_result)) const char *trace_writer_event(struct trace_writer *writer,
                                                                   const struct event *event);

/* Finish: the temporary file holds the whole binary trace. No events after it. */
bool trace_writer_finish(struct trace_writer *writer, struct sim_error *error);

/* After trace_writer_finish(): copy the trace to path, whole or not at all, compressed by its
   ending;
   "-" is standard output. */
bool trace_writer_save(struct trace_writer *writer, const char *path, struct sim_error *error);

/* After trace_writer_finish(): the descriptor of the temporary file, which is the caller's
   from now on. */
int trace_writer_detach(struct trace_writer *writer);

void trace_writer_close(struct trace_writer *writer);

#endif
