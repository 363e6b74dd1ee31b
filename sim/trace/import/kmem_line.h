/*
 * One line of a log of kmem events, and the import of such a log. The formats differ in the head of
 * a line, which says who, where and when (import_FORMAT.c). From the event's name on they are alike
 * (log_fields.h).
 */
#ifndef TRACE_KMEM_LINE_H
#define TRACE_KMEM_LINE_H

#include "import.h"
#include "trace/text_fields.h"

#include <string.h>

enum line_kind {
    LINE_EVENT,
    LINE_FUNCTION, /* of the function tracer, or of the function graph; or begins a stack trace */
    LINE_LOST,     /* reports events that the kernel or the tool dropped */
    LINE_STACK,    /* a line of a stack trace or a call chain */
    LINE_OTHER,    /* a message of the kernel, a line of a mail */
    LINE_SILENT,   /* a header, a comment, a blank line */
    LINE_UNKNOWN,
};

struct kmem_line {
    enum line_kind kind;
    struct word task; /* may hold anything; empty: unknown */
    uint64_t pid;     /* the CPU where the task is unknown */
    char context;     /* '.': task, 's': softirq, 'h' and 'H': hardirq, ...; '?' where there is no
                         column */
    bool timed;       /* time_ns is known */
    uint64_t time_ns;
    struct word event;     /* "kfree"; function tracer: the function's name */
    struct line_rest rest; /* its fields; a marker's text; function tracer: "<-caller" */
    uint64_t lost;         /* LINE_LOST: the number of events; 1: the line does not say */
};

#define LINE_HEAD_BYTES 64u

/* The task, its PID and the CPU at the start of a line. The next line often has the same. */
struct line_head {
    char text[LINE_HEAD_BYTES];
    uint32_t bytes; /* 0: no line has been read */
    uint32_t task_at;
    uint32_t task_bytes;
    uint64_t pid;
};

/* A format of such logs. */
struct kmem_format {
    const char *name; /* "not a line of NAME" */
    /* Parses a line, which does not end in a carriage return. The words point into text. head is
       zeroed at first, and keeps what the format needs to know of earlier lines. */
    void (*parse)(const char *text, size_t bytes, struct line_head *head, struct kmem_line *line);
};

/*
 * The parts of a head. Each function takes its part at `at`, reads nothing at or behind `end`, and
 * returns where the part ends. NULL: the part is not there.
 */

/* "12.345678:" in seconds, "12us :" or "12us+:" of the latency format, or a counter of another
   clock
   ("4242:"), and a blank behind it. A fraction of more than nine digits, which perf --ns prints on
   32-bit machines, leaves the line without a time. */
const char *line_take_time(const char *at, const char *end, struct kmem_line *line);

/* "TASK-PID [CPU] FLAGS TIME", as ftrace and trace-cmd print it. The task or the flags may be
   missing; the CPU may have no brackets, and then the flags follow it at once. */
const char *line_take_task_and_time(const char *at, const char *end, struct line_head *head,
                                    struct kmem_line *line);

/* Takes the event's name, without its colon, and the rest of the line. A name without a colon is
   that of a function. */
void line_take_event(const char *at, const char *end, struct kmem_line *line);

/* "CPU:0 [LOST 52 EVENTS]", "CPU:0 [52 EVENTS DROPPED]", "CPU:0 [EVENTS DROPPED]" */
bool line_take_lost(const char *at, const char *end, struct kmem_line *line);

/* Skips what a mail, the kernel's log or journald puts before a line: "> ", "[    1.234567] ",
   "<6>", "Nov 30 12:00:00 host kernel: ". */
const char *line_skip_prefix(const char *at, const char *end);

/* Finds an event that the import knows, whatever stands before it, and takes it as
   line_take_event(). Returns where its word begins: "kmem:kfree:"; NULL: there is none. */
const char *line_find_event(const char *text, const char *end, struct kmem_line *line);

/* Takes a line that has no head as above: a stack, lost events, the function graph, an event with
   another head or with none. */
void line_take_headless(const char *at, const char *end, struct kmem_line *line);

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

/* Takes a decimal number of at least one digit. */
const char *line_take_number(const char *at, const char *end, uint64_t *number);

/* Does the line begin with text? */
bool line_starts(const char *at, const char *end, const char *text);

/* ---- the import, in any format ---- */

/* Is this the name of an event that the import reads? */
bool kmem_event_is_known(struct word event);

/* Imports a log in this format; as `import` of struct importer. */
bool import_kmem(const struct kmem_format *format, struct stream_in *in,
                 struct trace_writer *writer, const struct import_options *options,
                 struct import_counts *counts, struct sim_error *error);

#endif
