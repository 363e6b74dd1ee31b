/* The file that a command writes, beside those that it reads. */
#ifndef COMMAND_OUTPUT_H
#define COMMAND_OUTPUT_H

#include <stdbool.h>

/*
 * false after a message: `out` is one of the files that are read, which would be lost. The names in
 * `in` are those of the user; "-" and what does not exist are never the same file.
 */
bool output_is_apart(const char *out, const char *const in[], int count);

#endif
