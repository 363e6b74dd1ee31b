#include "text_fields.h"

#include <string.h>

#define SHOWN_BYTES 40u

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct word line_take_word(struct line_rest *rest)
{
    struct word word = {NULL, 0};
    const char *at = rest->at;

    while (at < rest->end && is_blank(*at))
        at++;
    if (at < rest->end && *at == '#')
        at = rest->end;
    word.text = at;
    while (at < rest->end && !is_blank(*at))
        at++;
    word.bytes = (size_t)(at - word.text);
    rest->at = at;
    return word;
}

bool word_is(struct word word, const char *text)
{
    return strlen(text) == word.bytes && memcmp(text, word.text, word.bytes) == 0;
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
        fits = fits && *value <= (UINT64_MAX - digit) / base;
        *value = *value * base + digit;
    }
    return fits && *value >= least && *value <= most ? NUMBER_OK : NUMBER_OUT_OF_RANGE;
}

struct shown_word word_show(struct word word)
{
    struct shown_word shown = {{0}};
    size_t bytes = word.bytes <= SHOWN_BYTES ? word.bytes : SHOWN_BYTES;

    for (size_t i = 0; i < bytes; i++) {
        char c = word.text[i];

        shown.text[i] = (unsigned char)c < 0x20 || c == 0x7f ? '?' : c;
    }
    if (word.bytes > SHOWN_BYTES)
        strcpy(shown.text + bytes, "...");
    return shown;
}
