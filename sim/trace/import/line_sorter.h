/*
 * The last lines of a log, put in the order of their time stamps: what several CPUs wrote may have
 * been printed a little out of order. A line that comes more than LINE_SORTER_LINES lines too late
 * keeps the place where it stands. Lines of equal time keep their order. A line in its place costs
 * constant time, one out of it the number of lines that it moves past.
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
    uint64_t moved;    /* lines that were put before an earlier one */
    uint64_t late;     /* lines that came too late for that */
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

/* The line that line_sorter_next() gave takes its place; one that is not timed, behind all. */
void line_sorter_add(struct line_sorter *sorter);

/* Take the earliest line, which is valid until the next is filled in; NULL: there is none. */
const struct sorted_line *line_sorter_take(struct line_sorter *sorter);

#endif
