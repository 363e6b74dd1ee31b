/* Page tables made by hand, in a small physical memory from 0. */
#ifndef SUPPORT_TABLES_H
#define SUPPORT_TABLES_H

#include "machine/mmu_scan.h"

#define TABLES_FRAMES 16u
#define TABLES_BYTES  (TABLES_FRAMES * PAGE_SIZE)

extern uint32_t tables_memory[TABLES_FRAMES][PAGE_TABLE_ENTRIES];

/* All of it is zero. */
void tables_clear(void);

/*
 * Entries of numbers: frames below TABLES_FRAMES are directory, table or both, most entries come in
 * runs that go on. *seed is not 0.
 */
void tables_random(uint32_t *seed);

#endif
