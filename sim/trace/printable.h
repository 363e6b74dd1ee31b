/*
 * Text of foreign origin (names of files and sites, words of logs, arguments), made fit to be
 * printed to a person: it can neither command the terminal nor end the line. JSON has rules of its
 * own (text_put_json_string()).
 */
#ifndef TRACE_PRINTABLE_H
#define TRACE_PRINTABLE_H

#include <stddef.h>

#define PRINTABLE_BYTES 4096u

struct printable {
    char text[PRINTABLE_BYTES]; /* terminated */
};

/*
 * A control character (C0, DEL, C1) and each byte that is not UTF-8 becomes \xHH, C1 in two bytes
 * as UTF-8 has them; all else stays. What does not fit is cut off between characters.
 */
struct printable printable(const char *text);

/* Of the first `bytes` of a text that goes on. */
struct printable printable_part(const char *text, size_t bytes);

/* For a column of a table: what is printed has at most so many bytes. */
struct printable printable_within(const char *text, size_t bytes);

/* The same into `to`, which has room for so many bytes, the terminating one included. Returns the
   bytes before that. to and text are distinct. */
size_t printable_copy(char *to, size_t room, const char *text, size_t bytes);

#endif
