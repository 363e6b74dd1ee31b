/*
 * One pass over a binary trace, from front to back: the source of a reader. What is in memory of
 * the trace is one block, and what the decompression needs.
 */
#ifndef TRACE_TRACE_PASS_H
#define TRACE_TRACE_PASS_H

#include "replay/trace_reader.h"
#include "stream_in.h"

struct trace_pass {
    struct stream_in in;
    struct sim_error error; /* why a block could not be read; empty: all could */
    uint64_t nanoseconds;   /* CPU time of reading and decompression */
    struct trace_pass *next;
    uint8_t block[TRACE_BLOCK_MAX];
};

/* pass->in is open; the rest is zero. Make reader read from it; false as trace_reader_init(). */
bool trace_pass_begin(struct trace_pass *pass, struct trace_reader *reader);

/* The pass that a reader reads from. */
static inline struct trace_pass *trace_pass_of(const struct trace_reader *reader)
{
    return reader->source.context;
}

#endif
