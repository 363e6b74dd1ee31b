/* The lines of ftrace's text that are events. Private to import_ftrace.c and ftrace_events.c. */
#ifndef TRACE_FTRACE_EVENTS_H
#define TRACE_FTRACE_EVENTS_H

#include "ftrace_line.h"
#include "ftrace_state.h"
#include "line_reader.h"

/* An import under way. */
struct import {
    struct ftrace ftrace;
    struct line_reader lines;
    struct trace_writer *writer;
    struct ftrace_line line;
    bool in_marker; /* the last event was a marker: lines that are none may continue it */
    uint64_t events_met;
    char reason[256];
};

/* Take in import->line. false: it is malformed, import->reason says how. */
bool ftrace_event_handle(struct import *import);

/* Set import->reason, as printf. Returns false. */
__attribute__((format(printf, 2, 3))) bool ftrace_fail(struct import *import, const char *format,
                                                       ...);

#endif
