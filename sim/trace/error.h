/* What went wrong, as the one line that a person reads: which file, where, what, what to do. */
#ifndef TRACE_ERROR_H
#define TRACE_ERROR_H

#include <stdbool.h>

struct sim_error {
    char text[512]; /* terminated, fit to be printed (printable.h); cut when longer */
    bool writing;   /* the host does not take what is written: no fault of arguments or input */
};

/* As printf. Returns false, so that a function which fails can return it. */
__attribute__((format(printf, 2, 3))) bool sim_error_set(struct sim_error *error,
                                                         const char *format, ...);

/* The same, of a failure to write. */
__attribute__((format(printf, 2, 3))) bool sim_error_set_writing(struct sim_error *error,
                                                                 const char *format, ...);

#endif
