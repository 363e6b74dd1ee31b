#include "report/json_keys.h"

#include <string.h>

void json_put_key(const struct text_out *out, const char *before, const char *key)
{
    text_put(out, before);
    text_put_json_string(out, key, strlen(key));
    text_put(out, ": ");
}

void json_put_number(const struct text_out *out, const char *before, const char *key,
                     uint64_t value)
{
    json_put_key(out, before, key);
    text_put_u64(out, value);
}

void json_put_string(const struct text_out *out, const char *before, const char *key,
                     const char *value)
{
    json_put_key(out, before, key);
    text_put_json_string(out, value, strlen(value));
}

void json_put_bool(const struct text_out *out, const char *before, const char *key, bool value)
{
    json_put_key(out, before, key);
    text_put(out, value ? "true" : "false");
}
