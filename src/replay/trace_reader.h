/*
 * Decodes a binary trace that lies in memory:
 * a mapped file on the host, a boot module in the image.
 *
 * Nothing is believed: each block's checksum is verified before its first event, every number's
 * range when it is read. Whether a slot is live is for the caller to say, who has the slots.
 */
#ifndef REPLAY_TRACE_READER_H
#define REPLAY_TRACE_READER_H

#include "event.h"
#include "trace_format.h"

enum trace_status { TRACE_EVENT, TRACE_END, TRACE_ERROR };

struct trace_reader {
    struct trace_header header;
    const uint8_t *data;
    size_t bytes;
    size_t next_block;     /* offset of the next block's head */
    const uint8_t *cursor; /* in the current block's payload */
    const uint8_t *limit;
    uint32_t block_crcs; /* running checksum of the blocks' checksums */
    uint32_t sites;      /* met so far */
    uint64_t last_id;
    uint64_t last_pid;
    uint64_t events; /* given so far */
    void (*on_site)(void *context, uint32_t site, const char *name,
                    uint32_t bytes); /* may be NULL */
    void *context;
    /* TRACE_ERROR: what is wrong, and the offset of the record or block in the file. */
    const char *error;
    size_t error_offset;
};

/* Start reading; data stays the caller's.
 * false: not a binary trace or a damaged header; see error. */
bool trace_reader_init(struct trace_reader *reader, const void *data, size_t bytes);

/* The next event. After TRACE_END or TRACE_ERROR every call gives the same again. Constant time,
   but for the checksum of a new block. */
enum trace_status trace_reader_next(struct trace_reader *reader, struct event *event);

#endif
