/*
 * A file that appears whole or not at all (whole_file.h), written through a buffer. The ending of
 * its name chooses the compression.
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
    uint8_t *buffer; /* the first `used` bytes are still to be written */
    size_t used;
    int failed; /* errno of the first write that failed, 0: none */
};

/* Opens a path, which is kept; "-" is standard output, which is never compressed. false: the error
   names it. */
bool stream_out_open(struct stream_out *out, const char *path, struct sim_error *error);

/* Writes the bytes. stream_out_close() reports a failure. */
void stream_out_write(struct stream_out *out, const void *data, size_t bytes);

/* Finishes the file and gives it its name. false: nothing has changed at path. Either way out is
   released. */
bool stream_out_close(struct stream_out *out, struct sim_error *error);

/* Gives up and releases out. Nothing has changed at path. */
void stream_out_abandon(struct stream_out *out);

/* Copies the whole regular file behind fd to path. */
bool stream_out_copy_file(int fd, const char *path, struct sim_error *error);

#endif
