/*
 * A file of raw physical memory from address 0 on, as QEMU's `pmemsave 0 SIZE FILE` writes it. The
 * file is mapped, not read, so only the pages that are used cost time and memory.
 */
#ifndef MACHINE_DUMP_H
#define MACHINE_DUMP_H

#include "machine/mmu_scan.h"

struct dump {
    const void *memory; /* the file's bytes */
    uint64_t bytes;     /* of the file; at most 4 GiB, the reach of 32-bit paging */
    void *scratch;      /* 4 GiB: the same bytes, followed by zeroes. Writes here, for example of A
                           and D by mmu_walk(), change neither `memory` nor the file */
};

/* Open and map a file. Returns false on failure; error (at most error_bytes, one line without a
   newline) then names the file and the reason. */
bool dump_open(struct dump *dump, const char *path, char *error, size_t error_bytes);

void dump_close(struct dump *dump);

/*
 * Call run(context), which may read the mapping. Returns false when the file became shorter
 * meanwhile and run() read a page that no longer exists; run() is abandoned at that read. Calls
 * must not nest.
 */
bool dump_read(const struct dump *dump, void (*run)(void *context), void *context);

/* Returns whether the dump ends inside a page. */
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
#define WALK_ACCESS_COUNT 4u /* index: the access's MMU_ bits / 2 */

_Static_assert((MMU_WRITE | MMU_USER) / 2u == WALK_ACCESS_COUNT - 1u,
               "half of an access is its index");

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
    struct walk_access access[WALK_ACCESS_COUNT]; /* not set with WALK_OUTSIDE */

    /* only with WALK_PAGE: */
    paddr_t pa;
    uint32_t page_bytes;
    uint32_t rights;                     /* MMU_RIGHTS */
    uint32_t byte_count;                 /* of `bytes`: to the end of the page and of the dump; 0:
                                            outside */
    unsigned char bytes[WALK_BYTES_MAX]; /* at pa */
};

/* Walk the page tables for va. The walk reads the tables as the dump has them; earlier walks do not
   change them. Constant time. */
void dump_walk(const struct dump *dump, uint32_t cr3, uint32_t cr4, vaddr_t va,
               struct dump_walk *walk);

#endif
