/*
 * JSON for tests: is a text valid, and which value is at a path? Follows RFC 8259 strictly, as
 * jansson does; an object that has a key twice is an error, too.
 */
#ifndef SUPPORT_JSON_H
#define SUPPORT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Returns NULL if text is one valid value with nothing but blanks around it. Else returns what is
 * wrong and where, valid until the next call. */
const char *json_error(const char *text);

/*
 * Returns the value at a path such as "runs[1].failures.kmalloc", or the whole text for the path
 * "". Values are written in one form only: "12", "\"brk\"", "null", "{...}". *bytes is the length.
 * Returns NULL if there is none. The answer is valid until the next call.
 */
const char *json_find(const char *text, const char *path, size_t *bytes);

/* Returns whether the value at path equals the value `expected`. */
bool json_equals(const char *text, const char *path, const char *expected);

/* Returns a number that has no sign, fraction or exponent. Returns UINT64_MAX if path does not lead
 * to one. */
uint64_t json_u64(const char *text, const char *path);

/* Returns the type of the value at path: '{', '[', '"', 't' (true or false), 'n' (null), 'i'
 * (integer), 'f' (number with a fraction or an exponent), or 0 if there is none. */
char json_type(const char *text, const char *path);

#endif
