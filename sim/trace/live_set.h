/*
 * Follows what is live while the events of a trace go by. It checks that each event makes sense,
 * and keeps sums over what is live. Memory grows with what is live at once, not with the trace.
 */
#ifndef TRACE_LIVE_SET_H
#define TRACE_LIVE_SET_H

#include "replay/event.h"

/* The classes in which live bytes are counted. */
enum live_class { LIVE_KMALLOC, LIVE_PAGES, LIVE_VMALLOC, LIVE_MAPPED, LIVE_CLASS_COUNT };

struct live_slot {
    uint64_t id;    /* 0: nothing is live in this slot */
    uint64_t bytes; /* as requested; pages: 4096 << order; a process: what it has mapped */
    uint64_t event; /* number of the event that created it, from 1 */
    uint32_t site;
    uint8_t kind; /* EVENT_KMALLOC, EVENT_PAGES, EVENT_VMALLOC, EVENT_PROCESS */
};

struct live_table {
    struct live_slot *slots;
    size_t capacity;
    uint32_t used; /* every slot that was ever live is below this number */
    uint32_t live; /* slots live now */
};

struct live_set {
    struct live_table allocations;
    struct live_table processes;
    uint64_t events;
    uint64_t bytes[LIVE_CLASS_COUNT]; /* live now */
    uint64_t peak_bytes_by_class[LIVE_CLASS_COUNT];
    uint64_t total_bytes;
    uint64_t peak_bytes; /* the highest total_bytes so far */
};

/* A zeroed struct live_set is empty. */
void live_set_free(struct live_set *set);

/* Applies one event. Returns NULL, or the reason why the event makes no sense here; then nothing
   has changed. Constant time. */
__attribute__((warn_unused_result)) const char *live_set_apply(struct live_set *set,
                                                               const struct event *event);

/* The slot of an event, among the allocations or the processes; NULL: nothing is live in it. */
const struct live_slot *live_set_slot(const struct live_set *set, const struct event *event);

/* The bytes that an event asks for; for pages, those of the whole block. Valid for kmalloc,
   krealloc, pages, vmalloc, map. */
uint64_t live_event_bytes(const struct event *event);

/* The class in which the bytes of an allocation or a process count. */
enum live_class live_class_of(uint8_t kind);

#endif
