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
    void *scratch;      /* 4 GiB: the same bytes, zeros behind them. What is written here, as
                           mmu_walk() writes A and D, shows neither in memory nor in the file */
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

#endif
