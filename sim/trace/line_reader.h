/* The lines of a text, one after another, whatever its length. */
#ifndef TRACE_LINE_READER_H
#define TRACE_LINE_READER_H

#include "stream_in.h"

#define LINE_BYTES_MAX 65535u

struct line_reader {
    struct stream_in *in;
    char *buffer;
    size_t at;         /* the next line starts here */
    size_t end;        /* bytes in the buffer */
    bool ended;        /* nothing follows what is in the buffer */
    uint64_t number;   /* of the last line given, from 1 */
    bool unterminated; /* the last line given had no newline */
};

void line_reader_open(struct line_reader *lines, struct stream_in *in);

/*
 * The next line, [*line, *line + *bytes), without its newline; valid until the next call. It may be
 * written to. *line is NULL at the end. false: a read error, or a line longer than LINE_BYTES_MAX.
 */
bool line_reader_next(struct line_reader *lines, char **line, size_t *bytes,
                      struct sim_error *error);

void line_reader_close(struct line_reader *lines);

#endif
