/*
 * JSON for tests: is a text valid, and what stands at a path in it? Strict (RFC 8259), as jansson
 * reads it; a key that an object has twice is an error as well.
 */
#ifndef SUPPORT_JSON_H
#define SUPPORT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* NULL: text is one valid value, and nothing but blanks beside it; else what is wrong where. The
   answer is good until the next call. */
const char *json_error(const char *text);

/*
 * The value at a path such as "runs[1].failures.kmalloc" in a text, "" being the whole of it:
 * "12", "\"brk\"", "null", "{...}", each written in one way. *bytes is its length. NULL: there is
 * none. The answer is good until the next call.
 */
const char *json_find(const char *text, const char *path, size_t *bytes);

/* Is the value at path the same as the value `expected`? */
bool json_equals(const char *text, const char *path, const char *expected);

/* A number without sign, fraction and exponent. UINT64_MAX: path is not there, or not one. */
uint64_t json_u64(const char *text, const char *path);

/* Of the value at path: '{', '[', '"', 't' (true or false), 'n' (null), 'i' (integer), 'f' (with a
   fraction or an exponent); 0: none. */
char json_type(const char *text, const char *path);

#endif
