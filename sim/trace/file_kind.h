/* What a file is, by its first bytes: so that a file of the wrong kind is met by a message that
 * names the right command. */
#ifndef TRACE_FILE_KIND_H
#define TRACE_FILE_KIND_H

#include "stream_in.h"

/* What a file is good for. */
enum file_role {
    ROLE_NONE, /* nothing here, as it is */
    ROLE_TRACE,
    ROLE_LOG,    /* `mmsim import` reads it */
    ROLE_MEMMAP, /* --memmap */
    ROLE_SERIES, /* `mmsim plot` */
    ROLE_SWEEP,  /* `mmsim plot` and `mmsim table` */
};

struct file_kind {
    const char *name; /* "a log of ftrace" */
    enum file_role role;
    const char *format; /* of a log: what `mmsim import` calls it */
    const char *advice; /* what to do with it; a % stands for the file's name. "": nothing */
    const char *magic;  /* what it begins with, */
    size_t magic_bytes;
    bool (*matches)(const char *head, size_t bytes); /* or, not NULL, what tells it; head is
                                                        terminated behind its bytes */
};

/* What a command expects. */
struct file_wanted {
    const char *name; /* "a trace" */
    enum file_role role;
    const char *format;   /* of a log; NULL: any */
    enum file_role other; /* that will do, too; ROLE_NONE: there is no other */
};

extern const struct file_wanted wanted_trace, wanted_memmap, wanted_measures, wanted_sweep;

/* NULL: not known. */
const struct file_kind *file_kind_of(const void *head, size_t bytes);

/*
 * Is the head that was peeked that of a known kind which is not the one wanted? Then the error is
 * set: "FILE: this is KIND, not WANTED; ADVICE". false otherwise, and the error stays as it is.
 */
bool file_kind_is_wrong(const struct stream_in *in, const struct file_wanted *wanted,
                        struct sim_error *error);

/* The same for a file that turned out to be of no use: path is opened and looked at. Nothing
   happens where that fails, or where path is "-". */
void file_kind_explain(const char *path, const struct file_wanted *wanted, struct sim_error *error);

#endif
