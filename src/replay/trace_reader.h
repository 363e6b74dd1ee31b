/*
 * Decodes a binary trace, block by block. In the image the trace is a boot module and lies in
 * memory. On the host it comes from a file or a pipe, and at most one block is in memory at a time.
 *
 * The checksum of each block is verified before its first event, and the range of every number when
 * the number is read. The reader does not know which slots are live: event_check() says whether an
 * event makes sense.
 */
#ifndef REPLAY_TRACE_READER_H
#define REPLAY_TRACE_READER_H

#include "event.h"
#include "trace_format.h"

enum trace_status { TRACE_EVENT, TRACE_END, TRACE_ERROR };

/* Gives the bytes of a trace, once, from front to back. */
struct trace_source {
    /*
     * Returns the next `bytes` <= TRACE_BLOCK_MAX bytes, which stay valid until the next call. *got
     * is their number, which is smaller only at the end of the trace. Returns NULL if they cannot
     * be read; only the context knows why.
     */
    const uint8_t *(*take)(void *context, uint32_t bytes, uint32_t *got);
    void *context;
    uint64_t bytes; /* the length of the trace, or TRACE_BYTES_UNKNOWN */
};

#define TRACE_BYTES_UNKNOWN UINT64_MAX

struct trace_reader {
    struct trace_header header;
    struct trace_source source; /* if take is NULL, the rest of the trace lies in memory, at next */
    const uint8_t *next;
    uint64_t offset;       /* the offset in the trace of the bytes that the source gives next */
    const uint8_t *cursor; /* in the current block's payload, which ends at limit */
    const uint8_t *limit;
    uint32_t block_crcs; /* the checksum of the blocks' checksums so far */
    uint32_t sites;      /* defined so far */
    uint64_t last_id;
    uint64_t last_pid;
    uint64_t events; /* returned so far */
    bool ended;      /* the end record has been read */
    void (*on_site)(void *context, uint32_t site, const char *name,
                    uint32_t bytes); /* may be NULL */
    void *context;
    /* After TRACE_ERROR: what is wrong, and the offset of the record or block in the trace. */
    const char *error;
    size_t error_offset;
};

/* Loads a header without checking it. */
void trace_header_load(struct trace_header *header,
                       const uint8_t data[sizeof(struct trace_header)]);

/* Starts reading a trace that lies in memory; data stays the caller's. Returns false, and sets
   `error`, if this is not a binary trace, or its header is damaged. */
bool trace_reader_init(struct trace_reader *reader, const void *data, size_t bytes);

/* The same for a source, which is copied; its context stays the caller's. Also returns false if the
   source cannot be read. */
bool trace_reader_init_source(struct trace_reader *reader, const struct trace_source *source);

/* Returns the offset in the trace at which the record of the last event ends. */
static inline size_t trace_reader_offset(const struct trace_reader *reader)
{
    return (size_t)reader->offset - (size_t)(reader->limit - reader->cursor);
}

/*
 * Reads the next event. Returns TRACE_END at the end of the trace, and TRACE_ERROR, with `error`
 * set, if the trace is damaged or cannot be read; after these, every call returns the same. Takes
 * constant time, except for the checksum of a new block, and for the sites before the event.
 */
enum trace_status trace_reader_next(struct trace_reader *reader, struct event *event);

/* ---- shared by trace_blocks.c and trace_reader.c ---- */

/* Sets the reader's error. Always returns false. */
bool trace_reader_fail(struct trace_reader *reader, const char *error, uint64_t offset);

/* Makes the next block the current one. Returns false with an error if the block is damaged or
   cannot be read, and false without one at the end of the trace. O(bytes of the block) */
bool trace_reader_open_block(struct trace_reader *reader);

#endif
