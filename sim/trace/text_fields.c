#include "text_fields.h"

#include <string.h>

#define SHOWN_BYTES 40u

/* A text's only characters up to the blank are the blank and the tab. */
static bool is_blank(char c)
{
    return (unsigned char)c <= ' ';
}

struct word line_take_word(struct line_rest *rest)
{
    const char *end = rest->end;
    const char *at = rest->at;
    const char *first;

    while (at < end && is_blank(*at))
        at++;
    first = at;
    if (at < end && *at == '#')
        first = at = end;
    while (at < end && !is_blank(*at))
        at++;
    rest->at = at;
    return (struct word){first, (size_t)(at - first)};
}

static uint32_t digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return (uint32_t)(c - '0');
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10u : 99u;
}

enum number_status word_number(struct word word, uint64_t least, uint64_t most, uint64_t *value)
{
    bool hex = word.bytes > 2 && word.text[0] == '0' && (word.text[1] | 0x20) == 'x';
    uint32_t base = hex ? 16 : 10;
    size_t i = hex ? 2 : 0;
    bool fits = true;

    if (word.bytes == 0)
        return NUMBER_NOT_ONE;
    for (*value = 0; i < word.bytes; i++) {
        uint32_t digit = digit_of(word.text[i]);

        if (digit >= base)
            return NUMBER_NOT_ONE;
        fits = !__builtin_mul_overflow(*value, base, value) && fits;
        fits = !__builtin_add_overflow(*value, digit, value) && fits;
    }
    return fits && *value >= least && *value <= most ? NUMBER_OK : NUMBER_OUT_OF_RANGE;
}

#define EACH_BYTE(value) (0x0101010101010101u * (uint64_t)(value))

/* Does any of eight bytes hold a control character, or a tab? Bits 7 of the differences tell, of
   bytes below 0x80. */
static bool has_control(uint64_t bytes)
{
    uint64_t deletes = bytes ^ EACH_BYTE(0x7f);
    uint64_t below = (bytes - EACH_BYTE(0x20)) & ~bytes;
    uint64_t zero = (deletes - EACH_BYTE(0x01)) & ~deletes;

    return ((below | zero) & EACH_BYTE(0x80)) != 0;
}

static bool is_control(char c)
{
    return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

size_t text_find_control(const char *text, size_t bytes)
{
    size_t at = 0;

    for (uint64_t eight; bytes - at >= sizeof(eight); at += sizeof(eight)) {
        memcpy(&eight, text + at, sizeof(eight));
        if (has_control(eight))
            break;
    }
    while (at < bytes && !is_control(text[at]))
        at++;
    return at;
}

struct shown_word word_show(struct word word)
{
    struct shown_word shown = {{0}};
    size_t bytes = word.bytes <= SHOWN_BYTES ? word.bytes : SHOWN_BYTES;

    for (size_t i = 0; i < bytes; i++) {
        char c = word.text[i];

        shown.text[i] = is_control(c) || c == '\t' ? '?' : c;
    }
    if (word.bytes > SHOWN_BYTES)
        strcpy(shown.text + bytes, "...");
    return shown;
}
