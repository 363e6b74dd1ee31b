/*
 * All events of a trace, decoded once, for code that replays a trace many times. A table takes 20
 * bytes for each event, so there is a limit. Children of the process share its memory.
 */
#ifndef TRACE_EVENT_TABLE_H
#define TRACE_EVENT_TABLE_H

#include "trace_file.h"

struct packed_event {
    uint32_t slot;
    uint32_t site;
    uint32_t first;  /* bytes; of a process the low half of its PID */
    uint32_t second; /* address; of a process the high half of its PID */
    uint8_t kind;
    uint8_t page_class;
    uint8_t order;
    bool write;
};
_Static_assert(sizeof(struct packed_event) == 20, "an event takes 20 bytes");

struct event_table {
    struct packed_event *event; /* NULL: the table is empty, because there is none */
    uint64_t count;
    uint64_t capacity;
};

/* The bytes of a table for the trace; UINT64_MAX: more than there can be. */
uint64_t event_table_bytes(const struct trace *trace);

/* Reads a whole trace. false: it is damaged, an event makes no sense, or the host has no memory;
   the table is empty then. Whoever reads the trace itself gets the error. */
bool event_table_load(struct event_table *table, const struct trace *trace);

void event_table_free(struct event_table *table);

/* The event at an index. It has no ID unless it creates a process, and a mark has no text. */
static inline void event_table_get(const struct event_table *table, uint64_t index,
                                   struct event *event)
{
    const struct packed_event *packed = &table->event[index];
    bool process = packed->kind == EVENT_PROCESS;

    *event = (struct event){
        .kind = packed->kind,
        .page_class = packed->page_class,
        .order = packed->order,
        .write = packed->write,
        .slot = packed->slot,
        .bytes = process ? 0 : packed->first,
        .site = packed->site,
        .address = process ? 0 : packed->second,
        .id = process ? (uint64_t)packed->second << 32 | packed->first : 0,
    };
}

#endif
