/* Files for one test program, in a temporary directory that is removed when the program ends. */
#ifndef SUPPORT_SCRATCH_H
#define SUPPORT_SCRATCH_H

#include <stddef.h>

/* Returns the path of a file of this name, which need not exist. It is valid until the program
 * ends. */
const char *scratch_path(const char *name);

/* These write the file and return its path. */
const char *scratch_bytes(const char *name, const void *data, size_t bytes);
const char *scratch_text(const char *name, const char *text);

/* Reads a whole file of at most room bytes and returns its size. */
size_t scratch_read(const char *path, void *data, size_t room);

#endif
