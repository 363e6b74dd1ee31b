#include "text_fields.h"
#include "eight_bytes.h"
#include "memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- lines ---- */

#define BUFFER_BYTES (4u * (LINE_BYTES_MAX + 1u))

void line_reader_open(struct line_reader *lines, struct stream_in *in)
{
    *lines = (struct line_reader){.in = in, .buffer = memory_resize(NULL, BUFFER_BYTES, 1)};
}

static bool fill(struct line_reader *lines, struct sim_error *error)
{
    size_t got;

    memmove(lines->buffer, lines->buffer + lines->at, lines->end - lines->at);
    lines->end -= lines->at;
    lines->at = 0;
    while (lines->end < BUFFER_BYTES && !lines->ended) {
        if (!stream_in_read(lines->in, lines->buffer + lines->end, BUFFER_BYTES - lines->end, &got,
                            error))
            return false;
        lines->end += got;
        lines->ended = got == 0;
    }
    return true;
}

static char *newline(const struct line_reader *lines)
{
    return memchr(lines->buffer + lines->at, '\n', lines->end - lines->at);
}

bool line_reader_next(struct line_reader *lines, char **line, size_t *bytes,
                      struct sim_error *error)
{
    char *end = newline(lines);

    if (end == NULL && !lines->ended) {
        if (!fill(lines, error))
            return false;
        end = newline(lines);
    }
    *line = NULL;
    if (lines->at == lines->end)
        return true;
    lines->number++;
    lines->unterminated = end == NULL;
    *line = lines->buffer + lines->at;
    *bytes = end == NULL ? lines->end - lines->at : (size_t)(end - *line);
    lines->at += *bytes + (end != NULL);
    if (*bytes > LINE_BYTES_MAX)
        return sim_error_set(error, "%s:%" PRIu64 ": a line longer than %u bytes", lines->in->name,
                             lines->number, LINE_BYTES_MAX);
    return true;
}

void line_reader_close(struct line_reader *lines)
{
    free(lines->buffer);
}

/* ---- words and numbers ---- */

#define SHOWN_BYTES 40u

/* Control characters have been refused before: the only characters up to ' ' are blank and tab. */
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

/* The value of a digit in base 16; UINT32_MAX: the character is not a digit. */
static uint32_t digit_of(char c)
{
    static const uint8_t value_plus_one[256] = {
        ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
        ['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
        ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
        ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
    };

    return value_plus_one[(uint8_t)c] - 1u;
}

/* Does a hexadecimal number begin here: "0x" and a digit? */
static bool has_0x(const struct line_rest *rest)
{
    return rest->end - rest->at > 2 && rest->at[0] == '0' && (rest->at[1] | 0x20) == 'x' &&
           digit_of(rest->at[2]) < 16;
}

static inline enum number_status take_digits(struct line_rest *rest, uint32_t base, uint64_t *value)
{
    const char *at = rest->at;
    uint64_t number = 0;
    bool wraps = false;

    for (; at < rest->end; at++) {
        uint32_t digit = digit_of(*at);

        if (digit >= base)
            break;
        wraps |= __builtin_mul_overflow(number, base, &number);
        wraps |= __builtin_add_overflow(number, digit, &number);
    }
    if (at == rest->at)
        return NUMBER_NOT_ONE;
    rest->at = at;
    *value = number;
    return wraps ? NUMBER_OUT_OF_RANGE : NUMBER_OK;
}

enum number_status rest_take_number(struct line_rest *rest, uint64_t *value)
{
    if (!has_0x(rest))
        return take_digits(rest, 10, value);
    rest->at += 2;
    return take_digits(rest, 16, value);
}

enum number_status word_number(struct word word, uint64_t least, uint64_t most, uint64_t *value)
{
    struct line_rest rest = {word.text, word.text + word.bytes};
    enum number_status status = rest_take_number(&rest, value);

    if (status == NUMBER_NOT_ONE || rest.at < rest.end)
        return NUMBER_NOT_ONE;
    return status == NUMBER_OK && *value >= least && *value <= most ? NUMBER_OK
                                                                    : NUMBER_OUT_OF_RANGE;
}

/* Is any of the eight bytes a control character or a tab? */
static bool has_control(uint64_t eight)
{
    return (eight_below(eight, 0x20) | eight_equal(eight, 0x7f)) != 0;
}

static bool is_control(char c)
{
    return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

size_t text_find_control(const char *text, size_t bytes)
{
    size_t at = 0;

    while (bytes - at >= 8 && !has_control(eight_load(text + at)))
        at += 8;
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
