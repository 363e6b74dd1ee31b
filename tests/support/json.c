#include "support/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 16u

/* A scan of one value; at stays where it failed. */
struct scan {
    const char *at;
    const char *error;
    unsigned depth;
};

static bool fail(struct scan *scan, const char *error)
{
    if (scan->error == NULL)
        scan->error = error;
    return false;
}

static void skip_blanks(struct scan *scan)
{
    scan->at += strspn(scan->at, " \t\r\n");
}

static bool take(struct scan *scan, char c, const char *error)
{
    if (*scan->at != c)
        return fail(scan, error);
    scan->at++;
    return true;
}

/* One UTF-8 sequence (RFC 3629): neither overlong, nor a surrogate, nor above U+10FFFF. */
static bool scan_utf8(struct scan *scan)
{
    const unsigned char *at = (const unsigned char *)scan->at;
    unsigned more = at[0] >= 0xf0 ? 3 : at[0] >= 0xe0 ? 2 : 1;
    unsigned least = at[0] == 0xe0 ? 0xa0 : at[0] == 0xf0 ? 0x90 : 0x80;
    unsigned most = at[0] == 0xed ? 0x9f : at[0] == 0xf4 ? 0x8f : 0xbf;

    if (at[0] < 0xc2 || at[0] > 0xf4 || at[1] < least || at[1] > most)
        return fail(scan, "not UTF-8");
    for (unsigned i = 2; i <= more; i++)
        if ((at[i] & 0xc0) != 0x80)
            return fail(scan, "not UTF-8");
    scan->at += 1 + more;
    return true;
}

static bool scan_escape(struct scan *scan)
{
    scan->at++;
    if (*scan->at == 'u') {
        if (strspn(scan->at + 1, "0123456789abcdefABCDEF") < 4)
            return fail(scan, "\\u without four hexadecimal digits");
        scan->at += 5;
        return true;
    }
    if (*scan->at == '\0' || strchr("\"\\/bfnrt", *scan->at) == NULL)
        return fail(scan, "unknown escape");
    scan->at++;
    return true;
}

static bool scan_string(struct scan *scan)
{
    if (!take(scan, '"', "expected a string"))
        return false;
    while (*scan->at != '"') {
        unsigned char c = (unsigned char)*scan->at;
        if (c < 0x20)
            return fail(scan, "a control character, or the end, inside a string");
        if (c == '\\' ? !scan_escape(scan) : c >= 0x80 && !scan_utf8(scan))
            return false;
        if (c != '\\' && c < 0x80)
            scan->at++;
    }
    scan->at++;
    return true;
}

static bool scan_digits(struct scan *scan)
{
    size_t digits = strspn(scan->at, "0123456789");

    scan->at += digits;
    return digits > 0 || fail(scan, "expected a digit");
}

static bool scan_number(struct scan *scan)
{
    scan->at += *scan->at == '-';
    if (scan->at[0] == '0' && scan->at[1] >= '0' && scan->at[1] <= '9')
        return fail(scan, "a number with a leading zero");
    if (!scan_digits(scan))
        return false;
    if (*scan->at == '.') {
        scan->at++;
        if (!scan_digits(scan))
            return false;
    }
    if (*scan->at != 'e' && *scan->at != 'E')
        return true;
    scan->at++;
    scan->at += *scan->at == '-' || *scan->at == '+';
    return scan_digits(scan);
}

static bool scan_word(struct scan *scan)
{
    static const char *const words[] = {"true", "false", "null"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strncmp(scan->at, words[i], strlen(words[i])) == 0) {
            scan->at += strlen(words[i]);
            return true;
        }
    return fail(scan, "expected a value");
}

static bool scan_value(struct scan *scan);

/* Does the object that starts at `object` have the key [key, end) before it? */
static bool key_is_new(struct scan *scan, const char *object, const char *key, const char *end)
{
    size_t bytes = (size_t)(end - key);
    struct scan before = {.at = object + 1, .depth = scan->depth};

    for (skip_blanks(&before); before.at < key; skip_blanks(&before)) {
        if (strncmp(before.at, key, bytes) == 0)
            return fail(scan, "an object has this key twice");
        (void)scan_string(&before);
        skip_blanks(&before);
        before.at++; /* : */
        (void)scan_value(&before);
        skip_blanks(&before);
        before.at++; /* , */
    }
    return true;
}

static bool scan_member(struct scan *scan, const char *object)
{
    const char *key = scan->at;

    if (!scan_string(scan) || !key_is_new(scan, object, key, scan->at))
        return false;
    skip_blanks(scan);
    return take(scan, ':', "expected :") && scan_value(scan);
}

