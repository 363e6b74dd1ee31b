/* An error as one line for people: which file, where in it, what is wrong, what to do. */
#ifndef TRACE_ERROR_H
#define TRACE_ERROR_H

#include <stdbool.h>

struct sim_error {
    char text[512]; /* terminated, fit to be printed (printable.h); a longer text is cut */
    bool writing;   /* a write failed: neither arguments nor input are at fault */
};

/* Sets the error, as printf does. Returns false, so that a function which fails can return it. */
__attribute__((format(printf, 2, 3))) bool sim_error_set(struct sim_error *error,
                                                         const char *format, ...);

/* The same for a failed write. */
__attribute__((format(printf, 2, 3))) bool sim_error_set_writing(struct sim_error *error,
                                                                 const char *format, ...);

#endif
