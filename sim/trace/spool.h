/* Nameless temporary files, for what is too long for memory. */
#ifndef TRACE_SPOOL_H
#define TRACE_SPOOL_H

#include "stream_in.h"
#include "temporary_file.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Where temporary files are: $TMPDIR, and /tmp where that is not set, or empty. */
const char *spool_folder(void);

/* A temporary file there whose name begins with `name`, for what is to have one. NULL: errno says
   why. */
struct temporary_file *spool_create_named(const char *name, int *fd);

/* A new, empty, nameless file there: its descriptor, or -1 and the error. */
int spool_open(struct sim_error *error);

/* The same, to be read and written as a stream; NULL and the error. */
FILE *spool_open_file(struct sim_error *error);

/* Writing to it failed, with this errno: the error says so. Returns false. */
bool spool_failed(int reason, struct sim_error *error);

/* Write all of it at the file's position. false: errno says why. */
bool write_all(int fd, const void *data, size_t bytes);

/* The rest of a stream in such a file: its descriptor, at the end, or -1 and the error. */
int spool_stream(struct stream_in *in, struct sim_error *error);

#endif
