/* Files for one test program, in a directory of its own that goes when the program ends. */
#ifndef SUPPORT_SCRATCH_H
#define SUPPORT_SCRATCH_H

#include <stddef.h>

/* The path of a file of this name there, whether it exists or not; good until the program ends. */
const char *scratch_path(const char *name);

/* The same; the file holds these bytes from now on. */
const char *scratch_bytes(const char *name, const void *data, size_t bytes);
const char *scratch_text(const char *name, const char *text);

/* A whole file, at most room bytes. Returns how many. */
size_t scratch_read(const char *path, void *data, size_t room);

#endif
