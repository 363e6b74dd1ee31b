/*
 * One line of ftrace's text:
 *
 *     TASK-PID     CPU#  |||||  TIMESTAMP  EVENT: FIELDS
 *       cc1-1234   [000] ..s2.   15.002717: kfree: call_site=foo+0x1/0x2 [ext4] ptr=c1234560
 *
 * A task's name may hold anything; it stands right-aligned in the first 16 columns.
 */
#ifndef TRACE_FTRACE_LINE_H
#define TRACE_FTRACE_LINE_H

#include "text_fields.h"

struct ftrace_line {
    struct word task;
    uint64_t pid;
    char context;      /* '.': task, 's': softirq, 'h' and 'H': hardirq, ...; '?' where there is no
                          column */
    struct word event; /* "kfree"; function tracer: the function's name */
    struct line_rest rest; /* fields; of a marker: its text; function tracer: "<-caller" */
};

/* false: not a line of an event. */
bool ftrace_line_parse(const char *text, size_t bytes, struct ftrace_line *line);

/*
 * Take the value of field KEY ("ptr=", with its equals sign) up to the next blank, or to the
 * closing quote where one opens it; the quotes are left away. Fields before it are passed over.
 * false: there is none.
 */
bool ftrace_take_field(struct line_rest *rest, const char *key, struct word *value);

/* A hexadecimal number, with or without 0x; "(null)" is 0. false: not one. */
bool ftrace_pointer(struct word value, uint64_t *pointer);

/* A frame number: hexadecimal after 0x, else decimal. false: not one. */
bool ftrace_number(struct word value, uint64_t *number);

/* Is FLAG one of the flags of "A|B|C"? */
bool ftrace_has_flag(struct word flags, const char *flag);

#endif
