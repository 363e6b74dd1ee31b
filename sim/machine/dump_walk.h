/* One address's way through the tables of a dump, step by step, and what accesses would meet. */
#ifndef MACHINE_DUMP_WALK_H
#define MACHINE_DUMP_WALK_H

#include "machine/dump.h"

enum walk_end {
    WALK_PAGE,     /* at a page */
    WALK_ABSENT,   /* at an entry that is not present */
    WALK_RESERVED, /* at a 4 MiB entry with reserved bits */
    WALK_OUTSIDE,  /* at an entry that is not in the dump */
};

#define WALK_STEPS_MAX    2u
#define WALK_BYTES_MAX    4u
#define WALK_ACCESS_COUNT 4u /* indexed by MMU_READ or _WRITE with MMU_SUPERVISOR or _USER, / 2 */

_Static_assert((MMU_WRITE | MMU_USER) / 2u == WALK_ACCESS_COUNT - 1u, "every access has an index");

struct walk_step {
    uint32_t index;
    paddr_t at;
    uint32_t entry; /* 0: outside */
};

struct walk_access {
    bool faults; /* with CR0.WP set */
    bool faults_without_wp;
    uint32_t error_code; /* where it faults */
};

struct dump_walk {
    vaddr_t va;
    enum walk_end end;
    uint32_t step_count;
    struct walk_step steps[WALK_STEPS_MAX];       /* directory entry, table entry */
    struct walk_access access[WALK_ACCESS_COUNT]; /* not with WALK_OUTSIDE */

    /* WALK_PAGE */
    paddr_t pa;
    uint32_t page_bytes;
    uint32_t rights;                     /* MMU_RIGHTS */
    uint32_t byte_count;                 /* of bytes: up to the end of page and dump; 0: outside */
    unsigned char bytes[WALK_BYTES_MAX]; /* at pa */
};

/* The tables are those of the dump, whatever was walked before. */
void dump_walk(const struct dump *dump, uint32_t cr3, uint32_t cr4, vaddr_t va,
               struct dump_walk *walk);

#endif
