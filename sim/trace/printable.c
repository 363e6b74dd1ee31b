#include "printable.h"

#include "replay/text_out.h"

#include <stdio.h>
#include <string.h>

#define ESCAPE_BYTES 4u /* \xHH */

/* C1 controls, U+0080 to U+009F, are two bytes in UTF-8. */
bool printable_is_control(const char *character, size_t bytes)
{
    const unsigned char *byte = (const unsigned char *)character;

    return byte[0] < 0x20u || byte[0] == 0x7fu ||
           (bytes == 2 && byte[0] == 0xc2u && byte[1] < 0xa0u);
}

static void put_escaped(char *to, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        snprintf(to + i * ESCAPE_BYTES, ESCAPE_BYTES + 1u, "\\x%02x", (unsigned char)bytes[i]);
}

size_t printable_copy(char *to, size_t room, const char *text, size_t bytes)
{
    size_t used = 0;
    size_t at = 0;

    while (at < bytes) {
        size_t valid = text_utf8_sequence(&text[at], bytes - at);
        size_t length = valid != 0 ? valid : 1u;
        bool escaped = valid == 0 || printable_is_control(&text[at], length);
        size_t needed = escaped ? length * ESCAPE_BYTES : length;
        if (needed >= room - used)
            break;
        if (escaped)
            put_escaped(to + used, &text[at], length);
        else
            memcpy(to + used, &text[at], length);
        used += needed;
        at += length;
    }
    to[used] = '\0';
    return used;
}

struct printable printable_part(const char *text, size_t bytes)
{
    struct printable printable;

    printable_copy(printable.text, sizeof printable.text, text, bytes);
    return printable;
}

struct printable printable(const char *text)
{
    return printable_part(text, strlen(text));
}

struct printable printable_within(const char *text, size_t bytes)
{
    struct printable printable;
    size_t room = bytes < sizeof printable.text ? bytes + 1u : sizeof printable.text;

    printable_copy(printable.text, room, text, strlen(text));
    return printable;
}
