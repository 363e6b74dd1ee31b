#include "support/json.h"

/* A type there, a function here. */
#define json_type jansson_type
#include <jansson.h>
#undef json_type

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STRICT (JSON_DECODE_ANY | JSON_REJECT_DUPLICATES)

const char *json_error(const char *text)
{
    static char line[256];
    json_error_t error;
    json_t *value = json_loads(text, STRICT, &error);

    if (value == NULL)
        snprintf(line, sizeof line, "offset %d: %s: %.40s", error.position, error.text,
                 text + error.position);
    json_decref(value);
    return value == NULL ? line : NULL;
}

/* The value that path leads to from `value`; NULL: none. */
static json_t *walk(json_t *value, const char *path)
{
    while (*path != '\0') {
        size_t length = strcspn(path, ".[");

        if (length > 0)
            value = json_object_getn(value, path, length);
        path += length;
        if (*path == '[') {
            char *end;
            value = json_array_get(value, strtoul(path + 1, &end, 10));
            path = end + 1;
        }
        path += *path == '.';
    }
    return value;
}

/* The value at a path of a text, a reference of the caller's; NULL: none. */
static json_t *value_at(const char *text, const char *path)
{
    json_t *whole = json_loads(text, STRICT, NULL);
    json_t *value = json_incref(walk(whole, path));

    json_decref(whole);
    return value;
}

const char *json_find(const char *text, const char *path, size_t *bytes)
{
    static char *found;
    json_t *value = value_at(text, path);

    free(found);
    found = json_dumps(value, JSON_ENCODE_ANY);
    *bytes = found != NULL ? strlen(found) : 0;
    json_decref(value);
    return found;
}

bool json_equals(const char *text, const char *path, const char *expected)
{
    json_t *value = value_at(text, path);
    json_t *wanted = json_loads(expected, STRICT, NULL);
    bool equal = json_equal(value, wanted);

    json_decref(value);
    json_decref(wanted);
    return equal;
}

char json_type(const char *text, const char *path)
{
    static const char letters[] = {
        [JSON_OBJECT] = '{', [JSON_ARRAY] = '[', [JSON_STRING] = '"', [JSON_INTEGER] = 'i',
        [JSON_REAL] = 'f',   [JSON_TRUE] = 't',  [JSON_FALSE] = 't',  [JSON_NULL] = 'n',
    };
    json_t *value = value_at(text, path);
    char letter = value != NULL ? letters[json_typeof(value)] : '\0';

    json_decref(value);
    return letter;
}

uint64_t json_u64(const char *text, const char *path)
{
    json_t *value = value_at(text, path);
    bool counts = json_is_integer(value) && json_integer_value(value) >= 0;
    uint64_t number = counts ? (uint64_t)json_integer_value(value) : UINT64_MAX;

    json_decref(value);
    return number;
}
