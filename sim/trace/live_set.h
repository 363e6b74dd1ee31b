/*
 * What is live as a trace goes by: whether each event makes sense where it stands, and the sums
 * over what is live. Memory grows with what is live at once, not with the trace.
 */
#ifndef TRACE_LIVE_SET_H
#define TRACE_LIVE_SET_H

#include "replay/event.h"

/* The classes that live bytes are counted in. */
enum live_class { LIVE_KMALLOC, LIVE_PAGES, LIVE_VMALLOC, LIVE_MAPPED, LIVE_CLASS_COUNT };

struct live_slot {
    uint64_t id;    /* 0: not live */
    uint64_t bytes; /* requested; pages: 4096 << order; a process: what it has mapped */
    uint64_t event; /* number of the event that made it, from 1 */
    uint32_t site;
    uint8_t kind; /* EVENT_KMALLOC, EVENT_PAGES, EVENT_VMALLOC, EVENT_PROCESS */
};

struct live_table {
    struct live_slot *slots;
    size_t capacity;
    uint32_t used; /* slots ever live: all are below it */
    uint32_t live; /* slots live now */
};

struct live_set {
    struct live_table allocations;
    struct live_table processes;
    uint64_t events;
    uint64_t bytes[LIVE_CLASS_COUNT]; /* live now */
    uint64_t peak_bytes_by_class[LIVE_CLASS_COUNT];
    uint64_t total_bytes;
    uint64_t peak_bytes; /* most of total_bytes ever */
};

/* A zeroed struct live_set is empty. */
void live_set_free(struct live_set *set);

/* Take one event in. NULL, or why it makes no sense here (then nothing is changed). Constant
   time. */
__attribute__((warn_unused_result)) const char *live_set_apply(struct live_set *set,
                                                               const struct event *event);

/* The slot that an event names, of allocations or processes; NULL where it is not live. */
const struct live_slot *live_set_slot(const struct live_set *set, const struct event *event);

/* Bytes that an event asks for; pages: those of the whole block. Valid for kmalloc, krealloc,
   pages, vmalloc, map. */
uint64_t live_event_bytes(const struct event *event);

/* Which class an allocation's bytes count in. */
enum live_class live_class_of(uint8_t kind);

#endif
