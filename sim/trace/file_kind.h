/* Recognises a file by its first bytes, so that the message about a file of the wrong kind can name
   the right command. */
#ifndef TRACE_FILE_KIND_H
#define TRACE_FILE_KIND_H

#include "stream_in.h"

/* What reads a file. */
enum file_role {
    ROLE_NONE, /* no command reads it as it is */
    ROLE_TRACE,
    ROLE_LOG,    /* `mmsim import` reads it */
    ROLE_MEMMAP, /* --memmap */
    ROLE_SERIES, /* `mmsim plot` */
    ROLE_SWEEP,  /* `mmsim plot` and `mmsim table` */
    ROLE_DUMP,   /* `mmsim inspect` */
};

struct file_kind {
    const char *name; /* "a log of ftrace" */
    enum file_role role;
    const char *format; /* of a log: its name for `mmsim import` */
    const char *advice; /* what to do with the file; a % stands for its name. "": there is none */
    const char *magic;  /* the bytes with which it begins */
    size_t magic_bytes;
    bool (*matches)(const char *head); /* not NULL: tests the head instead of magic; zeros follow
                                          the head */
};

/* The kind of file that a command expects. */
struct file_wanted {
    const char *name; /* "a trace" */
    enum file_role role;
    const char *format;   /* of a log; NULL: any */
    enum file_role other; /* another role that will do; ROLE_NONE: there is none */
};

extern const struct file_wanted wanted_trace, wanted_memmap, wanted_measures, wanted_sweep,
    wanted_dump;

/* Does the file look like the messages of a Linux kernel? */
bool file_is_kernel_log(const void *head, size_t bytes);

/* The kind of a file that begins so; NULL: it is unknown. */
const struct file_kind *file_kind_of(const void *head, size_t bytes);

/*
 * These tell if the first bytes of a file are those of a known kind that is not the wanted one.
 * They get at most STREAM_PEEK_MAX bytes, or take them from a stream. true: the error is "FILE:
 * this is KIND, not WANTED; ADVICE". false: the error stays as it is.
 */
bool file_kind_of_head_is_wrong(const char *name, const void *head, size_t bytes,
                                const struct file_wanted *wanted, struct sim_error *error);
bool file_kind_is_wrong(const struct stream_in *in, const struct file_wanted *wanted,
                        struct sim_error *error);

/* The same for a file that could not be used: opens path and looks at its head. Nothing happens if
   that fails, or if path is "-". */
void file_kind_explain(const char *path, const struct file_wanted *wanted, struct sim_error *error);

#endif
