/*
 * Temporary files. A file with a name must not outlive the program: it is removed when exit() ends
 * the program, and when one of the signals does that people and systems send to end programs. A
 * spool is a file without a name, for data that is too long for memory.
 */
#ifndef TRACE_TEMPORARY_FILE_H
#define TRACE_TEMPORARY_FILE_H

#include "stream_in.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* ---- files with names ---- */

struct temporary_file;

/*
 * Creates a file of a new name: `stem`, a hyphen and eight digits. *fd is open for reading and
 * writing. The permissions are `mode` under the umask. NULL: errno says why.
 */
struct temporary_file *temporary_file_create(const char *stem, unsigned mode, int *fd);

const char *temporary_file_path(const struct temporary_file *file);

/* Removes the file, unless it has been renamed. */
void temporary_file_remove(struct temporary_file *file);

/* Keeps the file: nothing removes it from now on. */
void temporary_file_keep(struct temporary_file *file);

/* ---- spools ---- */

/* The folder of temporary files: $TMPDIR, or /tmp where that is not set or is empty. */
const char *spool_folder(void);

/* Creates a temporary file in that folder whose name begins with `name`. NULL: errno says why. */
struct temporary_file *spool_create_named(const char *name, int *fd);

/* Creates an empty spool. Returns its descriptor; -1: see error. */
int spool_open(struct sim_error *error);

/* The same, to be read and written as a stream. NULL: see error. */
FILE *spool_open_file(struct sim_error *error);

/* Sets the error of a failed write to a spool, which had this errno. Returns false. */
bool spool_failed(int reason, struct sim_error *error);

/* Writes all bytes at the file's position. false: errno says why. */
bool write_all(int fd, const void *data, size_t bytes);

/* Copies the rest of a stream into a spool. Returns its descriptor, at its end; -1: see error. */
int spool_stream(struct stream_in *in, struct sim_error *error);

#endif
