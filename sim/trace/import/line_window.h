/*
 * The last lines of a log, put in the order of their time stamps: what several CPUs wrote may have
 * been printed a little out of order. A line that comes more than LINE_WINDOW lines too late keeps
 * the place where it stands. Lines of equal time keep their order. A line in its place costs
 * constant time, one out of it the number of lines that it moves past.
 */
#ifndef TRACE_LINE_WINDOW_H
#define TRACE_LINE_WINDOW_H

#include "kmem_line.h"

#define LINE_WINDOW 64u

struct window_line {
    struct kmem_line line; /* its words point into text */
    uint64_t number;       /* in the file, from 1 */
    char *text;
    size_t capacity;
};

struct line_window {
    struct window_line lines[LINE_WINDOW];
    uint16_t order[LINE_WINDOW]; /* a ring of indices of lines: [first, first + count) by time, the
                                    free ones behind them */
    uint32_t first;
    uint32_t count;
    uint64_t given_ns; /* the latest time taken from the window */
    uint64_t moved;    /* lines that were put before an earlier one */
    uint64_t late;     /* lines that came too late for that */
};

void line_window_init(struct line_window *window);
void line_window_free(struct line_window *window);

static inline bool line_window_is_full(const struct line_window *window)
{
    return window->count == LINE_WINDOW;
}

/* A line to be filled in, with a copy of the text; not in the window yet. The window is not
   full. */
struct window_line *line_window_next(struct line_window *window, const char *text, size_t bytes);

/* The line that line_window_next() gave takes its place; one that is not timed, behind all. */
void line_window_add(struct line_window *window);

/* Take the earliest line, which is valid until the next is filled in; NULL: there is none. */
const struct window_line *line_window_take(struct line_window *window);

#endif
