/*
 * A file that appears whole or not at all, even if the program ends early. Every command writes its
 * files through here; stream_out.h adds a buffer and compression.
 *
 * If the file system has nameless files (O_TMPFILE), the file has no name until it is finished, so
 * that nothing can be left behind. Else it has a temporary name beside its target, which
 * temporary_file.h removes when a signal or exit() ends the program.
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
 * Is this path written in place? That is so for paths that cannot be replaced by another file: "-",
 * which is standard output; names of open descriptors, such as /dev/stdout and /dev/fd/3; devices
 * and pipes.
 */
bool whole_file_in_place(const char *path);

/*
 * Begins a file. The permissions of a new file follow the umask. A file that replaces another gets
 * the permissions of that one and, if the host allows it, its owner. A file that may not be written
 * is not replaced, and a link that leads nowhere is not followed.
 *
 * Returns 0, or the errno of the failure.
 */
int whole_file_open(struct whole_file *file, const char *path);

/* "standard output", "standard error", or the path itself: for messages. */
const char *whole_file_name(const char *path);

/*
 * Writes the file to the disk, gives it its name, and writes the name to the disk. Returns 0, or
 * the errno of the failure; then nothing has changed at the path. Either way the file is released.
 */
int whole_file_finish(struct whole_file *file);

/* Gives up and releases the file. Nothing has changed at the path. */
void whole_file_abandon(struct whole_file *file);

/* Are both the same existing file, whatever their names? */
bool whole_file_is(const char *path, const char *other);

#endif
