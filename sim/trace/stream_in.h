/* A file or standard input, read from front to back, and decompressed if its first bytes say so.
   Any number of streams can read the same file, in this process and its children. A compressed
   stream is decoded by a thread, so only the process that opened it can read it. */
#ifndef TRACE_STREAM_IN_H
#define TRACE_STREAM_IN_H

#include "compression.h"
#include "error.h"
#include "read_ahead.h"

#include <sys/types.h>

#define STREAM_PEEK_MAX 16384u

struct stream_in {
    const char *name; /* for messages: the path, or "standard input" */
    int fd;
    off_t start;        /* where the stream starts in the file; -1: it is a pipe or a device */
    uint64_t size;      /* bytes of the file from there on; 0: unknown */
    struct codec codec; /* compression NONE: the file is not compressed */
    uint8_t *raw;       /* bytes of the file, not yet decoded: [raw_at, raw_end) */
    size_t raw_at;
    size_t raw_end;
    uint64_t raw_read; /* bytes read from the file so far */
    bool raw_ended;
    bool ahead_tried;
    struct read_ahead *ahead; /* the thread that decodes, and alone uses `codec` and `raw...` then;
                                 NULL: there is none */
    uint8_t
        peek[STREAM_PEEK_MAX]; /* the first bytes, decoded; not yet given: [peek_at, peek_end) */
    size_t peek_at;
    size_t peek_end;
};

/* Opens a path, which is kept, or "-". false: the error names it. */
bool stream_in_open(struct stream_in *in, const char *path, struct sim_error *error);

/* Opens an open file from its start. The stream owns fd from now on, also on failure. */
bool stream_in_open_fd(struct stream_in *in, const char *name, int fd, struct sim_error *error);

/* Opens the file of `first` once more, from the same start. first->start must not be -1. */
bool stream_in_open_again(struct stream_in *in, const struct stream_in *first,
                          struct sim_error *error);

/* Reads up to `room` > 0 bytes into out. *got is 0 only at the end. false: the error names the file
   and the offset in it. */
bool stream_in_read(struct stream_in *in, void *out, size_t room, size_t *got,
                    struct sim_error *error);

/* The same, until out is full or the stream ends. */
bool stream_in_fill(struct stream_in *in, void *out, size_t room, size_t *got,
                    struct sim_error *error);

/* Shows the first STREAM_PEEK_MAX bytes without taking them, before anything else is read. *bytes
   is smaller if the stream is shorter; zeros follow the last byte. */
bool stream_in_peek(struct stream_in *in, const uint8_t **data, size_t *bytes,
                    struct sim_error *error);

/* Closes a stream. One that is zeroed or already closed stays as it is. */
void stream_in_close(struct stream_in *in);

#endif
