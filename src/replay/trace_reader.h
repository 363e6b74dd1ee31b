/*
 * Decodes a binary trace, block by block. In the image the trace is a boot module and lies in
 * memory. On the host it comes from a file or a pipe, and no more than a block of it is in memory.
 *
 * The checksum of each block is verified before its first event, and the range of every number when
 * it is read. The reader does not know which slots are live: event_check() says whether an event
 * makes sense.
 */
#ifndef REPLAY_TRACE_READER_H
#define REPLAY_TRACE_READER_H

#include "event.h"
#include "trace_format.h"

enum trace_status { TRACE_EVENT, TRACE_END, TRACE_ERROR };

/* Gives the bytes of a trace, once, from front to back. */
struct trace_source {
    /*
     * Returns the next `bytes` <= TRACE_BLOCK_MAX bytes, valid until the next call. *got is their
     * number, which is smaller only where the trace ends. NULL: they cannot be read, and context
     * knows why.
     */
    const uint8_t *(*take)(void *context, uint32_t bytes, uint32_t *got);
    void *context;
    uint64_t bytes; /* length of the trace, or TRACE_BYTES_UNKNOWN */
};

#define TRACE_BYTES_UNKNOWN UINT64_MAX

struct trace_reader {
    struct trace_header header;
    struct trace_source source; /* take is NULL: the rest of the trace lies in memory, at next */
    const uint8_t *next;
    uint64_t offset;       /* in the trace, of the bytes that the source gives next */
    const uint8_t *cursor; /* in the current block's payload, which ends at limit and offset */
    const uint8_t *limit;
    uint32_t block_crcs; /* running checksum of the blocks' checksums */
    uint32_t sites;      /* met so far */
    uint64_t last_id;
    uint64_t last_pid;
    uint64_t events; /* given so far */
    bool ended;      /* the end record has been read */
    void (*on_site)(void *context, uint32_t site, const char *name,
                    uint32_t bytes); /* may be NULL */
    void *context;
    /* TRACE_ERROR: what is wrong, and the offset of the record or block in the trace. */
    const char *error;
    size_t error_offset;
};

/* Loads a header without checking it. */
void trace_header_load(struct trace_header *header,
                       const uint8_t data[sizeof(struct trace_header)]);

/* Starts reading a trace that lies in memory; data stays the caller's. false: this is not a binary
   trace, or its header is damaged; see error. */
bool trace_reader_init(struct trace_reader *reader, const void *data, size_t bytes);

/* The same for a source, which is copied. */
bool trace_reader_init_source(struct trace_reader *reader, const struct trace_source *source);

/* The offset in the trace at which the record of the last event ends. */
static inline size_t trace_reader_offset(const struct trace_reader *reader)
{
    return (size_t)reader->offset - (size_t)(reader->limit - reader->cursor);
}

/* Reads the next event. After TRACE_END or TRACE_ERROR every call returns the same again. Constant
   time, apart from the checksum of a new block. */
enum trace_status trace_reader_next(struct trace_reader *reader, struct event *event);

/* ---- shared by trace_blocks.c and trace_reader.c ---- */

/* Sets the reader's error. Returns false. */
bool trace_reader_fail(struct trace_reader *reader, const char *error, uint64_t offset);

/* Makes the next block the current one. false with an error: it is damaged. false without one: the
   trace ends here. */
bool trace_reader_open_block(struct trace_reader *reader);

#endif
