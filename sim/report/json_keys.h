/* The members of a JSON object, each with what stands before it: a brace, a comma. */
#ifndef REPORT_JSON_KEYS_H
#define REPORT_JSON_KEYS_H

#include "replay/run_json.h"

/* before, "key" and a colon; the value is to follow. */
void json_put_key(const struct text_out *out, const char *before, const char *key);

void json_put_number(const struct text_out *out, const char *before, const char *key,
                     uint64_t value);
void json_put_string(const struct text_out *out, const char *before, const char *key,
                     const char *value);
void json_put_bool(const struct text_out *out, const char *before, const char *key, bool value);

#endif
