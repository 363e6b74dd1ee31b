/*
 * A file that appears whole or not at all, whatever ends the program before. Every command that
 * writes a file writes it through here (stream_out.h adds buffers and compression).
 *
 * Where the file system has nameless files (O_TMPFILE), what is written has no name until it is
 * finished, so that nothing can be left behind. Elsewhere it has a temporary name beside the file,
 * which temporary_file.h removes when a signal or exit() ends the program.
 */
#ifndef TRACE_WHOLE_FILE_H
#define TRACE_WHOLE_FILE_H

#include "temporary_file.h"

#include <stdbool.h>

struct whole_file {
    int fd;                     /* to be written to */
    char *target;               /* the file's path, links followed; NULL: written in place */
    struct temporary_file *own; /* its temporary name; NULL: it has none */
};

/*
 * These are written in place, for nobody could replace them: "-", which is standard output; the
 * names of open descriptors, such as /dev/stdout and /dev/fd/3; devices and pipes.
 */
bool whole_file_in_place(const char *path);

/*
 * Begin a file. A new file's permissions follow the umask; one that replaces another keeps its
 * permissions and, where the host allows it, its owner. A file that may not be written is not
 * replaced, and a link that leads nowhere is not followed.
 *
 * Returns 0, or the errno of the failure.
 */
int whole_file_open(struct whole_file *file, const char *path);

/* "standard output", "standard error", or the path itself: for messages. */
const char *whole_file_name(const char *path);

/*
 * Put the file on the disk, give it its name, and put that on the disk, too. Returns 0, or the
 * errno of the failure: nothing has changed at the path then. Either way the file is released.
 */
int whole_file_finish(struct whole_file *file);

/* Give up: nothing has changed at the path. */
void whole_file_abandon(struct whole_file *file);

/* Are both the same existing file, whatever their names? */
bool whole_file_is(const char *path, const char *other);

#endif
