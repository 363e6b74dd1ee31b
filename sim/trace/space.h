/*
 * What a process of a trace has: the regions that its events left, the end of its heap, the pages
 * that it has touched; and the events that make a process like it. It is the address space of
 * mm/process.h as most strategies lay it out, seen from the trace: every request that makes sense
 * is taken as served, and what no memory manager would serve changes nothing.
 */
#ifndef TRACE_SPACE_H
#define TRACE_SPACE_H

#include "replay/event.h"

#include <mm/layout.h>
#include <stddef.h>

#define SPACE_TABLE_PAGES 1024u
#define SPACE_TABLES      (USER_END / PAGE_SIZE / SPACE_TABLE_PAGES)

enum space_kind { SPACE_STACK, SPACE_HEAP, SPACE_MAP };

struct space_region {
    uint32_t start; /* page aligned: [start, end) */
    uint32_t end;
    uint64_t event; /* number of the event that made it */
    uint8_t kind;   /* enum space_kind */
    bool writable;
};

/* Pages as page tables have them: of each the event that touched it first, twice that, and whether
   it wrote; 0: untouched. */
struct space_table {
    uint64_t touch[SPACE_TABLE_PAGES];
};

struct space {
    uint64_t pid;
    uint64_t event;               /* that made it */
    struct space_region *regions; /* by address, none overlapping another */
    size_t capacity;
    uint32_t count;
    uint32_t heap_end;
    uint64_t heap_event;                      /* since then the heap has not been empty */
    struct space_table *tables[SPACE_TABLES]; /* NULL: untouched */
};

/* A process as event `number` makes it. */
struct space *space_new(uint64_t pid, uint64_t number);
void space_free(struct space *space);

/* map, unmap, touch or setbrk, the event with this number. O(regions + touched pages met) */
void space_apply(struct space *space, const struct event *event, uint64_t number);

/* Called with the events that make the process again, and the number of the event in whose place
   each stands; events of one number are told in order. They have the slot `slot`. */
typedef void space_visit(void *context, const struct event *event, uint64_t number);
void space_tell(const struct space *space, uint32_t slot, space_visit *visit, void *context);

#endif
