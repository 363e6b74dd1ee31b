/*
 * A file that appears whole or not at all (whole_file.h), written through a buffer, and compressed
 * as the ending of its name says.
 */
#ifndef TRACE_STREAM_OUT_H
#define TRACE_STREAM_OUT_H

#include "compression.h"
#include "error.h"
#include "whole_file.h"

struct stream_out {
    const char *name; /* for messages: the path, or "standard output" */
    struct whole_file file;
    struct codec codec;
    uint8_t *buffer; /* to be written: the first `used` bytes */
    size_t used;
    int failed; /* errno of the first write that failed, 0: none */
};

/* path is kept; "-" is standard output, never compressed. The error names it. */
bool stream_out_open(struct stream_out *out, const char *path, struct sim_error *error);

/* A failure shows in stream_out_close(). */
void stream_out_write(struct stream_out *out, const void *data, size_t bytes);

/* Finish and give the file its name. false: nothing has changed at path. Either way out is
   released. */
bool stream_out_close(struct stream_out *out, struct sim_error *error);

/* Give up: nothing has changed at path. */
void stream_out_abandon(struct stream_out *out);

/* Write the regular file behind fd, from its start to its end, to path: open, write, close. */
bool stream_out_copy_file(int fd, const char *path, struct sim_error *error);

#endif
