/*
 * Decodes a binary trace, block by block: from memory in the image, where it is a boot module, and
 * from a file or a pipe on the host, of which no more than a block is in memory at a time.
 *
 * Nothing is believed: each block's checksum is verified before its first event, every number's
 * range when it is read. Whether a slot is live is for the caller to say, who has the slots.
 */
#ifndef REPLAY_TRACE_READER_H
#define REPLAY_TRACE_READER_H

#include "event.h"
#include "trace_format.h"

enum trace_status { TRACE_EVENT, TRACE_END, TRACE_ERROR };

/* Where the bytes of a trace come from, once, from front to back. */
struct trace_source {
    /*
     * The next `bytes` <= TRACE_BLOCK_MAX bytes, valid until the next call; *got says how many,
     * less only where the trace ends. NULL: they cannot be read, and context knows why.
     */
    const uint8_t *(*take)(void *context, uint32_t bytes, uint32_t *got);
    void *context;
    uint64_t bytes; /* all of it, or TRACE_BYTES_UNKNOWN */
};

#define TRACE_BYTES_UNKNOWN UINT64_MAX

struct trace_reader {
    struct trace_header header;
    struct trace_source source; /* take is NULL: what is left lies in memory, at next */
    const uint8_t *next;
    uint64_t offset;       /* in the trace, of what the source gives next */
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

/* The header that stands there, whether it is sound or not. */
void trace_header_load(struct trace_header *header,
                       const uint8_t data[sizeof(struct trace_header)]);

/* Start reading a trace that lies in memory; data stays the caller's.
 * false: not a binary trace or a damaged header; see error. */
bool trace_reader_init(struct trace_reader *reader, const void *data, size_t bytes);

/* The same from a source, which is copied. */
bool trace_reader_init_source(struct trace_reader *reader, const struct trace_source *source);

/* The offset in the trace at which the record of the last event ends. */
static inline size_t trace_reader_offset(const struct trace_reader *reader)
{
    return (size_t)reader->offset - (size_t)(reader->limit - reader->cursor);
}

/* The next event. After TRACE_END or TRACE_ERROR every call gives the same again. Constant time,
   but for the checksum of a new block. */
enum trace_status trace_reader_next(struct trace_reader *reader, struct event *event);

#endif
