#include "line_reader.h"
#include "memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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