/* An object or an array. */
static bool scan_list(struct scan *scan, char close, const char *expected)
{
    const char *open = scan->at;

    scan->at++;
    skip_blanks(scan);
    if (*scan->at == close) {
        scan->at++;
        return true;
    }
    for (;;) {
        if (close == '}' ? !scan_member(scan, open) : !scan_value(scan))
            return false;
        skip_blanks(scan);
        if (*scan->at != ',')
            return take(scan, close, expected);
        scan->at++;
        skip_blanks(scan);
    }
}

/* Blanks, and one value. */
static bool scan_value(struct scan *scan)
{
    bool good;

    skip_blanks(scan);
    if (scan->depth == DEPTH_MAX)
        return fail(scan, "deeper than these tests expect");
    scan->depth++;
    if (*scan->at == '{')
        good = scan_list(scan, '}', "expected , or }");
    else if (*scan->at == '[')
        good = scan_list(scan, ']', "expected , or ]");
    else if (*scan->at == '"')
        good = scan_string(scan);
    else if (*scan->at == '-' || (*scan->at >= '0' && *scan->at <= '9'))
        good = scan_number(scan);
    else
        good = scan_word(scan);
    scan->depth--;
    return good;
}

const char *json_error(const char *text)
{
    static char line[160];
    struct scan scan = {.at = text};

    if (scan_value(&scan)) {
        skip_blanks(&scan);
        if (*scan.at != '\0')
            fail(&scan, "something stands behind the value");
    }
    if (scan.error == NULL)
        return NULL;
    snprintf(line, sizeof line, "offset %td: %s: %.40s", scan.at - text, scan.error, scan.at);
    return line;
}

/* ---- paths ---- */

/* *value moves to the member of the object there whose key is [key, key + bytes). */
static bool enter_member(const char **value, const char *key, size_t bytes)
{
    struct scan scan = {.at = *value + 1};

    if (**value != '{')
        return false;
    for (skip_blanks(&scan); *scan.at == '"'; skip_blanks(&scan)) {
        const char *name = scan.at + 1;
        (void)scan_string(&scan);
        bool here = (size_t)(scan.at - name) == bytes + 1 && memcmp(name, key, bytes) == 0;
        skip_blanks(&scan);
        scan.at++; /* : */
        skip_blanks(&scan);
        *value = scan.at;
        if (here)
            return true;
        (void)scan_value(&scan);
        skip_blanks(&scan);
        scan.at += *scan.at == ',';
    }
    return false;
}

static bool enter_item(const char **value, unsigned long index)
{
    struct scan scan = {.at = *value + 1};

    if (**value != '[')
        return false;
    for (skip_blanks(&scan); *scan.at != ']'; skip_blanks(&scan)) {
        *value = scan.at;
        if (index-- == 0)
            return true;
        (void)scan_value(&scan);
        skip_blanks(&scan);
        scan.at += *scan.at == ',';
    }
    return false;
}

const char *json_find(const char *text, const char *path, size_t *bytes)
{
    const char *value = text + strspn(text, " \t\r\n");

    while (*path != '\0') {
        size_t length = strcspn(path, ".[");
        if (length > 0 && !enter_member(&value, path, length))
            return NULL;
        path += length;
        if (*path == '[') {
            char *end;
            unsigned long index = strtoul(path + 1, &end, 10);
            if (!enter_item(&value, index))
                return NULL;
            path = end + 1;
        }
        path += *path == '.';
    }
    struct scan scan = {.at = value};
    if (!scan_value(&scan))
        return NULL;
    *bytes = (size_t)(scan.at - value);
    return value;
}

bool json_equals(const char *text, const char *path, const char *expected)
{
    size_t bytes;
    const char *value = json_find(text, path, &bytes);

    return value != NULL && bytes == strlen(expected) && memcmp(value, expected, bytes) == 0;
}

char json_type(const char *text, const char *path)
{
    size_t bytes;
    const char *value = json_find(text, path, &bytes);

    if (value == NULL)
        return 0;
    if (strchr("{[\"n", *value) != NULL)
        return *value;
    if (*value == 't' || *value == 'f')
        return 't';
    for (size_t i = 0; i < bytes; i++)
        if (strchr(".eE", value[i]) != NULL)
            return 'f';
    return 'i';
}

uint64_t json_u64(const char *text, const char *path)
{
    size_t bytes;
    const char *value = json_find(text, path, &bytes);

    if (value == NULL || json_type(text, path) != 'i' || *value == '-')
        return UINT64_MAX;
    return strtoull(value, NULL, 10);
}
