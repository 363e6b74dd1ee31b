/*
 * One line of a log of a kernel's kmem events, whoever printed it. Each format has its own way to
 * say who, where and when (the head, import_FORMAT.c); from the event's name on they are alike
 * (kmem_fields.h).
 */
#ifndef TRACE_KMEM_LINE_H
#define TRACE_KMEM_LINE_H

#include "trace/text_fields.h"

#include <string.h>

enum line_kind {
    LINE_EVENT,
    LINE_LOST,   /* of events that the kernel or the tool dropped */
    LINE_SILENT, /* a header, a comment, a blank line, a line of a call chain */
    LINE_UNKNOWN,
};

struct kmem_line {
    enum line_kind kind;
    struct word task; /* may hold anything */
    uint64_t pid;
    char context; /* '.': task, 's': softirq, 'h' and 'H': hardirq, ...; '?' where there is no
                     column */
    bool timed;   /* time_ns is known */
    uint64_t time_ns;
    struct word event;     /* "kfree"; function tracer: the function's name */
    struct line_rest rest; /* fields; of a marker: its text; function tracer: "<-caller" */
    uint64_t lost;         /* LINE_LOST: how many events; 1 where the line does not say */
};

#define LINE_HEAD_BYTES 64u

/* The task, its PID and the CPU at the start of a line, which the next line is likely to share. */
struct line_head {
    char text[LINE_HEAD_BYTES];
    uint32_t bytes; /* 0: none is known */
    uint32_t task_at;
    uint32_t task_bytes;
    uint64_t pid;
};

/* A format of such logs. */
struct kmem_format {
    const char *name; /* "not a line of NAME" */
    /* Take a line apart, which does not end in a carriage return. The words point into text. head:
       what the format wants to know of earlier lines, at first zeroed. */
    void (*parse)(const char *text, size_t bytes, struct line_head *head, struct kmem_line *line);
};

/*
 * What heads are made of. Each takes its part at `at` and returns what follows; NULL: it is not
 * there. Never past end.
 */

/* "12.345678:", seconds, and a blank after it. A counter of other clocks ("4242:") is taken for
   seconds. Where the fraction is not one of a second, the line is not timed: perf --ns on 32-bit
   machines prints such. */
const char *line_take_time(const char *at, const char *end, struct kmem_line *line);

/* "TASK-PID [CPU] FLAGS TIME", of ftrace and trace-cmd; flags may be missing, or stand right behind
   the CPU without brackets. */
const char *line_take_task_and_time(const char *at, const char *end, struct line_head *head,
                                    struct kmem_line *line);

/* The event's name, without the colon behind it, and the rest of the line. */
void line_take_event(const char *at, const char *end, struct kmem_line *line);

/* "CPU:0 [LOST 52 EVENTS]", "CPU:0 [52 EVENTS DROPPED]", "CPU:0 [EVENTS DROPPED]" */
bool line_take_lost(const char *at, const char *end, struct kmem_line *line);

static inline bool line_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline const char *line_skip_blanks(const char *at, const char *end)
{
    while (at < end && *at == ' ')
        at++;
    return at;
}

static inline const char *line_skip_word(const char *at, const char *end)
{
    const char *blank = memchr(at, ' ', (size_t)(end - at));

    return blank != NULL ? blank : end;
}

static inline const char *line_skip_digits(const char *at, const char *end)
{
    while (at < end && line_is_digit(*at))
        at++;
    return at;
}

/* A decimal number, at least one digit. */
const char *line_take_number(const char *at, const char *end, uint64_t *number);

/* Does the line begin with text? */
bool line_starts(const char *at, const char *end, const char *text);

#endif
