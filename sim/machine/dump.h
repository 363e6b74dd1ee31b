/*
 * A file of raw physical memory, from address 0 on, as QEMU's `pmemsave 0 SIZE FILE` writes it. It
 * is mapped, not read: 4 GiB cost no more than the pages that are looked at.
 */
#ifndef MACHINE_DUMP_H
#define MACHINE_DUMP_H

#include "machine/mmu_scan.h"

struct dump {
    const void *memory; /* the file's bytes */
    uint64_t bytes;     /* of the file; at most 4 GiB, as two levels reach no further */
    void *scratch;      /* 4 GiB: the same bytes, followed by zeroes. Writes here, such as those of
                           A and D by mmu_walk(), change neither `memory` nor the file */
};

/* false: error (at most error_bytes, one line without a newline) names the file and the reason. */
bool dump_open(struct dump *dump, const char *path, char *error, size_t error_bytes);

void dump_close(struct dump *dump);

/*
 * Call run(context), which may read what is mapped. false: the file was cut short meanwhile, so
 * that a page of it is gone; run() was left where it read that page. Calls do not nest.
 */
bool dump_read(const struct dump *dump, void (*run)(void *context), void *context);

/* The last page is not whole. */
static inline bool dump_is_cut_short(const struct dump *dump)
{
    return dump->bytes % PAGE_SIZE != 0;
}

static inline struct mmu_tables dump_tables(const struct dump *dump, uint32_t cr3, uint32_t cr4)
{
    return (struct mmu_tables){dump->memory, dump->bytes, cr3, cr4};
}

/* ---- the walk for one address, step by step, and what each access to it would do ---- */

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
