/*
 * Files with temporary names, which must not outlive the program: they are removed when exit() ends
 * it, and when a signal does that people and systems send to end programs.
 */
#ifndef TRACE_DOOMED_FILE_H
#define TRACE_DOOMED_FILE_H

#include <stdbool.h>

struct doomed_file;

/*
 * Create a file of a new name: `stem`, a hyphen and eight digits. *fd is open for reading and
 * writing, the permissions are `mode` under the umask. NULL: errno says why.
 */
struct doomed_file *doomed_file_create(const char *stem, unsigned mode, int *fd);

const char *doomed_file_path(const struct doomed_file *file);

/* Remove it, unless it has another name by now. */
void doomed_file_remove(struct doomed_file *file);

/* Let it stay: nothing removes it from now on. */
void doomed_file_keep(struct doomed_file *file);

#endif
