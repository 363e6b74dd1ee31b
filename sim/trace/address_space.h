/*
 * What a process of a trace has: the regions that its events left, the end of its heap, the pages
 * that it has touched; and the events that make a process like it. It is the address space of
 * mm/process.h as most strategies lay it out, seen from the trace: every request that makes sense
 * is taken as served, and what no memory manager would serve changes nothing.
 */
#ifndef TRACE_ADDRESS_SPACE_H
#define TRACE_ADDRESS_SPACE_H

#include "replay/event.h"

#include <mm/layout.h>
#include <stddef.h>

#define ADDRESS_SPACE_TABLE_PAGES 1024u
#define ADDRESS_SPACE_TABLES      (USER_END / PAGE_SIZE / ADDRESS_SPACE_TABLE_PAGES)

enum address_space_kind { ADDRESS_SPACE_STACK, ADDRESS_SPACE_HEAP, ADDRESS_SPACE_MAP };

struct address_space_region {
    uint32_t start; /* page aligned: [start, end) */
    uint32_t end;
    uint64_t event; /* number of the event that made it */
    uint8_t kind;   /* enum address_space_kind */
    bool writable;
};

/* Pages as page tables have them: of each the event that touched it first, twice that, and whether
   it wrote; 0: untouched. */
struct address_space_table {
    uint64_t touch[ADDRESS_SPACE_TABLE_PAGES];
};

struct address_space {
    uint64_t pid;
    uint64_t event;                       /* that made it */
    struct address_space_region *regions; /* by address, none overlapping another */
    size_t capacity;
    uint32_t count;
    uint32_t heap_end;
    uint64_t heap_event; /* since then the heap has not been empty */
    struct address_space_table *tables[ADDRESS_SPACE_TABLES]; /* NULL: untouched */
};

/* A process as event `number` makes it. */
struct address_space *address_space_new(uint64_t pid, uint64_t number);
void address_space_free(struct address_space *space);

/* map, unmap, touch or setbrk, the event with this number. O(regions + touched pages met) */
void address_space_apply(struct address_space *space, const struct event *event, uint64_t number);

/* Called with the events that make the process again, and the number of the event in whose place
   each stands; events of one number are told in order. They have the slot `slot`. */
typedef void address_space_visit(void *context, const struct event *event, uint64_t number);
void address_space_tell(const struct address_space *space, uint32_t slot,
                        address_space_visit *visit, void *context);

#endif
