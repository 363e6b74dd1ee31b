#include "json.h"

struct json json_to(struct text_out out)
{
    return (struct json){.out = out};
}

static void put_line(struct json *json)
{
    text_put(&json->out, "\n");
    for (uint32_t i = 0; i < json->line_indent; i++)
        text_put(&json->out, " ");
    json->line_is_due = false;
}

/* Writes what precedes a value: the comma, the new line or the blank, and the key. */
static void begin_member(struct json *json, const char *key)
{
    bool is_first = (json->filled >> json->depth & 1u) == 0;

    if (!is_first)
        text_put(&json->out, json->line_is_due ? "," : ", ");
    if (json->line_is_due)
        put_line(json);
    json->filled |= 1u << json->depth;
    if (key != NULL) {
        text_put(&json->out, "\"");
        text_put(&json->out, key);
        text_put(&json->out, "\": ");
    }
}

static void begin(struct json *json, const char *key, const char *bracket)
{
    begin_member(json, key);
    text_put(&json->out, bracket);
    json->depth++;
    json->filled &= ~(1u << json->depth);
}

static void end(struct json *json, const char *bracket)
{
    if (json->line_is_due)
        put_line(json);
    text_put(&json->out, bracket);
    json->depth--;
}

void json_begin_object(struct json *json, const char *key)
{
    begin(json, key, "{");
}

void json_end_object(struct json *json)
{
    end(json, "}");
}

void json_begin_list(struct json *json, const char *key)
{
    begin(json, key, "[");
}

void json_end_list(struct json *json)
{
    end(json, "]");
}

void json_new_line(struct json *json, uint32_t indent)
{
    json->line_is_due = true;
    json->line_indent = indent;
}

void json_put_u64(struct json *json, const char *key, uint64_t value)
{
    begin_member(json, key);
    text_put_u64(&json->out, value);
}

void json_put_i64(struct json *json, const char *key, int64_t value)
{
    begin_member(json, key);
    text_put_i64(&json->out, value);
}

void json_put_permille(struct json *json, const char *key, uint32_t value)
{
    begin_member(json, key);
    text_put_permille(&json->out, value);
}

void json_put_millionths(struct json *json, const char *key, uint64_t value)
{
    begin_member(json, key);
    text_put_millionths(&json->out, value);
}

void json_put_bool(struct json *json, const char *key, bool value)
{
    begin_member(json, key);
    text_put(&json->out, value ? "true" : "false");
}

void json_put_null(struct json *json, const char *key)
{
    begin_member(json, key);
    text_put(&json->out, "null");
}

void json_put_optional(struct json *json, const char *key, bool present, uint64_t value)
{
    if (present)
        json_put_u64(json, key, value);
    else
        json_put_null(json, key);
}

void json_put_hex(struct json *json, const char *key, uint64_t value, uint32_t digits)
{
    begin_member(json, key);
    text_put(&json->out, "\"");
    text_put_hex(&json->out, value, digits);
    text_put(&json->out, "\"");
}

void json_put_text(struct json *json, const char *key, const char *text, size_t bytes)
{
    begin_member(json, key);
    text_put_json_string(&json->out, text, bytes);
}

void json_put_string(struct json *json, const char *key, const char *text)
{
    size_t bytes = 0;

    if (text == NULL) {
        json_put_null(json, key);
        return;
    }
    while (text[bytes] != '\0')
        bytes++;
    json_put_text(json, key, text, bytes);
}
