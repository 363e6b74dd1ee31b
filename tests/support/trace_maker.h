/* A binary trace made byte by byte, to be wrong in one place. */
#ifndef SUPPORT_TRACE_MAKER_H
#define SUPPORT_TRACE_MAKER_H

#include "replay/trace_reader.h"

#define HEADER_BYTES 64u

struct trace_maker {
    uint8_t data[3 * TRACE_BLOCK_MAX];
    size_t bytes;
    size_t block; /* start of the open block's head */
    uint32_t block_crcs;
};

/* The trace being made. */
extern struct trace_maker maker;

void maker_put_le32(size_t at, uint32_t value);

/* The header's checksum, again. */
void maker_seal_header(void);

/* Room for 100 slots, 10 processes; `sites` sites and `events` events are announced. */
void maker_begin(uint32_t events, uint32_t sites);

void maker_begin_block(void);
void maker_put(const void *bytes, size_t count);
void maker_end_block(void);
void maker_end(void);

/* Marks without a text, so that what stands before them stands well inside the block. */
void maker_put_marks(uint32_t marks);

/* The trace as a source gives it: the first pieces_left pieces, the next cannot be read. */
struct maker_source {
    size_t at;
    size_t end;
    uint32_t pieces_left;
};

/* All of it; `from` outlives the reader. */
struct trace_source maker_source(struct maker_source *from);

/* Reading the trace, from memory and from a source, ends with this error at this offset, and goes
   on doing so. */
void maker_assert_fails(const char *error, size_t offset);

#endif
