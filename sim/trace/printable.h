/*
 * Makes foreign text (names of files and sites, words of logs, arguments) fit to be printed: the
 * result can neither command the terminal nor end the line. JSON has its own rules (replay/json.h).
 */
#ifndef TRACE_PRINTABLE_H
#define TRACE_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>

/* Tells if a character of `bytes` bytes in UTF-8 is a control character: C0, DEL or C1. */
bool printable_is_control(const char *character, size_t bytes);

#define PRINTABLE_BYTES 4096u

struct printable {
    char text[PRINTABLE_BYTES]; /* terminated */
};

/*
 * Replaces each control character (C0, DEL, C1) and each byte that is not UTF-8 by \xHH; a C1
 * control becomes two of these, one for each of its bytes. A text that is too long is cut between
 * characters.
 */
struct printable printable(const char *text);

/* The same for the first `bytes` of a text. */
struct printable printable_part(const char *text, size_t bytes);

/* The same for a column of a table: the result has at most `bytes` bytes. */
struct printable printable_within(const char *text, size_t bytes);

/* The same into `to`, which has `room` bytes, the terminating one included. Returns the length of
   the result. to and text must not overlap. */
size_t printable_copy(char *to, size_t room, const char *text, size_t bytes);

#endif
