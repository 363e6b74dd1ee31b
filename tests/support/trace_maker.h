/* A binary trace made byte by byte, for tests that make one place wrong. */
#ifndef SUPPORT_TRACE_MAKER_H
#define SUPPORT_TRACE_MAKER_H

#include "replay/trace_reader.h"

#define HEADER_BYTES 64u

struct trace_maker {
    uint8_t data[3 * TRACE_BLOCK_MAX];
    size_t bytes;
    size_t block; /* offset of the open block's head */
    uint32_t block_crcs;
};

/* The trace that is being made. */
extern struct trace_maker maker;

void maker_put_le32(size_t at, uint32_t value);

/* Computes the header's checksum again. */
void maker_seal_header(void);

/* Begins a trace with room for 100 slots and 10 processes. Its header announces `sites` and
 * `events`. */
void maker_begin(uint32_t events, uint32_t sites);

void maker_begin_block(void);
void maker_put(const void *bytes, size_t count);
void maker_end_block(void);
void maker_end(void);

/* Adds marks without a text, so that what was written before lies well inside the block. */
void maker_put_marks(uint32_t marks);

/* The state of a source of the trace. Reading fails after pieces_left pieces. */
struct maker_source {
    size_t at;
    size_t end;
    uint32_t pieces_left;
};

/* Returns a source of the whole trace. `from` must outlive the reader. */
struct trace_source maker_source(struct maker_source *from);

/* Reads the trace from memory and from a source. Fails the test unless both end with this error at
 * this offset, and give the same error again when read on. */
void maker_assert_fails(const char *error, size_t offset);

#endif
