/*
 * Files with temporary names, which must not outlive the program: they are removed when exit() ends
 * it, and when a signal does that people and systems send to end programs.
 */
#ifndef TRACE_TEMPORARY_FILE_H
#define TRACE_TEMPORARY_FILE_H

#include <stdbool.h>

struct temporary_file;

/*
 * Create a file of a new name: `stem`, a hyphen and eight digits. *fd is open for reading and
 * writing, the permissions are `mode` under the umask. NULL: errno says why.
 */
struct temporary_file *temporary_file_create(const char *stem, unsigned mode, int *fd);

const char *temporary_file_path(const struct temporary_file *file);

/* Remove it, unless it has another name by now. */
void temporary_file_remove(struct temporary_file *file);

/* Let it stay: nothing removes it from now on. */
void temporary_file_keep(struct temporary_file *file);

#endif
