/* A trace in memory that is being reduced, and the changes that make it smaller. */
#ifndef LAB_REDUCE_CASE_H
#define LAB_REDUCE_CASE_H

#include "trace/trace_file.h"
#include "trace/trace_writer.h"

/* A unit is a block or a process with all its events. Units are numbered by the events that create
 * them; the slot of an event is its unit. Marks are left out. */
struct reduce_case {
    struct event *events;
    uint32_t count; /* > 0: the last event is the one that fails */
    uint32_t units;
    bool processes; /* whether there are any */
    uint64_t ram_bytes;
};

/* Read the events of a trace up to number `last`. */
void reduce_case_read(struct reduce_case *result, const struct trace *trace, uint64_t last);
void reduce_case_free(struct reduce_case *reduced);

/* Whether the size of an event can be changed. The size of pages is their order. */
bool reduce_has_size(const struct event *event);
uint32_t reduce_size(const struct event *event);

enum reduce_change_kind {
    CHANGE_NONE,
    CHANGE_DROP_UNITS,  /* [from, to) */
    CHANGE_DROP_EVENTS, /* events [from, to), counted without the last and those that create units
                         */
    CHANGE_LOAD,        /* all units except those of the last `to` events become a load of `size` */
    CHANGE_PACK,  /* the blocks of units [from, to) that nobody frees or resizes become a load */
    CHANGE_SIZE,  /* the size of event `from` becomes `size` */
    CHANGE_MERGE, /* unit `from` takes over the size of unit `to` */
    CHANGE_DROP_FAILED /* the units and events marked in `failed` */
};

/* A load replaces blocks by as few blocks as can be: one kmalloc of `size` times 16 bytes, or
 * `size` pages as one vmalloc, after blocks of order 10 if vmalloc has no room for so many, or as
 * blocks of pages of one class. */
enum reduce_load { LOAD_KMALLOC, LOAD_VMALLOC, LOAD_USER, LOAD_LOW, LOAD_DMA, LOAD_COUNT };
#define REDUCE_KMALLOC_UNIT 16u

/* The size of a load of so many bytes. */
uint32_t reduce_load_size(enum reduce_load load, uint64_t bytes);

struct reduce_change {
    enum reduce_change_kind kind;
    uint32_t from;
    uint32_t to;
    uint32_t size;
    enum reduce_load load;
    uint64_t ram_bytes; /* 0: as it is */
    const bool *failed; /* of each event */
};

/* How many units, or events within units, could be dropped. */
uint32_t reduce_droppable(const struct reduce_case *of, enum reduce_change_kind kind);

/* The bytes of the blocks that CHANGE_PACK would replace. */
uint64_t reduce_packed_bytes(const struct reduce_case *of, uint32_t from, uint32_t to);

/* Make a changed copy of a case, which the caller frees. The last event and its unit stay. Returns
 * false, without a copy, if the change cannot be made, or does not leave fewer events where it
 * should. O(events) */
bool reduce_case_change(struct reduce_case *result, const struct reduce_case *of,
                        const struct reduce_change *change);

/* Write the case. IDs and PIDs are the numbers of units, from 1. sites is the trace that the case
 * is from. */
void reduce_case_write(const struct reduce_case *of, struct trace *sites,
                       struct trace_writer *writer);

#endif
