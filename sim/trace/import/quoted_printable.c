#include "quoted_printable.h"
#include "trace/memory.h"

#include <string.h>

bool quoted_printable_is(const char *line, size_t bytes)
{
    return memmem(line, bytes, "=3D", 3) != NULL;
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The character that "=3D" stands for; -1: this is no code of a printable one. */
static int decode(const char *at, const char *end)
{
    int code = -1;

    if (end - at > 2 && *at == '=' && digit_of(at[1]) >= 0 && digit_of(at[2]) >= 0)
        code = digit_of(at[1]) * 16 + digit_of(at[2]);
    return code >= ' ' || code == '\t' ? code : -1;
}

bool quoted_printable_add(struct quoted_line *whole, const char *line, size_t bytes)
{
    const char *end = line + bytes;

    whole->bytes = whole->goes_on ? whole->bytes : 0;
    whole->goes_on = bytes > 0 && end[-1] == '=';
    end -= whole->goes_on;
    whole->text = memory_reach(whole->text, &whole->capacity, whole->bytes + bytes, 1);
    for (const char *at = line; at < end; at++) {
        int code = decode(at, end);

        whole->text[whole->bytes++] = code < 0 ? *at : (char)code;
        at += code < 0 ? 0 : 2;
    }
    return !whole->goes_on;
}
