/* A trace in memory that is being reduced, and the changes that make it smaller. */
#ifndef LAB_REDUCE_CASE_H
#define LAB_REDUCE_CASE_H

#include "trace/trace_file.h"
#include "trace/trace_writer.h"

/* Units are numbered by the events that make them; an event's slot is its unit. Marks are left
   out. */
struct reduce_case {
    struct event *events;
    uint32_t count; /* > 0: the last event is the one that fails */
    uint32_t units;
    bool processes; /* there are some */
    uint64_t ram_bytes;
};

/* All events of a trace up to one, by its number. */
void reduce_case_read(struct reduce_case *result, const struct trace *trace, uint64_t last);
void reduce_case_free(struct reduce_case *reduced);

/* Can its size be changed? Of pages: the order. */
bool reduce_has_size(const struct event *event);
uint32_t reduce_size(const struct event *event);

enum reduce_change_kind {
    CHANGE_NONE,
    CHANGE_DROP_UNITS,  /* [from, to) */
    CHANGE_DROP_EVENTS, /* [from, to) of the events that make nothing, the last aside */
    CHANGE_LOAD,        /* all but the units of the last `to` events become a load of `size` */
    CHANGE_PACK,        /* the blocks of [from, to) that nobody frees or resizes become one */
    CHANGE_SIZE,        /* that of event `from` becomes `size` */
    CHANGE_MERGE,       /* unit `from` takes over the size of unit `to` */
    CHANGE_DROP_FAILED  /* the units and events marked in `failed` */
};

/*
 * What a load is made of, as few blocks as can be: one kmalloc, of so many times 16 bytes; else of
 * so many pages: a vmalloc, behind blocks of order 10 where there is no room for more; blocks of
 * pages of each class.
 */
enum reduce_load { LOAD_KMALLOC, LOAD_VMALLOC, LOAD_USER, LOAD_LOW, LOAD_DMA, LOAD_COUNT };
#define REDUCE_KMALLOC_UNIT 16u

/* The size of a load that has so many bytes. */
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

/* How many units, or events within units, there are to drop. */
uint32_t reduce_droppable(const struct reduce_case *of, enum reduce_change_kind kind);

/* Bytes of the blocks that CHANGE_PACK would replace. */
uint64_t reduce_packed_bytes(const struct reduce_case *of, uint32_t from, uint32_t to);

/* The case with a change, the caller's to free. The last event and its unit stay. false: it cannot
   be result, or does not leave fewer events where it should; `made` is not to be freed. O(events)
 */
bool reduce_case_change(struct reduce_case *result, const struct reduce_case *of,
                        const struct reduce_change *change);

/* Write it: IDs and PIDs are the numbers of units, from 1. sites: the trace that it is from. */
void reduce_case_write(const struct reduce_case *of, struct trace *sites,
                       struct trace_writer *writer);

#endif
