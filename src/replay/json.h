/*
 * Writes JSON. The writer puts the commas and knows what is open, so a caller gives only keys and
 * values:
 *
 *     struct json json = json_to(out);
 *     json_begin_object(&json, NULL);
 *     json_put_string(&json, "strategy", "brk");
 *     json_begin_list(&json, "sizes");
 *     json_put_u64(&json, NULL, 4096);
 *     json_end_list(&json);
 *     json_end_object(&json);                     {"strategy": "brk", "sizes": [4096]}
 *
 * `key` is the key of a member of an object, which is written without escapes. It is NULL for an
 * element of a list and for the outermost value. Each call is O(length of its text) and cannot
 * fail.
 */
#ifndef REPLAY_JSON_H
#define REPLAY_JSON_H

#include <stdbool.h>

#include "text_out.h"

#define JSON_DEPTH_MAX 31u /* open objects and lists; the caller must not exceed it */

struct json {
    struct text_out out;
    uint32_t depth;
    uint32_t filled;      /* bit d: the object or list at depth d has a member */
    bool line_is_due;     /* a new line starts before the next member or bracket */
    uint32_t line_indent; /* in columns */
};

/* Returns a writer to `out` that has written nothing. */
struct json json_to(struct text_out out);

void json_begin_object(struct json *json, const char *key);
void json_end_object(struct json *json);
void json_begin_list(struct json *json, const char *key);
void json_end_list(struct json *json);

/* Starts a new line before the next member or closing bracket, indented by `indent` columns. */
void json_new_line(struct json *json, uint32_t indent);

void json_put_u64(struct json *json, const char *key, uint64_t value);
void json_put_i64(struct json *json, const char *key, int64_t value);
void json_put_permille(struct json *json, const char *key, uint32_t value);   /* 345 as 0.345 */
void json_put_millionths(struct json *json, const char *key, uint64_t value); /* 5 as 0.000005 */
void json_put_bool(struct json *json, const char *key, bool value);
void json_put_null(struct json *json, const char *key);

/* Writes the value if it is present, and null if not. */
void json_put_optional(struct json *json, const char *key, bool present, uint64_t value);

/* Writes the lowest `digits` hexadecimal digits of the value as a string. */
void json_put_hex(struct json *json, const char *key, uint64_t value, uint32_t digits);

/* Writes a terminated text as a string, and NULL as null. */
void json_put_string(struct json *json, const char *key, const char *text);

/* Writes a text of `bytes` bytes, which need not be terminated, as a string. */
void json_put_text(struct json *json, const char *key, const char *text, size_t bytes);

#endif
