#include "support/json.h"

/* jansson has a type of this name, and json.h a function. */
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

/* Returns the value that path leads to from `value`, or NULL. */
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

/* Returns a text's value, or NULL if it is not valid. Keeps the last one, because tests ask about
 * the same text often. */
static json_t *value_of(const char *text)
{
    static char *last;
    static json_t *value;

    if (last == NULL || strcmp(last, text) != 0) {
        free(last);
        json_decref(value);
        last = strdup(text);
        value = json_loads(text, STRICT, NULL);
    }
    return value;
}

static json_t *value_at(const char *text, const char *path)
{
    return walk(value_of(text), path);
}

const char *json_find(const char *text, const char *path, size_t *bytes)
{
    static char *found;

    free(found);
    found = json_dumps(value_at(text, path), JSON_ENCODE_ANY);
    *bytes = found != NULL ? strlen(found) : 0;
    return found;
}

bool json_equals(const char *text, const char *path, const char *expected)
{
    json_t *wanted = json_loads(expected, STRICT, NULL);
    bool equal = json_equal(value_at(text, path), wanted);

    json_decref(wanted);
    return equal;
}

char json_type(const char *text, const char *path)
{
    static const char letters[] = {
        [JSON_OBJECT] = '{', [JSON_ARRAY] = '[', [JSON_STRING] = '"', [JSON_INTEGER] = 'i',
        [JSON_REAL] = 'f',   [JSON_TRUE] = 't',  [JSON_FALSE] = 't',  [JSON_NULL] = 'n',
    };
    const json_t *value = value_at(text, path);

    return value != NULL ? letters[json_typeof(value)] : '\0';
}

uint64_t json_u64(const char *text, const char *path)
{
    const json_t *value = value_at(text, path);
    bool counts = json_is_integer(value) && json_integer_value(value) >= 0;

    return counts ? (uint64_t)json_integer_value(value) : UINT64_MAX;
}
