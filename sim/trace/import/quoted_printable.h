/* Lines of a mail that was encoded as quoted-printable (RFC 2045, 6.7): "=3D" stands for "=", and a
   line that ends in "=" goes on in the next one. */
#ifndef TRACE_QUOTED_PRINTABLE_H
#define TRACE_QUOTED_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>

/* The line that is being put together. It is empty if everything is zero. */
struct quoted_line {
    char *text;
    size_t bytes;
    size_t capacity;
    bool goes_on;
};

/* Does the line have an encoded equals sign? */
bool quoted_printable_is(const char *line, size_t bytes);

/* Appends what a line of the mail stands for; to nothing, if the line before it was complete.
   Returns true if the result is complete. */
bool quoted_printable_add(struct quoted_line *whole, const char *line, size_t bytes);

#endif
