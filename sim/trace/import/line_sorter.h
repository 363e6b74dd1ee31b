/*
 * Sorts the lines of a log by their time stamps, because lines from several CPUs may be printed a
 * little out of order. It holds the last LINE_SORTER_LINES lines; a line that is late by more than
 * that keeps its place. Lines of equal time keep their order. A line in its place takes constant
 * time, any other as much as the number of lines that it passes.
 */
#ifndef TRACE_LINE_SORTER_H
#define TRACE_LINE_SORTER_H

#include "kmem_line.h"

#define LINE_SORTER_LINES 64u

struct sorted_line {
    struct kmem_line line; /* its words point into text */
    uint64_t number;       /* in the file, from 1 */
    char *text;
    size_t capacity;
};

struct line_sorter {
    struct sorted_line lines[LINE_SORTER_LINES];
    uint16_t order[LINE_SORTER_LINES]; /* a ring of indices of lines: [first, first + count) by
                                    time, the free ones behind them */
    uint32_t first;
    uint32_t count;
    uint64_t given_ns; /* the latest time taken from the sorter */
    uint64_t moved;    /* lines that were moved to an earlier place */
    uint64_t late;     /* lines that came too late to be moved */
};

void line_sorter_init(struct line_sorter *sorter);
void line_sorter_free(struct line_sorter *sorter);

static inline bool line_sorter_is_full(const struct line_sorter *sorter)
{
    return sorter->count == LINE_SORTER_LINES;
}

/* A line to be filled in, with a copy of the text; which is not in the sorter yet. The sorter is
   not full. */
struct sorted_line *line_sorter_next(struct line_sorter *sorter, const char *text, size_t bytes);

/* Appends a blank and `bytes` bytes to the text of a line, of which `length` bytes are in use. The
   line's words point into the old text. */
void line_sorter_extend(struct sorted_line *line, size_t length, const char *text, size_t bytes);

/* Puts the line of line_sorter_next() in its place; a line without a time comes last. */
void line_sorter_add(struct line_sorter *sorter);

/* Takes the earliest line, which is valid until line_sorter_next(); NULL: there is none. */
const struct sorted_line *line_sorter_take(struct line_sorter *sorter);

#endif
