/* The lines, words and numbers of a text: a trace, or a log that is imported. */
#ifndef TRACE_TEXT_FIELDS_H
#define TRACE_TEXT_FIELDS_H

#include "stream_in.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* ---- lines ---- */

#define LINE_BYTES_MAX 65535u

struct line_reader {
    struct stream_in *in;
    char *buffer;
    size_t at;         /* start of the next line */
    size_t end;        /* bytes in the buffer */
    bool ended;        /* the input has ended: nothing follows the buffer */
    uint64_t number;   /* of the last line given, from 1 */
    bool unterminated; /* the last line given had no newline */
};

void line_reader_open(struct line_reader *lines, struct stream_in *in);

/*
 * Reads the next line, [*line, *line + *bytes), without its newline. It is valid until the next
 * call and may be written to. *line is NULL at the end. false: the input cannot be read, or the
 * line is longer than LINE_BYTES_MAX.
 */
bool line_reader_next(struct line_reader *lines, char **line, size_t *bytes,
                      struct sim_error *error);

void line_reader_close(struct line_reader *lines);

/* ---- words and numbers ---- */

struct word {
    const char *text; /* not terminated */
    size_t bytes;     /* 0: there is no word */
};

/* The part of a line that has not been taken yet. */
struct line_rest {
    const char *at;
    const char *end;
};

/* Takes the next word. There is none at the end of the line, or where a comment starts. */
struct word line_take_word(struct line_rest *rest);

/* Inline, so that the compiler knows the length of a literal. */
static inline bool word_is(struct word word, const char *text)
{
    return strlen(text) == word.bytes && memcmp(text, word.text, word.bytes) == 0;
}

enum number_status { NUMBER_OK, NUMBER_NOT_ONE, NUMBER_OUT_OF_RANGE };

/* Reads a decimal number, or a hexadecimal one after 0x, in [least, most]. */
enum number_status word_number(struct word word, uint64_t least, uint64_t most, uint64_t *value);

/* The index of the first control character other than tab; `bytes`: there is none. */
size_t text_find_control(const char *text, size_t bytes);

/* Takes the number that begins here, decimal, or hexadecimal after 0x. It ends before the first
   character that is not a digit. NUMBER_OUT_OF_RANGE: it needs more than 64 bits. */
enum number_status rest_take_number(struct line_rest *rest, uint64_t *value);

/* Takes `text` if it comes next. */
static inline bool rest_take_text(struct line_rest *rest, const char *text)
{
    size_t bytes = strlen(text);

    if ((size_t)(rest->end - rest->at) < bytes || memcmp(rest->at, text, bytes) != 0)
        return false;
    rest->at += bytes;
    return true;
}

/* A word fit for a message: at most 40 bytes of it, with control characters replaced. */
struct shown_word {
    char text[48];
};

struct shown_word word_show(struct word word);

#endif
