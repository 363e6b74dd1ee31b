/* What the events of a log of kmem events do. Private to import_kmem.c and kmem_events.c. */
#ifndef TRACE_KMEM_EVENTS_H
#define TRACE_KMEM_EVENTS_H

#include "gfp_flags.h"
#include "kmem_fields.h"
#include "kmem_state.h"
#include "line_sorter.h"
#include "trace/line_reader.h"

/* An import under way. */
struct import {
    struct kmem kmem;
    const struct kmem_format *format;
    struct line_reader lines;
    struct line_head head; /* of the last line that has one */
    struct line_sorter sorter;
    struct gfp_memo gfp;
    struct trace_writer *writer;
    struct kmem_line line; /* the event being taken in */
    bool lenient;
    bool in_marker; /* the last event read was a marker: lines that are none may continue it */
    uint64_t events_met;
    const char *name; /* the log's */
    char reason[256];
};

/* Take in import->line. false: it is malformed, import->reason says how. */
bool kmem_event_handle(struct import *import);

bool kmem_event_is_marker(struct word event);

/* Set import->reason, as printf. Returns false. */
__attribute__((format(printf, 2, 3))) bool kmem_fail(struct import *import, const char *format,
                                                     ...);

#endif
