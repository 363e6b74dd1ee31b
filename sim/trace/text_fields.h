/* The words and numbers of a line of a text trace. */
#ifndef TRACE_TEXT_FIELDS_H
#define TRACE_TEXT_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct word {
    const char *text; /* not terminated */
    size_t bytes;     /* 0: there is none */
};

/* What is left of a line. */
struct line_rest {
    const char *at;
    const char *end;
};

/* Take the next word; none at the end of the line and where a comment starts. */
struct word line_take_word(struct line_rest *rest);

/* Inline: the length of a literal is known when this is compiled. */
static inline bool word_is(struct word word, const char *text)
{
    return strlen(text) == word.bytes && memcmp(text, word.text, word.bytes) == 0;
}

enum number_status { NUMBER_OK, NUMBER_NOT_ONE, NUMBER_OUT_OF_RANGE };

/* A decimal number, or a hexadecimal one after 0x, in [least, most]. */
enum number_status word_number(struct word word, uint64_t least, uint64_t most, uint64_t *value);

/* Where the first control character but tab is; `bytes` when there is none. */
size_t text_find_control(const char *text, size_t bytes);

/* Take the number that begins here, decimal or hexadecimal after 0x, up to the first character
   that is no digit of it. NUMBER_OUT_OF_RANGE: it takes more than 64 bits. */
enum number_status rest_take_number(struct line_rest *rest, uint64_t *value);

/* Take TEXT if it is what comes next. */
static inline bool rest_take_text(struct line_rest *rest, const char *text)
{
    size_t bytes = strlen(text);

    if ((size_t)(rest->end - rest->at) < bytes || memcmp(rest->at, text, bytes) != 0)
        return false;
    rest->at += bytes;
    return true;
}

/* A word as a message may show it: 40 bytes of it at most, control characters replaced. */
struct shown_word {
    char text[48];
};

struct shown_word word_show(struct word word);

#endif
