/*
 * The address space of a process, as the events of a trace leave it: its regions, the end of its
 * heap, the pages that it has touched; and the events that create it again. It is the address space
 * of mm/process.h, as most strategies lay it out. Every request that makes sense counts as served;
 * a request that no memory manager would serve changes nothing.
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
    uint64_t event; /* number of the event that created it */
    uint8_t kind;   /* enum address_space_kind */
    bool writable;
};

/* The pages of one page table. Each has twice the number of the event that touched it first, plus 1
   if that was a write; 0: the page is untouched. */
struct address_space_table {
    uint64_t touch[ADDRESS_SPACE_TABLE_PAGES];
};

struct address_space {
    uint64_t pid;
    uint64_t event;                       /* number of the event that created the process */
    struct address_space_region *regions; /* ordered by address; they do not overlap */
    size_t capacity;
    uint32_t count;
    uint32_t heap_end;
    uint64_t heap_event; /* number of the event since which the heap has not been empty */
    struct address_space_table *tables[ADDRESS_SPACE_TABLES]; /* NULL: untouched */
};

/* Creates the address space of a process that event `number` creates. */
struct address_space *address_space_new(uint64_t pid, uint64_t number);
void address_space_free(struct address_space *space);

/* Applies the event `number`, a map, unmap, touch or setbrk. O(regions + touched pages in range) */
void address_space_apply(struct address_space *space, const struct event *event, uint64_t number);

/* Calls visit with the events that create the process again, which have the slot `slot`. Each comes
   with the number of the event that it stands for; events of the same number come in order. */
typedef void address_space_visit(void *context, const struct event *event, uint64_t number);
void address_space_recreate(const struct address_space *space, uint32_t slot,
                            address_space_visit *visit, void *context);

#endif
