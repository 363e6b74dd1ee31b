/*
 * The address space of a process of a log, as an import knows it: its regions, and the pages that
 * it has. All addresses are those of the trace, below SPACE_END.
 */
#ifndef TRACE_PROCESS_SPACE_H
#define TRACE_PROCESS_SPACE_H

#include <mm/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPACE_END         0x80000000u /* a process of any strategy has the addresses below */
#define SPACE_TABLE_PAGES 1024u
#define SPACE_TABLES      (SPACE_END / PAGE_SIZE / SPACE_TABLE_PAGES)

enum space_kind {
    SPACE_ANONYMOUS,
    SPACE_STACK, /* anonymous; grows down */
    SPACE_HEAP,  /* anonymous; setbrk moves its end */
    SPACE_FILE,  /* private: a page that is written becomes the process's own */
    SPACE_SHARED /* shared with other processes: no page is the process's own */
};

struct space_region {
    uint32_t start; /* page aligned: [start, end) */
    uint32_t end;
    uint32_t moved; /* address in the trace - address in the log */
    uint8_t kind;   /* enum space_kind */
    bool writable;
};

struct space {
    uint64_t pid;         /* in the trace */
    uint32_t slot;        /* in the trace, once `created` */
    uint32_t tasks;       /* that run in it */
    bool is_whole;        /* the log shows it from its beginning */
    bool created;         /* the trace has its process event */
    bool has_no_built_in; /* the trace has unmapped the stack that a process begins with */
    uint32_t count;
    size_t capacity;
    struct space_region *regions;   /* ordered by address; they do not overlap */
    uint32_t heap_end;              /* in the trace; SPACE_HEAP regions lie below */
    uint64_t heap_start;            /* in the log, page aligned; 0: unknown */
    uint32_t pages;                 /* that it has */
    uint32_t zeros;                 /* of those, only read so far */
    uint32_t *tables[SPACE_TABLES]; /* a number for each page, 0: it has none; NULL: no page */
};

/* Returns the index of the first region that ends above the address; count: there is none. O(log n)
 */
uint32_t space_find(const struct space *space, uint32_t address);

/* Returns the region in which the address lies; NULL: there is none. */
struct space_region *space_region_at(const struct space *space, uint32_t address);

/* Does a region have a part of [start, end)? */
bool space_overlaps(const struct space *space, uint32_t start, uint32_t end);

/* Adds a region, which overlaps none. */
void space_add(struct space *space, struct space_region region);

/* Cuts [start, end) out of all regions. */
void space_cut(struct space *space, uint32_t start, uint32_t end);

/* The number of a page. A number of 0 takes the page away. */
uint32_t space_page(const struct space *space, uint32_t address);
void space_set_page(struct space *space, uint32_t address, uint32_t number);

/* Calls visit for each page of [start, end) that the space has. visit may take the page away. */
typedef void space_visit(void *context, uint32_t address, uint32_t number);
void space_each_page(const struct space *space, uint32_t start, uint32_t end, space_visit *visit,
                     void *context);

/* Frees what the space has allocated. */
void space_free(struct space *space);

#endif
