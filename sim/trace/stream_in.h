/* A file or standard input, read from front to back, decompressed where its content says so. Of a
   file there can be any number of streams, in this process and its children. */
#ifndef TRACE_STREAM_IN_H
#define TRACE_STREAM_IN_H

#include "compression.h"
#include "error.h"

#include <sys/types.h>

#define STREAM_PEEK_MAX 4096u

struct stream_in {
    const char *name; /* for messages: the path, or "standard input" */
    int fd;
    off_t start;   /* where the stream starts in the file; -1: no file, but a pipe or a device */
    uint64_t size; /* bytes of the file from there on; 0: nobody knows */
    struct codec codec; /* compression NONE: as it is */
    uint8_t *raw;       /* bytes of the file, not yet decoded: [raw_at, raw_end) */
    size_t raw_at;
    size_t raw_end;
    uint64_t raw_read; /* bytes read of the file */
    bool raw_ended;
    uint8_t
        peek[STREAM_PEEK_MAX]; /* the first bytes, decoded; not yet given: [peek_at, peek_end) */
    size_t peek_at;
    size_t peek_end;
};

/* path is kept, and is a file's or "-". The error names it. */
bool stream_in_open(struct stream_in *in, const char *path, struct sim_error *error);

/* A file that is open, from its start; fd is the stream's from now on, also in failure. */
bool stream_in_open_fd(struct stream_in *in, const char *name, int fd, struct sim_error *error);

/* Once more what `first` read, from where that started; first->start is not -1. */
bool stream_in_open_again(struct stream_in *in, const struct stream_in *first,
                          struct sim_error *error);

/* Up to `room` > 0 bytes into out; *got is 0 at the end only. The error names the file and the
   offset in it. */
bool stream_in_read(struct stream_in *in, void *out, size_t room, size_t *got,
                    struct sim_error *error);

/* The same until room is full or the end has come. */
bool stream_in_fill(struct stream_in *in, void *out, size_t room, size_t *got,
                    struct sim_error *error);

/* Before anything is read: the first bytes, STREAM_PEEK_MAX, without taking them; fewer only where
   there are no more, and zeros behind them. */
bool stream_in_peek(struct stream_in *in, const uint8_t **data, size_t *bytes,
                    struct sim_error *error);

/* Nothing happens to one that is zeroed, or closed. */
void stream_in_close(struct stream_in *in);

#endif
