/* The records of a binary trace, one by one. Private to trace_reader.c and trace_record.c. */
#ifndef REPLAY_TRACE_RECORD_H
#define REPLAY_TRACE_RECORD_H

#include "trace_reader.h"

/* What a record holds, in this order: slot or process, address, bytes, order, ID, site, text. */
enum {
    HAS_SLOT = 1,
    HAS_PROCESS = 2,
    HAS_ADDRESS = 4,
    HAS_BYTES = 8,
    HAS_ORDER = 16,
    HAS_TEXT = 32,
    HAS_ID = 64,
};

struct layout {
    uint8_t fields;
    uint8_t flags; /* those that the op byte may have */
};

/* By the kind in the op byte; TRACE_SITE included. fields is 0 where there is no such kind. */
extern const struct layout trace_layouts[TRACE_SITE + 1];

/* A record being read. The first thing wrong with it stays in error; what follows reads as 0. */
struct record {
    const uint8_t *cursor;
    const uint8_t *limit;
    const char *error;
};

/*
 * Read one record, an event or a site, whatever is wrong with it: then record->error says so. A
 * site is entered in reader, and event->kind is TRACE_SITE.
 */
void trace_record_take(struct trace_reader *reader, struct record *record, struct event *event);

/* What TRACE_FLAG_RW means for event->kind. */
static inline void trace_record_set_flag(struct event *event)
{
    event->write = event->kind != EVENT_KMALLOC;
    event->page_class = event->kind == EVENT_KMALLOC ? PAGES_DMA : PAGES_LOW;
}

#endif
